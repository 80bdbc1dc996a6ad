// Blanks as people type them: what is trimmed and collapsed in names.
#pragma once

#include <string>
#include <string_view>

namespace flux::contract {

/// `text` (well-formed UTF-8) without the white space of Unicode around it, as String.trim() of
/// JavaScript takes it off. Thread: any.
std::string_view TrimBlankText(std::string_view text);

/// Trimmed, and each run of white space inside made one space. Thread: any.
std::string CollapseBlankText(std::string_view text);

/// Whether `text` holds a control character (C0, delete, C1). Thread: any.
bool HasControlCharacter(std::string_view text);

}  // namespace flux::contract
