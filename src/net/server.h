// The listening side: listeners that mount applications.
#pragma once

#include "base/metrics.h"
#include "base/result.h"
#include "limits/limits.h"
#include "net/address.h"
#include "net/http.h"
#include "runtime/shard_set.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace flux::net {

/// Makes the instance of an application that serves one shard. Called on that shard's thread.
using HttpAppFactory = std::function<std::unique_ptr<HttpApp>(Shard& shard)>;

/// An application and where it answers. The longest matching prefix wins; "/" takes what is left.
struct Mount {
    std::string path_prefix;
    HttpAppFactory make;
};

struct ListenerOptions {
    std::string name;  ///< in logs and metrics: "web", "admin"
    std::vector<std::string>
        addresses;  ///< addresses to bind, e.g. {"127.0.0.1", "::1"}; a missing ::1 is skipped
    std::uint16_t port = 0;    ///< 0: any free port
    std::string port_setting;  ///< the setting to name when the port is in use
    std::size_t connections_max = 20'000;
    /// Of one client address (IPv6: its /64); see trusted_proxies.
    std::size_t connections_per_address_max = 4'096;
    /// Requests and WebSocket messages that have begun and are not whole: in all, and of one client
    /// address (IPv6: its /64). Over it a request is answered 503, a WebSocket closed with 1013.
    std::size_t inbound_bytes_max = 256 * MiB;
    std::size_t inbound_bytes_per_address_max = 32 * MiB;
    /// Peers whose X-Forwarded-For and -Proto are believed. Their connections are not one client's,
    /// so the cap per address counts them where the client is known: at a WebSocket's upgrade.
    NetworkList trusted_proxies;
    std::vector<std::string> hosts;  ///< names the Host header may carry; see HostRule
    std::string hosts_setting;       ///< the setting to name when it carries another
    std::size_t head_bytes_max = limits::kHttpHeadBytesMax;    ///< of one request, empty line too
    std::size_t head_lines_max = limits::kHttpHeaderLinesMax;  ///< headers of one request
    Milliseconds head_time_max{10'000};  ///< from a request's first byte to the end of its head
    Milliseconds body_time_max{20'000};  ///< for a body, and for a reader to take 64 KiB more
    Milliseconds keep_alive_time_max{65'000};  ///< idle between two requests
    std::string tls_cert_file;  ///< PEM, the server's own certificate first; empty: no TLS
    std::string tls_key_file;
    std::size_t send_buffer_bytes = 0;  ///< SO_SNDBUF of accepted sockets; 0 keeps the kernel's
};

/// Accepts connections and spreads them evenly over the shards. Any number of listeners. Thread:
/// Start, StopAccepting and Stop from the thread that owns the ShardSet, which must be running.
class Server {
public:
    /// `name` tells the servers of one process apart in the metrics (label `server`).
    Server(ShardSet& shards, MetricRegistry& metrics, std::string name);
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server();

    /// Binds, mounts and starts to accept. Returns the port.
    /// Errors: kConflict when the port is in use (naming the owner where the kernel tells, and the
    /// setting that changes it); kPermission; kBadInput for an address that does not parse; those
    /// of TlsContext::Load.
    Result<std::uint16_t> Listen(ListenerOptions options, const std::vector<Mount>& mounts);

    /// Reads the certificates of all listeners again: connections that come from now on are shown
    /// the new ones. One that cannot be used is logged, and the old one stays. Thread: any.
    void ReloadCertificates();

    /// Step one of a stop: closes the listening sockets and idle keep-alive connections; open
    /// requests go on.
    void StopAccepting();

    /// Step two: closes what is left and destroys the applications. Idempotent.
    void Stop();

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace flux::net
