// What every connection of a shard has in common, whatever it speaks.
#pragma once

#include "net/poller.h"

namespace flux::net {

class NetShard;

/// Owned by its NetShard from Keep to the end of the turn in which it was buried. Thread: the
/// shard's.
class Connection : public PollTarget {
public:
    Connection() = default;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    virtual ~Connection() = default;

    /// The last call before it is destroyed, outside every callback: the place to tell its owner.
    virtual void OnBuried() {}

    /// At the end of the turn in which ResumeSoon was called, outside every callback.
    virtual void OnResume() {}

    /// No new work is wanted: end now if nothing is under way.
    virtual void OnDrain() {}

    /// The server stops: end now, whatever is under way.
    virtual void Abandon() = 0;

private:
    friend class NetShard;
    Connection* next_ = nullptr;
    Connection* previous_ = nullptr;
    bool buried_ = false;
    bool resuming_ = false;
};

}  // namespace flux::net
