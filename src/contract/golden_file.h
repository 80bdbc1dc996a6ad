// For tests: the examples in golden/.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace flux::contract {

/// golden/NAME.json without its line break. Fails the test when there is none. Thread: the test's.
std::string Golden(const std::string& name);

/// The names of all of them.
std::vector<std::string> GoldenNames();

/// `json` with the first `what` replaced by `by`. Fails the test when it is not there.
std::string With(std::string json, std::string_view what, std::string_view by);

}  // namespace flux::contract
