// Between a feed that ticks as it likes and a bus that should not.
#pragma once

#include "base/clock.h"
#include "base/shared_bytes.h"
#include "bus/event_bus.h"
#include "feeds/crypto/crypto_stats.h"
#include "feeds/crypto/exchange_ticker.h"
#include "runtime/shard.h"
#include "runtime/task.h"
#include "runtime/task_group.h"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flux::feeds {

/// Keeps the newest ticker per product and publishes what is new at every interval, all products
/// together, each under its own key. A record the bus cannot take now stays, unless a newer ticker
/// has come meanwhile, and is tried again at the next interval. So it holds two tickers per product
/// at most, and the records of one product keep their order.
///
/// Thread: its shard's. Stop before destroying.
class TickCoalescer {
public:
    /// Only `products` are taken, and those of Add.
    TickCoalescer(
        Shard& shard,
        bus::EventBus& bus,
        const std::vector<std::string>& products,
        Milliseconds interval,
        CryptoStats& stats
    );

    /// Takes these as well, or no longer; what waits of a removed one is dropped.
    void Add(std::span<const std::string> products);
    void Remove(std::span<const std::string> products);

    /// Publishes at every interval from now on.
    void Start();

    /// Publishes nothing more; returns when no record is under way.
    Task<> Stop();

    /// A ticker that was received now. False (and counted) when its product is not one of ours.
    bool Put(ExchangeTicker ticker);

    /// Forgets what waits for these products: it comes from a connection that was lost.
    void DropWaiting(std::span<const std::string> products);

    /// Publishes what waits now. Called by the timer; open for tests.
    void Flush();

    /// Products with a ticker that waits.
    std::size_t waiting() const;

private:
    struct Received {
        ExchangeTicker ticker;
        WallMillis at = 0;
    };
    struct Slot {
        std::optional<Received> waiting;
        bool publishing = false;
        bool removed = false;  // goes when nothing of it is under way
    };

    Task<> FlushAtIntervals();
    Task<> Publish(Slot& slot, Received received);
    void OnFailure(Slot& slot, Received received, const Error& error);

    Shard& shard_;
    bus::EventBus& bus_;
    const bus::TopicName topic_;
    const Milliseconds interval_;
    CryptoStats& stats_;
    std::map<std::string, Slot, std::less<>> slots_;
    bool stopping_ = false;
    bool bus_refuses_ = false;
    TaskGroup tasks_;
};

}  // namespace flux::feeds
