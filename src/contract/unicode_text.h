// Text as people compare it: one way to write each character, without case.
#pragma once

#include <string>
#include <string_view>

namespace flux::contract {

/// `text` in Unicode's normal form C: "e" and a combining accent become one character. Text that is
/// no well-formed UTF-8 comes back as it is. Thread: any.
std::string ComposedText(std::string_view text);

/// `text` with full case folding, in normal form C: "STRASSE" and "straße" become one. Folding what
/// is folded changes nothing. Text that is no well-formed UTF-8 comes back as it is. Thread: any.
std::string FoldedText(std::string_view text);

/// As FoldedText, without accents: "Curaçao" and "curacao" become one. Thread: any.
std::string FoldedPlainText(std::string_view text);

}  // namespace flux::contract
