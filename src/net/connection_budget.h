// How many connections a listener, and one client address at it, may have.
#pragma once

#include "net/address.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

namespace flux::net {

/// Counts the open connections of one listener over all shards. Thread: any; must outlive its
/// tickets.
class ConnectionBudget {
public:
    ConnectionBudget(std::size_t connections_max, std::size_t per_address_max)
        : connections_max_(connections_max),
          per_address_max_(per_address_max) {}
    ConnectionBudget(const ConnectionBudget&) = delete;
    ConnectionBudget& operator=(const ConnectionBudget&) = delete;

    /// One counted connection: gives its place back when destroyed. Movable, also between threads.
    class Ticket {
    public:
        Ticket() = default;
        Ticket(Ticket&& other) noexcept
            : budget_(std::exchange(other.budget_, nullptr)),
              network_(other.network_),
              charged_(std::exchange(other.charged_, false)) {}
        Ticket& operator=(Ticket&& other) noexcept;
        ~Ticket() { Release(); }

        /// Counts it for the network of `address` as well (IpAddress::Network). False when that one
        /// has as many as it may. Once.
        [[nodiscard]] bool Charge(const IpAddress& address);
        bool charged() const { return charged_; }

    private:
        friend class ConnectionBudget;
        explicit Ticket(ConnectionBudget* budget)
            : budget_(budget) {}
        void Release();

        ConnectionBudget* budget_ = nullptr;
        IpAddress network_;
        bool charged_ = false;
    };

    /// A place, or nothing when the listener is full.
    [[nodiscard]] std::optional<Ticket> Take();

    std::size_t open() const { return open_.load(std::memory_order_relaxed); }

private:
    // Stripes, so that shards that accept and close at once seldom wait for each other.
    struct Stripe {
        std::mutex mutex;
        std::unordered_map<IpAddress, std::size_t> open;
    };
    static constexpr std::size_t kStripes = 64;

    Stripe& StripeOf(const IpAddress& network);
    bool ChargeNetwork(const IpAddress& network);
    void ReleaseNetwork(const IpAddress& network);

    const std::size_t connections_max_;
    const std::size_t per_address_max_;
    std::atomic<std::size_t> open_{0};
    std::array<Stripe, kStripes> stripes_;
};

}  // namespace flux::net
