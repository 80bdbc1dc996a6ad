#include "gateway/waiting_list.h"

#include <algorithm>
#include <utility>

namespace flux::gateway {
namespace {

/// Nobody minds to be told a moment late.
constexpr Milliseconds kLookInterval{100};

}  // namespace

WaitingList::WaitingList(Shard& shard, std::size_t waiters_max, Expired expired)
    : shard_(shard),
      waiters_max_(waiters_max),
      expired_(std::move(expired)) {}

bool WaitingList::Add(const std::string& what, Waiter waiter) {
    if (size_ >= waiters_max_) return false;
    waiting_[what].push_back(std::move(waiter));
    ++size_;
    if (!look_.armed()) shard_.timers().Arm(look_, shard_.clock().Now() + kLookInterval);
    return true;
}

std::vector<WaitingList::Waiter> WaitingList::Take(const std::string& what) {
    const auto found = waiting_.find(what);
    if (found == waiting_.end()) return {};
    std::vector<Waiter> waiters = std::move(found->second);
    waiting_.erase(found);
    size_ -= waiters.size();
    return waiters;
}

void WaitingList::Look() {
    const SteadyTime now = shard_.clock().Now();
    std::vector<std::pair<std::string, Waiter>> expired;
    for (auto place = waiting_.begin(); place != waiting_.end();) {
        std::vector<Waiter>& waiters = place->second;
        const auto over = std::stable_partition(
            waiters.begin(), waiters.end(), [now](const Waiter& one) { return now < one.until; }
        );
        for (auto one = over; one != waiters.end(); ++one)
            expired.emplace_back(place->first, std::move(*one));
        size_ -= static_cast<std::size_t>(waiters.end() - over);
        waiters.erase(over, waiters.end());
        place = waiters.empty() ? waiting_.erase(place) : std::next(place);
    }
    for (const auto& [what, waiter] : expired)
        expired_(what, waiter);
    if (!waiting_.empty() && !look_.armed()) {
        shard_.timers().Arm(look_, now + kLookInterval);
    }
}

}  // namespace flux::gateway
