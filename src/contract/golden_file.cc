#include "contract/golden_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace flux::contract {

std::string Golden(const std::string& name) {
    std::ifstream file(std::filesystem::path(FLUX_GOLDEN_DIR) / (name + ".json"));
    EXPECT_TRUE(file.good()) << name;
    std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    while (!text.empty() && text.back() == '\n')
        text.pop_back();
    return text;
}

std::vector<std::string> GoldenNames() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(FLUX_GOLDEN_DIR))
        names.push_back(entry.path().stem());
    std::sort(names.begin(), names.end());
    return names;
}

std::string With(std::string json, std::string_view what, std::string_view by) {
    const std::size_t at = json.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    if (at == std::string::npos) return json;
    return json.replace(at, what.size(), by);
}

}  // namespace flux::contract
