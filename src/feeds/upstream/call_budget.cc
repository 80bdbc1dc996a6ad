#include "feeds/upstream/call_budget.h"

#include "base/assert.h"

#include <algorithm>
#include <utility>

namespace flux::feeds {

CallBudget::CallBudget(const Clock& clock, std::vector<CallLimit> limits)
    : clock_(clock),
      limits_(std::move(limits)) {
    for (const CallLimit& limit : limits_) {
        FLUX_ASSERT(limit.calls > 0);
        longest_ = std::max(longest_, limit.per);
    }
}

bool CallBudget::TryTake() {
    if (!TryBegin()) return false;
    End();
    return true;
}

bool CallBudget::TryBegin() {
    Forget();
    if (NextAt()) return false;
    ++under_way_;
    return true;
}

void CallBudget::End() {
    FLUX_ASSERT(under_way_ > 0);
    --under_way_;
    if (!limits_.empty()) ended_.push_back(clock_.Now());
}

SteadyTime CallBudget::AllowedAt(const CallLimit& limit, SteadyTime now) const {
    const std::size_t counted = ended_.size() + under_way_;
    if (counted < limit.calls) return now;
    // So many of the oldest must have left the window; those under way end now at the earliest.
    const std::size_t leaving = counted - limit.calls;
    const SteadyTime last = leaving < ended_.size() ? ended_[leaving] : now;
    return last + limit.per;
}

std::optional<SteadyTime> CallBudget::NextAt() const {
    const SteadyTime now = clock_.Now();
    SteadyTime next = std::max(now, closed_until_);
    for (const CallLimit& limit : limits_)
        next = std::max(next, AllowedAt(limit, now));
    return next > now ? std::optional(next) : std::nullopt;
}

void CallBudget::CloseUntil(SteadyTime until) {
    closed_until_ = std::max(closed_until_, until);
}

void CallBudget::Forget() {
    const SteadyTime now = clock_.Now();
    while (!ended_.empty() && ended_.front() + longest_ <= now)
        ended_.pop_front();
}

}  // namespace flux::feeds
