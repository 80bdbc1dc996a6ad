// How Valkey (or Redis) is reached and how long it may take.
#pragma once

#include "base/clock.h"
#include "config/secret.h"
#include "limits/limits.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace flux::valkey {

struct ValkeyOptions {
    std::string host;  ///< a name, or an address without brackets
    std::uint16_t port = 6379;
    bool tls = false;
    std::string ca_file;      ///< PEM, with tls; empty: the machine's authorities
    std::string user;         ///< of the ACL; empty: the server's default user
    config::Secret password;  ///< empty: no login

    Milliseconds connect_timeout{2'000};  ///< name, TCP, TLS, login and a first answer together
    /// A connection that owes an answer and gives none for so long is replaced.
    Milliseconds reply_timeout{1'000};
    Milliseconds retry_first{100};  ///< pause before the next try; it doubles
    Milliseconds retry_longest{5'000};
    std::uint32_t failures_max = 3;  ///< late answers in a row after which nobody asks any more
    std::size_t queue_bytes_max = limits::kValkeyQueueBytesMax;  ///< commands unanswered, per shard
};

}  // namespace flux::valkey
