// How many bytes of requests and messages that are not whole yet a listener, and one client address
// at it, may make the process hold.
#pragma once

#include "net/address.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace flux::net {

/// Counts the unfinished input of one listener over all shards. What arrives whole in one read is
/// never counted. Thread: any; must outlive its charges.
class InboundBudget {
public:
    InboundBudget(std::size_t bytes_max, std::size_t per_address_max)
        : bytes_max_(bytes_max),
          per_address_max_(per_address_max) {}
    InboundBudget(const InboundBudget&) = delete;
    InboundBudget& operator=(const InboundBudget&) = delete;

    /// What one connection holds; gives it back when destroyed.
    class Charge {
    public:
        /// `client`: counted for its network (IpAddress::Network) too.
        Charge(InboundBudget& budget, const IpAddress& client)
            : budget_(&budget),
              network_(client.Network()),
              of_network_(true) {}
        /// Counted for no address: that of a proxy, whose clients are not known yet.
        explicit Charge(InboundBudget& budget)
            : budget_(&budget) {}
        Charge(const Charge&) = delete;
        Charge& operator=(const Charge&) = delete;
        ~Charge();

        /// Counts up to `bytes` in all, in steps of limits::kInboundStepBytes and nothing for the
        /// first limits::kInboundFreeBytes. False when there is no room for them: drop them.
        [[nodiscard]] bool Cover(std::size_t bytes);

    private:
        InboundBudget* budget_;
        IpAddress network_;
        bool of_network_ = false;
        std::size_t counted_ = 0;
    };

    std::size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

private:
    // Stripes, so that shards that count at once seldom wait for each other.
    struct Stripe {
        std::mutex mutex;
        std::unordered_map<IpAddress, std::size_t> bytes;
    };
    static constexpr std::size_t kStripes = 64;

    Stripe& StripeOf(const IpAddress& network);
    bool Take(std::size_t bytes, const IpAddress* network);
    bool TakeOfNetwork(std::size_t bytes, const IpAddress& network);
    void Give(std::size_t bytes, const IpAddress* network);

    const std::size_t bytes_max_;
    const std::size_t per_address_max_;
    std::atomic<std::size_t> bytes_{0};
    std::array<Stripe, kStripes> stripes_;
};

}  // namespace flux::net
