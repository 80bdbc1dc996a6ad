#include "net/server.h"

#include "base/assert.h"
#include "base/log.h"
#include "net/acceptor.h"
#include "net/listening_socket.h"
#include "net/net_shard.h"

#include <fmt/format.h>
#include <mutex>
#include <utility>

namespace flux::net {

class Server::Impl {
public:
    Impl(ShardSet& shards, MetricRegistry& metrics, std::string name)
        : shards_(shards),
          name_(std::move(name)),
          stats_(shards.size()),
          net_(shards.size()),
          metrics_(metrics.Add([this](MetricWriter& out) { Describe(out); })) {}

    Result<std::uint16_t> Listen(ListenerOptions options, const std::vector<Mount>& mounts);
    void ReloadCertificates();
    void StopAccepting();
    void Stop();

private:
    void MakeShards();
    void Open(Listener& listener, std::vector<Stream> sockets, const std::vector<Mount>& mounts);
    void Describe(MetricWriter& out) const;

    ShardSet& shards_;
    const std::string name_;
    bool stopped_ = false;
    std::vector<NetStats> stats_;  // by shard; outlive the shards' own objects for a last scrape
    mutable std::mutex listeners_mutex_;  // a scrape may run while a listener is added
    std::vector<std::unique_ptr<Listener>> listeners_;
    std::vector<std::unique_ptr<NetShard>> net_;
    MetricRegistry::Registration metrics_;
};

void Server::Impl::MakeShards() {
    if (net_.front() != nullptr) return;
    shards_.OnEachShard([this](Shard& shard) {
        const std::size_t index = shard.id().value();
        net_[index] = std::make_unique<NetShard>(shard, net_, stats_[index]);
    });
}

/// The applications stand on every shard before the first connection can arrive on any.
void Server::Impl::Open(
    Listener& listener, std::vector<Stream> sockets, const std::vector<Mount>& mounts
) {
    shards_.OnEachShard([&](Shard& shard) {
        net_[shard.id().value()]->AddSite(std::make_unique<Site>(listener, mounts, shard));
    });
    const std::size_t home = listener.index % shards_.size();
    shards_.OnEachShard([&](Shard& shard) {
        if (shard.id().value() != home) return;
        NetShard& net = *net_[home];
        for (Stream& socket : sockets) {
            net.AddAcceptor(
                std::make_unique<Acceptor>(net, listener, std::move(socket), shards_.size())
            );
        }
    });
}

Result<std::uint16_t> Server::Impl::Listen(
    ListenerOptions options, const std::vector<Mount>& mounts
) {
    FLUX_ASSERT(!stopped_);
    std::shared_ptr<const TlsContext> certificate;
    if (!options.tls_cert_file.empty()) {
        auto loaded = TlsContext::Load(options.tls_cert_file, options.tls_key_file);
        if (!loaded) return loaded.error();
        certificate = *std::move(loaded);
    }
    Result<BoundListener> bound = BindListener(options);
    if (!bound) return bound.error();
    MakeShards();
    Listener* listener = nullptr;
    {
        const std::scoped_lock lock(listeners_mutex_);
        listeners_.push_back(std::make_unique<Listener>(listeners_.size(), std::move(options)));
        listener = listeners_.back().get();
    }
    listener->SetCertificate(std::move(certificate));
    const std::uint16_t port = bound->port;
    Open(*listener, std::move(bound->sockets), mounts);
    log::Info(
        "listener.ready",
        "listening",
        {{"listener", listener->options.name},
         {"addresses", fmt::format("{}", fmt::join(listener->options.addresses, ", "))},
         {"port", port}}
    );
    return port;
}

void Server::Impl::ReloadCertificates() {
    const std::scoped_lock lock(listeners_mutex_);
    for (const std::unique_ptr<Listener>& listener : listeners_) {
        const ListenerOptions& options = listener->options;
        if (options.tls_cert_file.empty()) continue;
        auto loaded = TlsContext::Load(options.tls_cert_file, options.tls_key_file);
        if (!loaded) {
            log::Warn(
                "listener.certificate_kept",
                "the new certificate cannot be used; the old one stays",
                {{"listener", options.name}, {"error", loaded.error().context}}
            );
            continue;
        }
        listener->SetCertificate(*std::move(loaded));
        log::Info(
            "listener.certificate_loaded",
            "connections from now on are shown the certificate as it is on disk",
            {{"listener", options.name}}
        );
    }
}

void Server::Impl::StopAccepting() {
    if (stopped_ || net_.front() == nullptr) return;
    shards_.OnEachShard([this](Shard& shard) { net_[shard.id().value()]->StopAccepting(); });
}

void Server::Impl::Stop() {
    if (std::exchange(stopped_, true) || net_.front() == nullptr) return;
    // Between the steps every letter that was sent before is opened: first the connections that are
    // still being dealt out, then those on their way to another shard.
    shards_.OnEachShard([this](Shard& shard) { net_[shard.id().value()]->StopAccepting(); });
    shards_.OnEachShard([this](Shard& shard) { net_[shard.id().value()]->StopAll(); });
    shards_.OnEachShard([this](Shard& shard) { net_[shard.id().value()].reset(); });
}

void Server::Impl::Describe(MetricWriter& out) const {
    out.SetCommonLabel("server", name_);
    for (std::size_t i = 0; i < stats_.size(); ++i) {
        out.SetCommonLabel("shard", std::to_string(i));
        net::Describe(out, stats_[i]);
    }
    out.SetCommonLabel("shard", "");
    const std::scoped_lock lock(listeners_mutex_);
    for (const std::unique_ptr<Listener>& listener : listeners_) {
        out.WriteGauge(
            "net_connections_open",
            "Open connections",
            static_cast<double>(listener->budget.open()),
            {{"listener", listener->options.name}}
        );
    }
    out.SetCommonLabel("server", "");
}

Server::Server(ShardSet& shards, MetricRegistry& metrics, std::string name)
    : impl_(std::make_unique<Impl>(shards, metrics, std::move(name))) {}

Server::~Server() {
    Stop();
}

Result<std::uint16_t> Server::Listen(ListenerOptions options, const std::vector<Mount>& mounts) {
    return impl_->Listen(std::move(options), mounts);
}

void Server::ReloadCertificates() {
    impl_->ReloadCertificates();
}

void Server::StopAccepting() {
    impl_->StopAccepting();
}

void Server::Stop() {
    impl_->Stop();
}

}  // namespace flux::net
