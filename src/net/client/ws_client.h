// A WebSocket client (RFC 6455) for upstream feeds.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "base/units.h"
#include "net/client/tls_trust.h"
#include "net/client/url.h"
#include "runtime/task.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace flux::net {

struct WsClientOptions {
    Url url;                                  ///< ws or wss
    std::string user_agent;                   ///< some servers refuse a client without one
    std::shared_ptr<const TlsTrust> trust;    ///< for wss; null: the machine's authorities
    Milliseconds connect_time_max{10'000};    ///< name, TCP, TLS and HTTP together
    std::size_t message_bytes_max = 1 * MiB;  ///< after decompression; over it the line is closed
    bool compression = true;                  ///< offer permessage-deflate
};

/// How a server answered a handshake that it did not accept.
struct WsRefusal {
    int status = 0;
    std::string retry_after;  ///< the header's text, "" when absent
};

struct WsMessage {
    std::string_view payload;  ///< valid until the next call of Read
    bool text = true;          ///< valid UTF-8 then
};

/// One connection, from Connect to Close, used by one task: one call at a time. Pings are answered
/// while a Read is waiting. A task that is cancelled in any of these calls gets kClosed.
///
/// Thread: the shard it was made on. Destroying it closes the socket at once.
class WsClient {
public:
    explicit WsClient(WsClientOptions options);
    WsClient(const WsClient&) = delete;
    WsClient& operator=(const WsClient&) = delete;
    ~WsClient();

    /// Opens the connection. Call once. Errors: kUnavailable (no such host, refused, TLS, or the
    /// handshake was declined: see refusal()), kTimeout, kClosed.
    Task<Result<void>> Connect();

    /// Set when Connect failed because the server answered with something other than 101.
    const std::optional<WsRefusal>& refusal() const;

    /// The next whole message. Errors: kTimeout after `time_max` (the connection is then closed),
    /// kTooLarge, kBadInput (protocol broken), kUnavailable (lost, or closed by the peer: the
    /// sentence carries its code and reason).
    Task<Result<WsMessage>> Read(Milliseconds time_max);

    /// Sends one text message. Errors: kTimeout (the connection is then closed), kUnavailable.
    Task<Result<void>> Write(std::string_view text, Milliseconds time_max);

    /// Says goodbye (1000) and waits at most `time_max` for the answer. No Read may be waiting.
    Task<> Close(Milliseconds time_max);

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace flux::net
