#include "gateway/dedup_window.h"

namespace flux::gateway {

bool DedupWindow::Repeats(const std::string& user, std::uint64_t payload, SteadyTime now) {
    DropExpired(now);
    const auto found = said_.find(user);
    if (found != said_.end() && found->second.payload == payload) return true;
    // What was forgotten or replaced keeps its place in the order of ends until its time.
    if (by_end_.size() >= users_max_) return false;
    const SteadyTime until = now + window_;
    said_[user] = Said{.payload = payload, .until = until};
    by_end_.emplace_back(until, user);
    return false;
}

void DedupWindow::Forget(const std::string& user, std::uint64_t payload) {
    const auto found = said_.find(user);
    if (found != said_.end() && found->second.payload == payload) said_.erase(found);
}

void DedupWindow::DropExpired(SteadyTime now) {
    while (!by_end_.empty() && by_end_.front().first <= now) {
        const auto found = said_.find(by_end_.front().second);
        if (found != said_.end() && found->second.until <= now) said_.erase(found);
        by_end_.pop_front();
    }
}

}  // namespace flux::gateway
