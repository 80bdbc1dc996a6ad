// The name somebody probably meant.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flux::config {

/// The candidate with the fewest edits (insert, delete, replace, swap of neighbours) to `name`, if
/// few enough to be a slip. A candidate whose last dotted part equals `name` counts as one edit
/// ("port" -> "http.port"). Ties go to the earlier candidate.
std::optional<std::string> Nearest(
    std::string_view name, const std::vector<std::string>& candidates
);

/// "; did you mean X?", or empty when nothing is near.
std::string DidYouMean(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace flux::config
