// Readiness of many descriptors, told by one.
#pragma once

#include "base/result.h"
#include "runtime/shard.h"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <cstdint>
#include <memory>
#include <sys/epoll.h>

namespace flux::net {

/// What a descriptor belongs to. Thread: its poller's shard.
class PollTarget {
public:
    /// `events`: EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLHUP, EPOLLERR. Destroying a target in here is
    /// not allowed, its own or another: a later event of the same batch may name it.
    virtual void OnPoll(std::uint32_t events) = 0;

protected:
    ~PollTarget() = default;
};

/// One epoll descriptor per shard, waited for by the shard's own loop: a connection at rest costs
/// an entry in the kernel's table and nothing here. Level-triggered. At most one batch of events is
/// handled per turn, so that a flood of input cannot hold back the flush at its end. Thread: the
/// shard's.
class Poller {
public:
    explicit Poller(Shard& shard);
    Poller(const Poller&) = delete;
    Poller& operator=(const Poller&) = delete;
    ~Poller();

    /// Errors: kFull when the kernel has no room for another descriptor.
    Result<void> Add(int descriptor, std::uint32_t events, PollTarget& target);
    void Change(int descriptor, std::uint32_t events, PollTarget& target);
    void Remove(int descriptor);

    /// Waits for the next batch. Call at the end of each turn; does nothing while it waits already.
    void Arm();

private:
    void Dispatch();

    boost::asio::posix::stream_descriptor epoll_;
    std::shared_ptr<Poller*> self_;  // a completion that arrives late finds it gone
    bool armed_ = false;
};

}  // namespace flux::net
