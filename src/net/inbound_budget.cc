#include "net/inbound_budget.h"

#include "base/assert.h"
#include "limits/limits.h"

namespace flux::net {

InboundBudget::Charge::~Charge() {
    if (counted_ > 0) budget_->Give(counted_, of_network_ ? &network_ : nullptr);
}

bool InboundBudget::Charge::Cover(std::size_t bytes) {
    if (bytes <= limits::kInboundFreeBytes || bytes <= counted_) return true;
    const std::size_t steps = (bytes + limits::kInboundStepBytes - 1) / limits::kInboundStepBytes;
    const std::size_t more = steps * limits::kInboundStepBytes - counted_;
    if (!budget_->Take(more, of_network_ ? &network_ : nullptr)) return false;
    counted_ += more;
    return true;
}

InboundBudget::Stripe& InboundBudget::StripeOf(const IpAddress& network) {
    return stripes_[std::hash<IpAddress>{}(network) % kStripes];
}

bool InboundBudget::Take(std::size_t bytes, const IpAddress* network) {
    if (bytes_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= bytes_max_) {
        if (network == nullptr || TakeOfNetwork(bytes, *network)) return true;
    }
    bytes_.fetch_sub(bytes, std::memory_order_relaxed);
    return false;
}

bool InboundBudget::TakeOfNetwork(std::size_t bytes, const IpAddress& network) {
    Stripe& stripe = StripeOf(network);
    const std::scoped_lock lock(stripe.mutex);
    std::size_t& held = stripe.bytes[network];
    if (held + bytes > per_address_max_) {
        if (held == 0) stripe.bytes.erase(network);
        return false;
    }
    held += bytes;
    return true;
}

void InboundBudget::Give(std::size_t bytes, const IpAddress* network) {
    bytes_.fetch_sub(bytes, std::memory_order_relaxed);
    if (network == nullptr) return;
    Stripe& stripe = StripeOf(*network);
    const std::scoped_lock lock(stripe.mutex);
    const auto found = stripe.bytes.find(*network);
    FLUX_ASSERT(found != stripe.bytes.end() && found->second >= bytes);
    found->second -= bytes;
    if (found->second == 0) stripe.bytes.erase(found);
}

}  // namespace flux::net
