#include "net/utf8_checker.h"

#include <cstring>

namespace flux::net {
namespace {

/// Length of the run of ASCII at the front, in whole words of 8 bytes.
std::size_t AsciiWords(const char* data, std::size_t size) {
    std::size_t at = 0;
    for (; at + 8 <= size; at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, data + at, sizeof word);
        if ((word & 0x8080808080808080u) != 0) break;
    }
    return at;
}

}  // namespace

bool Utf8Checker::TakeByte(std::uint8_t byte) {
    if (continuations_ > 0) {
        if (byte < lowest_ || byte > highest_) return false;
        --continuations_;
        lowest_ = 0x80;
        highest_ = 0xbf;
        return true;
    }
    if (byte < 0x80) return true;
    if (byte < 0xc2 || byte > 0xf4) return false;
    if (byte < 0xe0) {
        continuations_ = 1;
        return true;
    }
    if (byte < 0xf0) {
        continuations_ = 2;
        if (byte == 0xe0) lowest_ = 0xa0;   // shorter forms exist below
        if (byte == 0xed) highest_ = 0x9f;  // surrogates above
        return true;
    }
    continuations_ = 3;
    if (byte == 0xf0) lowest_ = 0x90;
    if (byte == 0xf4) highest_ = 0x8f;  // U+10FFFF is the last
    return true;
}

bool Utf8Checker::Take(std::string_view piece) {
    std::size_t at = 0;
    while (at < piece.size()) {
        if (continuations_ == 0) {
            at += AsciiWords(piece.data() + at, piece.size() - at);
            if (at == piece.size()) return true;
        }
        if (!TakeByte(static_cast<std::uint8_t>(piece[at]))) return false;
        ++at;
    }
    return true;
}

}  // namespace flux::net
