// The composition root: makes the parts, joins them, starts them in order and stops them in order.
#pragma once

#include "app/admin_app.h"
#include "app/data_directory.h"
#include "app/feed_set.h"
#include "app/readiness.h"
#include "app/record_intake.h"
#include "app/role.h"
#include "app/settings.h"
#include "base/metrics.h"
#include "base/result.h"
#include "bus/event_bus.h"
#include "cache/cache_set.h"
#include "gateway/gateway.h"
#include "gateway/id_claim.h"
#include "net/server.h"
#include "runtime/patience.h"
#include "runtime/shard_set.h"
#include "simulator/simulator.h"
#include "socketio/socketio_server.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace flux::app {

/// The parts of a role in one process, on the embedded bus or on Kafka.
///
/// Thread: main, which must be no shard. Lifecycle: Start once; Stop once, also after a Start that
/// failed; destroy.
class Application {
public:
    Application(Settings settings, const Role& role);
    Application(const Application&) = delete;
    Application& operator=(const Application&) = delete;
    ~Application();

    /// Returns once the process is ready: the bus has stored a record, the gateway listens to its
    /// topics, the services run, the listeners are open. Between two steps it asks whether the
    /// start was `abandoned`, and fails with kClosed then. Errors: a sentence for whoever started
    /// it.
    Result<void> Start(const std::function<bool()>& abandoned);

    /// Two steps. First nobody new comes in: not ready, listening sockets closed, sockets closed
    /// over the drain window. Then what runs is finished: services, gateway, bus. Idempotent.
    void Stop();

    bool has_certificates() const { return role_.gateway && !settings_.http.tls_cert_file.empty(); }

    /// See net::Server::ReloadCertificates. Between Start and Stop. Thread: any.
    void ReloadCertificates();

    /// Where a browser goes; without a gateway, where the process says how it is.
    std::string url() const;
    const Role& role() const { return role_; }
    bool on_kafka() const { return !settings_.kafka.brokers.empty(); }
    bool on_valkey() const { return !settings_.valkey.host.empty(); }

    /// The domains this process serves from the simulator.
    std::vector<Domain> simulated() const;

private:
    Result<void> OpenDataDirectory();
    Result<void> OpenAdmin();
    Result<void> OpenBus();
    Result<void> OpenEmbeddedBus();
    Result<void> OpenKafka();
    Result<void> ClaimId();
    Result<void> OpenCache();
    Result<void> StartGateway();
    Result<void> StartFeeds();
    Result<void> RefreshFeeds();
    Result<void> OpenWeb();
    Result<std::uint16_t> StartSimulator();
    Result<void> Announce();
    Result<net::Mount> PageMount() const;
    void WarnAboutDescriptors() const;
    void StopWork();

    const Role role_;
    Settings settings_;
    std::function<bool()> abandoned_;
    Patience patience_;  // of the start: on Kafka, until kafka.start_timeout has passed
    MetricRegistry metrics_;
    Readiness readiness_;
    std::optional<DataDirectory> data_;
    ShardSet shards_;
    RecordIntake intake_;
    AdminState admin_state_;
    std::unique_ptr<bus::EventBus> bus_;
    std::unique_ptr<gateway::IdClaim> id_claim_;
    std::unique_ptr<cache::CacheSet> caches_;
    MetricRegistry simulated_metrics_;  // of the next: nobody scrapes it
    std::unique_ptr<cache::CacheSet> simulated_caches_;
    std::unique_ptr<gateway::Gateway> gateway_;
    std::unique_ptr<socketio::SocketIoServer> socketio_;
    std::unique_ptr<simulator::Simulator> simulator_;
    std::unique_ptr<FeedSet> feeds_;
    std::unique_ptr<net::Server> admin_;
    std::unique_ptr<net::Server> web_;
    std::vector<MetricRegistry::Registration> registrations_;
    std::uint16_t web_port_ = 0;
    std::uint16_t admin_port_ = 0;
    bool gateway_started_ = false;
    bool stopped_ = false;
};

}  // namespace flux::app
