#include "feeds/upstream/circuit_breaker.h"

namespace flux::feeds {

CircuitBreaker::CircuitBreaker(const Clock& clock, BreakerOptions options)
    : clock_(clock),
      options_(options) {}

std::optional<CircuitBreaker::Pass> CircuitBreaker::TryPass() {
    if (!open_until_) return Pass{};
    if (trying_ || clock_.Now() < *open_until_) return std::nullopt;
    trying_ = true;
    return Pass{.trial = true};
}

void CircuitBreaker::Succeeded(Pass pass) {
    if (open_until_ && !pass.trial) return;
    failures_ = 0;
    trying_ = false;
    open_until_.reset();
}

void CircuitBreaker::Failed(Pass pass) {
    if (open_until_ && !pass.trial) return;
    ++failures_;
    if (!pass.trial && failures_ < options_.failures) return;
    trying_ = false;
    open_until_ = clock_.Now() + options_.cooldown;
}

void CircuitBreaker::Withdrawn(Pass pass) {
    if (pass.trial) trying_ = false;
}

std::optional<SteadyTime> CircuitBreaker::OpenUntil() const {
    if (!open_until_) return std::nullopt;
    if (!trying_ && clock_.Now() >= *open_until_) return std::nullopt;
    return open_until_;
}

}  // namespace flux::feeds
