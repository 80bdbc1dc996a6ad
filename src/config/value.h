// A value as a source gave it, before anybody knows what it is for.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace flux::config {

using Value = std::variant<bool, std::int64_t, double, std::string, std::vector<std::string>>;

/// As TOML writes it: text in quotes, a list in brackets.
std::string ToToml(const Value& value);

}  // namespace flux::config
