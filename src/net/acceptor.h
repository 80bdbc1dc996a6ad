// A listening socket.
#pragma once

#include "net/listener.h"
#include "net/net_shard.h"
#include "runtime/timer_wheel.h"

#include <cstddef>

namespace flux::net {

/// Accepts in batches on its home shard and deals the connections out to all shards in turn.
/// Thread: its home shard's.
class Acceptor final : public PollTarget {
public:
    /// Takes ownership of `descriptor`, a listening, non-blocking socket.
    Acceptor(NetShard& home, Listener& listener, Stream descriptor, std::size_t shards);
    virtual ~Acceptor();

    void OnPoll(std::uint32_t events) override;

private:
    bool AcceptOne();
    void Pause(int error);
    void Continue();
    void Refuse(Stream stream, std::string_view sentence);
    void Deal(Arrival arrival);

    NetShard& home_;
    Listener& listener_;
    Stream socket_;
    const std::size_t shards_;
    std::size_t next_shard_ = 0;
    bool starved_ = false;  // since accepting failed for want of descriptors
    MemberTimer<Acceptor, &Acceptor::Continue> pause_{*this};
};

}  // namespace flux::net
