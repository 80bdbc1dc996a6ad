#include "net/connection_budget.h"

#include "base/assert.h"

namespace flux::net {

ConnectionBudget::Ticket& ConnectionBudget::Ticket::operator=(Ticket&& other) noexcept {
    if (this != &other) {
        Release();
        budget_ = std::exchange(other.budget_, nullptr);
        address_ = other.address_;
        charged_ = std::exchange(other.charged_, false);
    }
    return *this;
}

bool ConnectionBudget::Ticket::Charge(const IpAddress& address) {
    FLUX_ASSERT(budget_ != nullptr && !charged_);
    if (!budget_->ChargeAddress(address)) return false;
    address_ = address;
    charged_ = true;
    return true;
}

void ConnectionBudget::Ticket::Release() {
    if (budget_ == nullptr) return;
    if (charged_) budget_->ReleaseAddress(address_);
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

ConnectionBudget::Stripe& ConnectionBudget::StripeOf(const IpAddress& address) {
    return stripes_[std::hash<IpAddress>{}(address) % kStripes];
}

bool ConnectionBudget::ChargeAddress(const IpAddress& address) {
    Stripe& stripe = StripeOf(address);
    const std::scoped_lock lock(stripe.mutex);
    std::size_t& open = stripe.open[address];
    if (open >= per_address_max_) {
        if (open == 0) stripe.open.erase(address);
        return false;
    }
    ++open;
    return true;
}

void ConnectionBudget::ReleaseAddress(const IpAddress& address) {
    Stripe& stripe = StripeOf(address);
    const std::scoped_lock lock(stripe.mutex);
    const auto found = stripe.open.find(address);
    FLUX_ASSERT(found != stripe.open.end());
    if (--found->second == 0) stripe.open.erase(found);
}

}  // namespace flux::net
