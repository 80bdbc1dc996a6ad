// A place where connections arrive, and the applications mounted there.
#pragma once

#include "net/connection_budget.h"
#include "net/host_rule.h"
#include "net/inbound_budget.h"
#include "net/server.h"
#include "net/tls_context.h"

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace flux::net {

/// What all shards share of one listener. Immutable but for the budgets and the certificate, which
/// any thread may use.
struct Listener {
    Listener(std::size_t number, ListenerOptions its_options)
        : index(number),
          options(std::move(its_options)),
          hosts(options.addresses, options.hosts),
          budget(options.connections_max, options.connections_per_address_max),
          inbound(options.inbound_bytes_max, options.inbound_bytes_per_address_max) {}

    const std::size_t index;  ///< its place among the server's listeners, the same on every shard
    const ListenerOptions options;
    const HostRule hosts;
    ConnectionBudget budget;
    InboundBudget inbound;

    /// The certificate for connections that come now; nullptr: no TLS. Any thread.
    std::shared_ptr<const TlsContext> certificate() const;
    void SetCertificate(std::shared_ptr<const TlsContext> certificate);

private:
    mutable std::mutex certificate_mutex_;
    std::shared_ptr<const TlsContext> certificate_;
};

/// One shard's instances of the applications mounted on a listener. Thread: the shard's.
class Site {
public:
    Site(Listener& listener, const std::vector<Mount>& mounts, Shard& shard);

    Listener& listener() const { return listener_; }

    /// The application with the longest prefix that matches `path`; nullptr when there is none. A
    /// prefix matches whole path segments: "/api" takes "/api" and "/api/x", not "/apix".
    HttpApp* Find(std::string_view path) const;

private:
    struct Mounted {
        std::string prefix;
        std::unique_ptr<HttpApp> app;
    };
    Listener& listener_;
    std::vector<Mounted> mounted_;  // longest prefix first
};

}  // namespace flux::net
