#include "net/connection_budget.h"

#include "base/assert.h"

namespace flux::net {

ConnectionBudget::Ticket& ConnectionBudget::Ticket::operator=(Ticket&& other) noexcept {
    if (this != &other) {
        Release();
        budget_ = std::exchange(other.budget_, nullptr);
        network_ = other.network_;
        charged_ = std::exchange(other.charged_, false);
    }
    return *this;
}

bool ConnectionBudget::Ticket::Charge(const IpAddress& address) {
    FLUX_ASSERT(budget_ != nullptr && !charged_);
    const IpAddress network = address.Network();
    if (!budget_->ChargeNetwork(network)) return false;
    network_ = network;
    charged_ = true;
    return true;
}

void ConnectionBudget::Ticket::Release() {
    if (budget_ == nullptr) return;
    if (charged_) budget_->ReleaseNetwork(network_);
    budget_->open_.fetch_sub(1, std::memory_order_relaxed);
    budget_ = nullptr;
    charged_ = false;
}

std::optional<ConnectionBudget::Ticket> ConnectionBudget::Take() {
    if (open_.fetch_add(1, std::memory_order_relaxed) >= connections_max_) {
        open_.fetch_sub(1, std::memory_order_relaxed);
        return std::nullopt;
    }
    return Ticket(this);
}

ConnectionBudget::Stripe& ConnectionBudget::StripeOf(const IpAddress& network) {
    return stripes_[std::hash<IpAddress>{}(network) % kStripes];
}

bool ConnectionBudget::ChargeNetwork(const IpAddress& network) {
    Stripe& stripe = StripeOf(network);
    const std::scoped_lock lock(stripe.mutex);
    std::size_t& open = stripe.open[network];
    if (open >= per_address_max_) {
        if (open == 0) stripe.open.erase(network);
        return false;
    }
    ++open;
    return true;
}

void ConnectionBudget::ReleaseNetwork(const IpAddress& network) {
    Stripe& stripe = StripeOf(network);
    const std::scoped_lock lock(stripe.mutex);
    const auto found = stripe.open.find(network);
    FLUX_ASSERT(found != stripe.open.end());
    if (--found->second == 0) stripe.open.erase(found);
}

}  // namespace flux::net
