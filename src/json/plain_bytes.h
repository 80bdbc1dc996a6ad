// Skips the bytes of a JSON string that need no look of their own, sixteen at a time.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace flux::json {

/// Whether a byte inside a JSON string is plain: ASCII, no control character, no quote, no
/// backslash.
inline bool IsPlain(char byte) {
    const auto value = static_cast<unsigned char>(byte);
    return value >= 0x20 && value < 0x80 && value != '"' && value != '\\';
}

/// The first byte in [at, end) that is not plain, or `end`. Reads nothing outside. Thread: any.
inline const char* SkipPlain(const char* at, const char* end) {
#if defined(__SSE2__)
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i backslash = _mm_set1_epi8('\\');
    const __m128i space = _mm_set1_epi8(0x20);
    while (end - at >= 16) {
        const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
        // As signed bytes everything from 0x80 up is negative, so "less than a space" finds control
        // characters and non-ASCII at once.
        const __m128i special = _mm_or_si128(
            _mm_cmplt_epi8(block, space),
            _mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, backslash))
        );
        const auto mask = static_cast<std::uint32_t>(_mm_movemask_epi8(special));
        if (mask != 0) return at + std::countr_zero(mask);
        at += 16;
    }
#else
    constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
    constexpr std::uint64_t kHighs = 0x8080808080808080ULL;
    const auto has_zero = [](std::uint64_t word) { return (word - kOnes) & ~word & kHighs; };
    while (end - at >= 8) {
        std::uint64_t word;
        std::memcpy(&word, at, 8);
        const std::uint64_t control = (word - kOnes * 0x20) & ~word & kHighs;
        const std::uint64_t special = (word & kHighs) | control | has_zero(word ^ (kOnes * '"')) |
                                      has_zero(word ^ (kOnes * '\\'));
        if (special != 0) break;  // the exact byte is found below
        at += 8;
    }
#endif
    while (at != end && IsPlain(*at))
        ++at;
    return at;
}

}  // namespace flux::json
