// A configuration file, read: values by dotted name and rows of arrays of tables, with their lines.
#pragma once

#include "config/place.h"
#include "config/problems.h"
#include "config/table.h"
#include "config/value.h"

#include <string>
#include <string_view>
#include <vector>

namespace flux::config {

/// What one TOML text says.
struct TomlDocument {
    std::vector<Field> values;  ///< by full dotted name, in the order of their lines
    std::vector<Table> rows;    ///< of every [[kind]], in the order of their lines

    /// Reads `text` (at most limits::kConfigBytesMax); `file` names it in places. Grammar mistakes,
    /// and kinds of value that no setting has (dates, lists of anything but text), are problems;
    /// the rest is read all the same. Never throws, whatever the text holds. Thread: any.
    static TomlDocument Parse(std::string_view text, const std::string& file, Problems& problems);
};

}  // namespace flux::config
