// Assertions that stay on in release builds: they guard what this code itself guarantees, never
// outside input.
#pragma once

namespace flux {

/// Prints the failed condition with its place to stderr and aborts. Thread: any.
[[noreturn]] void AssertionFailed(
    const char* condition, const char* detail, const char* file, int line
);

}  // namespace flux

/// Ends the process when `condition` is false: an invariant of Flux itself is broken and nothing
/// after it can be trusted.
#define FLUX_ASSERT(condition)                                           \
    do {                                                                 \
        if (!(condition)) [[unlikely]] {                                 \
            ::flux::AssertionFailed(#condition, "", __FILE__, __LINE__); \
        }                                                                \
    } while (false)
