// Checks UTF-8 as it arrives.
#pragma once

#include <cstdint>
#include <string_view>

namespace flux::net {

/// Says at the first byte that cannot be right that a text is not UTF-8 (RFC 3629: no overlong
/// forms, no surrogates, nothing past U+10FFFF). Value type.
class Utf8Checker {
public:
    /// Takes the next piece of the text, split anywhere. False when it is broken for good.
    bool Take(std::string_view piece);

    /// The text may end here: no character is half read.
    bool AtBoundary() const { return continuations_ == 0; }

private:
    bool TakeByte(std::uint8_t byte);

    std::uint8_t continuations_ = 0;  // bytes the current character still needs
    std::uint8_t lowest_ = 0x80;      // what the next of them may be
    std::uint8_t highest_ = 0xbf;
};

}  // namespace flux::net
