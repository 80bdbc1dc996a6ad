#include "feeds/upstream/circuit_breaker.h"

namespace flux::feeds {

CircuitBreaker::CircuitBreaker(const Clock& clock, BreakerOptions options)
    : clock_(clock),
      options_(options) {}

bool CircuitBreaker::TryPass() {
    if (!open_until_) return true;
    if (trying_ || clock_.Now() < *open_until_) return false;
    trying_ = true;
    return true;
}

void CircuitBreaker::Succeeded() {
    if (open_until_ && !trying_) return;
    failures_ = 0;
    trying_ = false;
    open_until_.reset();
}

void CircuitBreaker::Failed() {
    if (open_until_ && !trying_) return;
    ++failures_;
    if (!trying_ && failures_ < options_.failures) return;
    trying_ = false;
    open_until_ = clock_.Now() + options_.cooldown;
}

void CircuitBreaker::Withdrawn() {
    trying_ = false;
}

std::optional<SteadyTime> CircuitBreaker::OpenUntil() const {
    if (!open_until_) return std::nullopt;
    if (!trying_ && clock_.Now() >= *open_until_) return std::nullopt;
    return open_until_;
}

}  // namespace flux::feeds
