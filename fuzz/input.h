// The bytes of one fuzzing run, as the targets take them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace flux::fuzz {

/// What libFuzzer made up, taken from the front. Views point into it.
class Input {
public:
    Input(const std::uint8_t* data, std::size_t size)
        : rest_(reinterpret_cast<const char*>(data), size) {}

    std::string_view Rest() const { return rest_; }

    /// One byte off the front; 0 when there is none.
    std::uint8_t Byte() {
        if (rest_.empty()) return 0;
        const auto byte = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        return byte;
    }

    /// The text up to the next line feed, without it; all that is left when there is none.
    std::string_view Line() {
        const std::size_t end = rest_.find('\n');
        const std::string_view line = rest_.substr(0, end);
        rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
        return line;
    }

private:
    std::string_view rest_;
};

}  // namespace flux::fuzz
