// Well-formed UTF-8, one character at a time.
#pragma once

#include <cstddef>
#include <string_view>

namespace flux::json {

/// The length in bytes (1 to 4) of the well-formed character (Unicode 3.9, table 3-7) that starts
/// at `at`, or 0 when none does. `at` < `end`. Thread: any.
std::size_t Utf8CharacterAt(const char* at, const char* end);

/// How many bytes at `at`, where no well-formed character starts, one U+FFFD stands for: the
/// longest beginning of a character, at least 1. Thread: any.
std::size_t Utf8BrokenAt(const char* at, const char* end);

/// Characters in well-formed `text`. Thread: any.
std::size_t Utf8Length(std::string_view text);

/// Whether all of `text` is well-formed. Thread: any.
bool IsUtf8(std::string_view text);

}  // namespace flux::json
