// Who has said the same a moment ago.
#pragma once

#include "base/clock.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <utility>

namespace flux::gateway {

/// Remembers the last payload of each user for a short time. Fails open: a user for whom there is
/// no room has said nothing. Thread: one at a time.
class DedupWindow {
public:
    DedupWindow(Milliseconds window, std::size_t users_max)
        : window_(window),
          users_max_(users_max) {}

    /// Whether `user` has said what hashes to `payload` within the window; else it is remembered
    /// from now on.
    bool Repeats(const std::string& user, std::uint64_t payload, SteadyTime now);

    /// What came of it was lost: the same may be said again.
    void Forget(const std::string& user, std::uint64_t payload);

    std::size_t size() const { return said_.size(); }

private:
    struct Said {
        std::uint64_t payload = 0;
        SteadyTime until;
    };

    void DropExpired(SteadyTime now);

    const Milliseconds window_;
    const std::size_t users_max_;
    std::unordered_map<std::string, Said> said_;
    std::deque<std::pair<SteadyTime, std::string>> by_end_;
};

}  // namespace flux::gateway
