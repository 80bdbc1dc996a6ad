#include "app/application.h"

#include "app/descriptor_limit.h"
#include "app/notice_app.h"
#include "app/shard_call.h"
#include "app/wanted_topics.h"
#include "base/log.h"
#include "base/random.h"
#include "base/testpoint.h"
#include "bus/embedded_bus.h"
#include "bus/kafka/kafka_bus.h"
#include "cache/memory_cache.h"
#include "cache/valkey_cache.h"
#include "contract/topics.h"
#include "gateway/process_identity.h"
#include "gateway/session_cache.h"
#include "net/static_files.h"
#include "runtime/answer_slot.h"
#include "runtime/shard_stats.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <set>

namespace flux::app {
namespace {

/// Every topic this process knows before anybody connects: Flux's own, the configured ones and the
/// routes'.
std::vector<std::string> KnownTopics(const gateway::RoutingTables& tables, bool embedded) {
    std::set<std::string> names;
    for (const contract::Topic& topic : contract::kTopics) {
        if (topic.embedded || !embedded) names.emplace(topic.name);
    }
    for (const gateway::TopicRow& topic : tables.topics)
        names.insert(topic.name);
    for (const std::string& topic : tables.routes.Topics())
        names.insert(topic);
    return {names.begin(), names.end()};
}

/// A disk is as quick as it is.
constexpr Milliseconds kAsLongAsItTakes = std::chrono::hours(24);

using Stored = AnswerSlot<Result<bus::Position>>;

/// It may outlive whoever waits for it: the bus answers when it ends, at the latest.
Task<> PublishInto(bus::EventBus& bus, bus::Outgoing record, std::shared_ptr<Stored> stored) {
    Result<bus::Position> outcome = co_await bus.Publish(std::move(record));
    stored->Fill(std::move(outcome));
}

/// A durable record on disk proves that orders would be: the first write makes files and syncs
/// them. It is waited for at most `longest`, so that a start can say what it waits for, and end.
Task<Result<void>> WarmUp(bus::EventBus& bus, Milliseconds longest) {
    const bus::TopicName topic{std::string(kWarmUpTopic)};
    bus::TopicOptions options;
    options.durable = true;
    options.retention_time = std::chrono::hours(1);
    Result<void> made = co_await bus.EnsureTopic(topic, options);
    // Somebody may have made it otherwise; it takes records all the same.
    if (!made && made.error().code != ErrorCode::kConflict) co_return made;
    bus::Outgoing record;
    record.topic = topic;
    record.payload = SharedBytes("{}");
    Shard& shard = *Shard::Current();
    const auto stored = std::make_shared<Stored>(shard);
    boost::asio::co_spawn(
        shard.io(), PublishInto(bus, std::move(record), stored), boost::asio::detached
    );
    const std::optional<Result<bus::Position>> outcome = co_await stored->Wait(longest);
    if (!outcome) {
        co_return Error(
            ErrorCode::kTimeout,
            Retry::kLater,
            fmt::format(
                "Kafka answers, but did not acknowledge it within {} ms; see whether every "
                "partition has a leader and enough copies in sync (flux doctor)",
                longest.count()
            )
        );
    }
    if (!*outcome) co_return outcome->error();
    co_return Result<void>();
}

Readiness ChecksOf(const Role& role) {
    if (!role.gateway) return Readiness({Check::kBus, Check::kFeeds, Check::kListeners});
    if (!role.any_service()) return Readiness({Check::kBus, Check::kGateway, Check::kListeners});
    return Readiness({Check::kBus, Check::kGateway, Check::kFeeds, Check::kListeners});
}

Error Explained(std::string_view what, const Error& error) {
    return Error(error.code, error.retry, fmt::format("{}: {}", what, error.context));
}

/// Fifty a second come back without harm; only more than that need the whole window.
Milliseconds DrainWindow(std::size_t sockets, Milliseconds longest) {
    constexpr std::int64_t kMillisecondsPerSocket = 20;
    return std::min(
        longest, Milliseconds(kMillisecondsPerSocket * static_cast<std::int64_t>(sockets))
    );
}

/// Whoever says that a plan allows more gets it from the simulator, too.
std::vector<simulator::LimitChange> SimulatedLimits(const DomainSettings& domains) {
    const feeds::WeatherOptions weather;
    const feeds::StockOptions stock;
    const feeds::NewsOptions news;
    std::vector<simulator::LimitChange> changes;
    const auto raise =
        [&](const char* source, const char* rule, std::uint64_t most, std::uint64_t usual) {
            if (most > usual) changes.push_back({source, rule, most});
        };
    raise("openweather", "minute", domains.weather.calls_per_minute, weather.calls_per_minute);
    raise("finnhub", "minute", domains.stock.calls_per_minute, stock.calls_per_minute);
    changes.push_back({"finnhub", "second", 0});  // a start waits for the first batch
    raise("newsdata", "day", domains.news.credits_per_day, news.credits_per_day);
    raise(
        "newsdata", "quarter", domains.news.credits_per_quarter_hour, news.credits_per_quarter_hour
    );
    return changes;
}

std::string HostInUrl(const std::string& address) {
    return address.find(':') == std::string::npos ? address : "[" + address + "]";
}

}  // namespace

Application::Application(Settings settings, const Role& role)
    : role_(role),
      settings_(std::move(settings)),
      readiness_(ChecksOf(role)),
      shards_(ShardCount(settings_), SystemClock::Instance()),
      intake_(shards_),
      admin_state_{
          .metrics = metrics_,
          .readiness = readiness_,
          .intake = intake_,
          .token = settings_.admin.token,
          .topics = KnownTopics(settings_.gateway.tables, !on_kafka()),
          .hosts = settings_.admin.hosts} {}

Application::~Application() {
    Stop();
}

Result<void> Application::Start(const std::function<bool()>& abandoned) {
    abandoned_ = abandoned;
    WarnAboutDescriptors();
    constexpr std::array kSteps{
        &Application::OpenDataDirectory,
        &Application::OpenAdmin,
        &Application::OpenBus,
        &Application::ClaimId,
        &Application::OpenCache,
        &Application::StartGateway,
        &Application::StartFeeds,
        &Application::RefreshFeeds,
        &Application::OpenWeb,
        &Application::Announce};
    shards_.Start();
    for (const auto step : kSteps) {
        if (abandoned()) return Error(ErrorCode::kClosed, Retry::kNever, "stopped while starting");
        if (Result<void> done = (this->*step)(); !done) return done;
    }
    return {};
}

void Application::WarnAboutDescriptors() const {
    const std::size_t descriptors = RaiseDescriptorLimit();
    const std::size_t fits = ConnectionsThatFit(descriptors, shards_.size());
    log::Info(
        "process.limits",
        "the limit on open files allows this many connections",
        {{"connections", fits}, {"open_files_max", descriptors}, {"shards", shards_.size()}}
    );
    if (fits < settings_.http.connections_max) {
        log::Warn(
            "process.limits_low",
            "fewer connections than http.connections_max fit; raise the limit with ulimit -n or "
            "LimitNOFILE, or lower the setting",
            {{"connections", fits}, {"connections_max", settings_.http.connections_max}}
        );
    }
}

Result<void> Application::OpenDataDirectory() {
    Result<DataDirectory> data = DataDirectory::Open(settings_.data_dir);
    if (!data) return data.error();
    data_.emplace(std::move(*data));
    if (!settings_.admin.token.empty()) {
        data_->Remove(kAdminTokenFile);  // one of an earlier run would only mislead
        return {};
    }
    admin_state_.token = config::Secret(SecureRandomText(24));
    return data_->WritePrivate(kAdminTokenFile, admin_state_.token.Reveal() + "\n");
}

Result<void> Application::OpenAdmin() {
    admin_ = std::make_unique<net::Server>(shards_, metrics_, "admin");
    net::Mount mount;
    mount.path_prefix = "/";
    mount.make = [this](Shard&) { return std::make_unique<AdminApp>(admin_state_); };
    std::vector<net::Mount> mounts;
    mounts.push_back(std::move(mount));
    const Result<std::uint16_t> port = admin_->Listen(AdminListener(settings_), mounts);
    if (!port) return port.error();
    admin_port_ = *port;
    registrations_.push_back(metrics_.Add([this](MetricWriter& out) {
        Describe(out, shards_);
        out.WriteCounter(
            "log_lines_dropped",
            "Log lines lost to a full queue",
            static_cast<double>(log::DroppedLines())
        );
        out.WriteGauge("ready", "Whether /readyz says so", readiness_.ready() ? 1 : 0);
    }));
    return {};
}

Result<void> Application::OpenEmbeddedBus() {
    bus::EmbeddedBusOptions options;
    options.directory = data_->path() / "bus";
    Result<std::unique_ptr<bus::EmbeddedBus>> bus =
        bus::EmbeddedBus::Open(std::move(options), SystemClock::Instance(), metrics_);
    if (!bus) return bus.error();
    bus_ = std::move(*bus);
    return {};
}

Result<void> Application::OpenKafka() {
    patience_ = Patience(SystemClock::Instance().Now() + settings_.kafka.start_timeout, abandoned_);
    Result<std::unique_ptr<bus::KafkaBus>> bus =
        bus::KafkaBus::Open(settings_.kafka, metrics_, abandoned_);
    if (!bus) return bus.error();
    (*bus)->OnHealth([this](bool answers) { readiness_.SetBusAnswers(answers); });
    bus_ = std::move(*bus);
    return {};
}

Result<void> Application::OpenBus() {
    if (Result<void> opened = on_kafka() ? OpenKafka() : OpenEmbeddedBus(); !opened) return opened;
    const Milliseconds longest = on_kafka() ? settings_.kafka.request_timeout : kAsLongAsItTakes;
    std::function<Task<Result<void>>()> warm_up = [&] { return WarmUp(*bus_, longest); };
    const Result<void> warm =
        CallOn(shards_[0], [&] { return patience_.Try("the first record", warm_up); });
    if (!warm) return Explained("the event bus did not take its first record", warm.error());
    readiness_.Pass(Check::kBus);
    return {};
}

/// Alone on the embedded bus: the lock of the data directory is enough there.
Result<void> Application::ClaimId() {
    if (!role_.gateway || !on_kafka()) return {};
    id_claim_ = std::make_unique<gateway::IdClaim>(
        shards_[0],
        *bus_,
        gateway::ClaimOfThisProcess(settings_.socketio.gateway_id),
        gateway::IdClaimTimes{},
        metrics_
    );
    return CallOn(shards_[0], [this] { return id_claim_->Take(abandoned_, patience_); });
}

/// Valkey may be away: Flux starts without it, and uses it once it is there.
Result<void> Application::OpenCache() {
    if (on_valkey()) {
        Result<std::unique_ptr<cache::ValkeyCacheSet>> valkey =
            cache::ValkeyCacheSet::Make(shards_, settings_.valkey, settings_.cache, metrics_);
        if (!valkey) return Explained("valkey.ca_file", valkey.error());
        caches_ = std::move(*valkey);
    } else {
        caches_ = std::make_unique<cache::MemoryCacheSet>(
            shards_, settings_.memory_cache, settings_.cache, metrics_
        );
    }
    CallOnEach(shards_, [this] { return caches_->Start(); });
    if (!on_valkey() || simulated().empty()) return {};
    // What a simulator made up must not be found by those who show the real thing.
    simulated_caches_ = std::make_unique<cache::MemoryCacheSet>(
        shards_, settings_.memory_cache, settings_.cache, simulated_metrics_
    );
    CallOnEach(shards_, [this] { return simulated_caches_->Start(); });
    return {};
}

Result<void> Application::StartGateway() {
    if (!role_.gateway) {
        intake_.Open(*bus_);
        return {};
    }
    gateway::GatewayOptions options = settings_.gateway;
    for (const Domain domain : simulated())
        options.simulated.emplace_back(NameOf(domain));
    options.addresses.loopback = settings_.socketio.limit_loopback;
    options.positions_outlive_process = on_kafka();
    // The topics of a Kafka are their owners'.
    options.make_topics_of_routes = !on_kafka();
    options.topic_interval = settings_.kafka.growth_interval;
    gateway_ = std::make_unique<gateway::Gateway>(
        shards_, *bus_, std::move(options), metrics_, caches_.get()
    );
    // Memory of this process would say nothing that it does not know itself.
    socketio::SessionArchiveFactory archive;
    if (on_valkey()) archive = gateway::SessionsIn(*caches_);
    socketio_ = std::make_unique<socketio::SocketIoServer>(
        shards_, metrics_, settings_.socketio, gateway_->AppFactory(), std::move(archive)
    );
    // The shards read while it looks back, which is more than waits for them.
    socketio_->Open();
    const Result<void> started =
        CallOn(shards_[0], [this] { return gateway_->Start(*socketio_, patience_); });
    if (!started) return Explained("the gateway did not start", started.error());
    gateway_started_ = true;
    intake_.Open(*bus_);
    return {};
}

Result<std::uint16_t> Application::StartSimulator() {
    simulator::SimulatorOptions options;
    options.addresses = {"127.0.0.1"};
    options.port = settings_.simulator.port;
    options.port_setting = "simulator.port";
    options.exchange.seed =
        settings_.simulator.seed != 0 ? settings_.simulator.seed : SecureRandomSeed();
    options.limits = SimulatedLimits(settings_.domains);
    simulator_ = std::make_unique<simulator::Simulator>(shards_, std::move(options), metrics_);
    return simulator_->Start();
}

std::vector<Domain> Application::simulated() const {
    std::vector<Domain> domains;
    for (const Domain domain : kDomains) {
        if (role_.serves[domain] && settings_.domains.source[domain] != Source::kLive)
            domains.push_back(domain);
    }
    return domains;
}

Result<void> Application::StartFeeds() {
    if (!role_.any_service()) return {};
    std::uint16_t simulator_port = 0;
    if (!simulated().empty()) {
        const Result<std::uint16_t> port = StartSimulator();
        if (!port) return port.error();
        simulator_port = *port;
    }
    AimDomains(settings_.domains, simulator_port);
    Shard& home = shards_[shards_.size() - 1];
    FeedSurroundings surroundings{
        .home = home,
        .bus = *bus_,
        .metrics = metrics_,
        .cache = caches_->Of(home.id()),
        .simulated_cache =
            simulated_caches_ ? simulated_caches_->Of(home.id()) : caches_->Of(home.id())};
    feeds_ = std::make_unique<FeedSet>(surroundings, settings_.domains, role_);
    if (Result<void> started = feeds_->Start(patience_); !started) return started;
    readiness_.Pass(Check::kFeeds);
    return {};
}

/// Whoever comes first finds the newest of every domain.
Result<void> Application::RefreshFeeds() {
    if (!role_.gateway) return {};
    const Result<void> asked =
        CallOn(shards_[0], [this] { return gateway_->Refresh(patience_, abandoned_); });
    if (!asked)
        return Explained("the services were not asked for their newest events", asked.error());
    readiness_.Pass(Check::kGateway);
    return {};
}

Result<void> Application::OpenWeb() {
    if (!role_.gateway) return {};
    web_ = std::make_unique<net::Server>(shards_, metrics_, "web");
    std::vector<net::Mount> mounts;
    mounts.push_back(socketio_->Mount());
    Result<net::Mount> page = PageMount();
    if (!page) return page.error();
    mounts.push_back(std::move(*page));
    const Result<std::uint16_t> port = web_->Listen(WebListener(settings_), mounts);
    if (!port) return port.error();
    web_port_ = *port;
    return {};
}

/// Ready comes last: whoever waits for it finds the process.
Result<void> Application::Announce() {
    Running running;
    running.admin_host = HostInUrl(settings_.admin.address);
    running.admin_port = admin_port_;
    if (Result<void> announced = data_->Announce(running); !announced) return announced;
    readiness_.Pass(Check::kListeners);
    return {};
}

Result<net::Mount> Application::PageMount() const {
    net::Mount mount;
    mount.path_prefix = "/";
    if (settings_.http.static_dir.empty()) {
        mount.make = [](Shard&) { return std::make_unique<NoticeApp>(); };
        return mount;
    }
    Result<std::shared_ptr<const net::StaticFiles>> files =
        net::StaticFiles::Load(settings_.http.static_dir);
    if (!files) return Explained("http.static_dir does not hold a page", files.error());
    mount.make = net::StaticFiles::App(std::move(*files));
    return mount;
}

std::string Application::url() const {
    if (!role_.gateway)
        return fmt::format("http://{}:{}", HostInUrl(settings_.admin.address), admin_port_);
    const std::string& first = settings_.http.addresses.front();
    const Result<net::IpAddress> address = net::IpAddress::Parse(first);
    const bool here =
        !address || address->is_loopback() || *address == net::IpAddress() || first == "0.0.0.0";
    const std::string_view scheme = settings_.http.tls_cert_file.empty() ? "http" : "https";
    return fmt::format("{}://{}:{}", scheme, here ? "localhost" : HostInUrl(first), web_port_);
}

void Application::ReloadCertificates() {
    web_->ReloadCertificates();
}

void Application::Stop() {
    if (std::exchange(stopped_, true)) return;
    readiness_.BeginDraining();
    FLUX_TESTPOINT("shutdown.drain");
    if (web_) {
        const std::size_t sockets = socketio_->connected();
        const Milliseconds window = DrainWindow(sockets, settings_.shutdown.drain_window);
        log::Info(
            "shutdown.draining",
            "step 1 of 2: no new connections, closing sockets",
            {{"sockets", sockets}, {"window_ms", window.count()}}
        );
        // Polling clients come with every poll: newcomers among them are answered 502.
        socketio_->Drain(socketio::DisconnectReason::kDrain, window);
        web_->StopAccepting();
    }
    if (data_) {
        log::Info("shutdown.stopping", "step 2 of 2: stopping services, gateway and bus");
        StopWork();
        data_->Forget();
        if (settings_.admin.token.empty()) data_->Remove(kAdminTokenFile);
    }
    shards_.Stop();
}

void Application::StopWork() {
    // A Kafka that hangs must not hold whoever waits for it beyond the shutdown.
    if (auto* const kafka = dynamic_cast<bus::KafkaBus*>(bus_.get())) kafka->BeginStop();
    intake_.Close();
    if (feeds_) feeds_->Stop();
    if (simulator_) simulator_->Stop();
    if (gateway_started_) CallOn(shards_[0], [this] { return gateway_->Stop(); });
    if (id_claim_) CallOn(shards_[0], [this] { return id_claim_->Release(); });
    if (web_) web_->Stop();
    if (admin_) admin_->Stop();
    feeds_.reset();
    simulator_.reset();
    admin_.reset();
    web_.reset();
    registrations_.clear();
    socketio_.reset();
    for (cache::CacheSet* const caches : {caches_.get(), simulated_caches_.get()})
        if (caches != nullptr) CallOnEach(shards_, [caches] { return caches->Stop(); });
    gateway_.reset();
    id_claim_.reset();
    caches_.reset();
    simulated_caches_.reset();
    bus_.reset();
}

}  // namespace flux::app
