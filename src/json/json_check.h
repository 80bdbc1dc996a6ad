// Strict JSON validation without conversion: decides whether text may be spliced into what every
// browser receives.
#pragma once

#include "base/result.h"
#include "limits/limits.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace flux::json {

struct CheckLimits {
    std::size_t depth_max = limits::kJsonDepthMax;
    std::size_t bytes_max = limits::kRecordBytesMax;
};

/// Checks that `text` is exactly one JSON value (RFC 8259): grammar, well-formed UTF-8, no raw
/// control characters in strings, nesting depth, size, nothing but white space around it. Numbers
/// are not converted: a 30-digit integer and 1e400 are valid. Lone surrogate escapes (\ud800) are
/// grammatical and pass. Errors: kBadInput or kTooLarge, with the byte offset and what was expected
/// there. Thread: any; does not allocate unless it fails.
Result<void> Check(std::string_view text, const CheckLimits& check_limits = {});

/// `text` as a JSON string literal with its quotes. Malformed UTF-8 becomes U+FFFD. Never contains
/// a raw control character; U+2028 and U+2029 are escaped.
std::string Quote(std::string_view text);

/// As Quote, appended to `out`.
void AppendQuoted(std::string& out, std::string_view text);

}  // namespace flux::json
