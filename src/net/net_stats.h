// What net counts on each shard.
#pragma once

#include "base/metrics.h"

#include <array>

namespace flux::net {

/// Counters of one shard. Thread: written by the shard, read by any.
struct NetStats {
    Counter accepted;            ///< connections that began here
    Counter moved_in;            ///< taken over from another shard for one of its sessions
    Counter refused_listener;    ///< over the listener's cap
    Counter refused_address;     ///< over the client address's cap
    Counter refused_home_full;   ///< the shard that should have taken it had a full mailbox
    Counter refused_kernel;      ///< the kernel would not watch another socket
    Counter refused_inbound;     ///< input given up because too much was unfinished
    Counter accept_paused;       ///< times accepting paused for want of file descriptors
    Counter http_requests;       ///< requests handed to an application
    Counter http_faults;         ///< requests refused before an application saw them
    Counter http_foreign_hosts;  ///< requests whose Host header the listener does not answer to
    std::array<Counter, 6> http_responses;  ///< by the first digit of the status
    Counter http_aborted;                   ///< the peer left before its answer
    Counter timed_out_handshake;            ///< of TLS
    Counter timed_out_idle;
    Counter timed_out_head;
    Counter timed_out_body;
    Counter timed_out_write;
    Counter timed_out_message;
    Counter tls_faults;          ///< handshakes that the peer broke or left
    Counter websockets;          ///< upgrades
    Counter websockets_refused;  ///< handshakes that were none
    Counter websockets_deflate;  ///< of those, with permessage-deflate
    Counter websocket_messages;
    Counter websocket_faults;
    Counter bytes_in;
    Counter bytes_out;
    Counter writes;  ///< of WebSockets: system calls
    Counter short_writes;
    Gauge lingering;        ///< closed sockets that wait for their peer's last bytes
    Counter lingering_cut;  ///< of those, not waited for: too many, or it sends too much
};

void Describe(MetricWriter& out, const NetStats& stats);

}  // namespace flux::net
