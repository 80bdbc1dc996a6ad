// Who waits for what, on one shard.
#pragma once

#include "base/clock.h"
#include "base/counter.h"
#include "runtime/shard.h"
#include "socketio/socketio_server.h"

#include <cstddef>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

namespace flux::gateway {

/// Sockets by what they wait for, each until its time. Bounded: one more is refused. Thread: its
/// shard's.
class WaitingList {
public:
    struct Waiter {
        socketio::SocketRef socket;
        SteadyTime since;
        SteadyTime until;
    };
    using Expired = std::function<void(const std::string& what, const Waiter& waiter)>;

    /// `expired` is called for each waiter whose time is over and who is not waiting any more.
    WaitingList(Shard& shard, std::size_t waiters_max, Expired expired);

    /// False when the list is full.
    bool Add(const std::string& what, Waiter waiter);

    /// All who wait for `what`; they do so no more.
    std::vector<Waiter> Take(const std::string& what);

    bool empty() const { return waiting_.empty(); }
    std::size_t size() const { return size_; }

private:
    void Look();

    Shard& shard_;
    const std::size_t waiters_max_;
    const Expired expired_;
    std::unordered_map<std::string, std::vector<Waiter>> waiting_;
    std::size_t size_ = 0;
    MemberTimer<WaitingList, &WaitingList::Look> look_{*this};
};

}  // namespace flux::gateway
