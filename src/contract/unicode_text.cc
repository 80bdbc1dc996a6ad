#include "contract/unicode_text.h"

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <utf8proc.h>

namespace flux::contract {
namespace {

struct Free {
    void operator()(utf8proc_uint8_t* text) const { std::free(text); }
};

std::string Mapped(std::string_view text, int options) {
    utf8proc_uint8_t* mapped = nullptr;
    const utf8proc_ssize_t size = utf8proc_map(
        reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
        static_cast<utf8proc_ssize_t>(text.size()),
        &mapped,
        static_cast<utf8proc_option_t>(options)
    );
    const std::unique_ptr<utf8proc_uint8_t, Free> owner(mapped);
    if (size < 0) return std::string(text);
    return {reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(size)};
}

/// Canonical caseless matching (Unicode 3.13, D145) folds what is decomposed: U+0345 becomes a
/// letter and must stand in its place among the other marks before. Folding may bring what folds
/// again, so it is done until nothing changes; the second time is the last but for a few.
std::string FoldedUntilStable(std::string_view text, int options) {
    std::string folded = Mapped(text, UTF8PROC_STABLE | UTF8PROC_DECOMPOSE);
    for (int round = 0; round < 4; ++round) {
        std::string again = Mapped(folded, options);
        if (again == folded) break;
        folded = std::move(again);
    }
    return folded;
}

}  // namespace

std::string ComposedText(std::string_view text) {
    return Mapped(text, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
}

std::string FoldedText(std::string_view text) {
    return FoldedUntilStable(text, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
}

std::string FoldedPlainText(std::string_view text) {
    return FoldedUntilStable(
        text, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK
    );
}

}  // namespace flux::contract
