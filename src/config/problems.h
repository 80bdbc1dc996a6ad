// Everything that is wrong with a configuration, collected so that it is all told at once.
#pragma once

#include "config/place.h"

#include <string>
#include <string_view>
#include <vector>

namespace flux::config {

/// A list of complaints, each with its place. Thread: one at a time.
class Problems {
public:
    /// `sentence`: what is wrong and how to mend it, without a full stop.
    void Add(const Place& place, std::string_view sentence);

    void Append(const Problems& others);

    bool empty() const { return lines_.empty(); }
    const std::vector<std::string>& lines() const { return lines_; }

    /// One problem per line, as people read it: "flux.toml:3: ...".
    std::string ToString() const;

private:
    std::vector<std::string> lines_;
};

}  // namespace flux::config
