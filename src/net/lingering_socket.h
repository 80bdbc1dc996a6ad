// A connection that is over, waiting for its peer to notice.
#pragma once

#include "net/connection.h"
#include "net/stream.h"
#include "runtime/timer_wheel.h"

namespace flux::net {

/// Our side has ended; what the peer still sends is thrown away until it ends too, for a second and
/// a bounded number of bytes. Thread: its shard's.
class LingeringSocket final : public Connection {
public:
    LingeringSocket(NetShard& home, Stream stream);
    ~LingeringSocket() override;

    void Start();
    void OnPoll(std::uint32_t events) override;
    void Abandon() override { End(); }

private:
    void End();

    NetShard& home_;
    Stream stream_;
    std::size_t discarded_bytes_ = 0;
    MemberTimer<LingeringSocket, &LingeringSocket::End> deadline_{*this};
};

}  // namespace flux::net
