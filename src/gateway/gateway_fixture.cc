#include "gateway/gateway_fixture.h"

#include "base/random.h"
#include "cache/memory_cache.h"
#include "config/load.h"
#include "gateway/gateway_settings.h"
#include "json/json_fields.h"

#include <utility>

namespace flux::gateway::testing {

using net::testing::ClientFrame;
using net::testing::Eventually;

RawClient::RawClient(std::uint16_t port, std::string_view auth, std::string_view headers)
    : socket_(port) {
    if (!socket_.connected()) return;
    socket_.Send(net::testing::UpgradeRequest("/socket.io/?EIO=4&transport=websocket", headers));
    if (socket_.ReadResponse(true).status != 101) return;
    const auto open = ReadPacket();
    if (!open || !open->starts_with("0{")) return;
    socket_.Send(ClientFrame(net::Opcode::kText, "40" + std::string(auth)));
    const auto connect = ReadPacket();
    connected_ = connect && connect->starts_with("40{\"sid\":");
    if (!connected_) return;
    const std::string reply = connect->substr(2);
    sid_ = json::AsString(*json::Member(reply, "sid")).value_or("");
    if (const auto pid = json::Member(reply, "pid")) pid_ = json::AsString(*pid).value_or("");
}

void RawClient::Emit(std::string_view event_json) {
    socket_.Send(ClientFrame(net::Opcode::kText, "42" + std::string(event_json)));
}

std::string RawClient::Ask(std::string_view event_json) {
    const std::string id = std::to_string(++asked_);
    socket_.Send(ClientFrame(net::Opcode::kText, "42" + id + std::string(event_json)));
    while (auto packet = ReadPacket()) {
        const std::string head = "43" + id + "[";
        if (packet->starts_with(head)) return packet->substr(head.size() - 1);
        waiting_.push_back(*std::move(packet));
    }
    return {};
}

std::string RawClient::ReadWaiting() {
    if (waiting_.empty()) return {};
    const std::string packet = std::move(waiting_.front());
    waiting_.erase(waiting_.begin());
    return packet.substr(2);
}

std::string RawClient::ReadEvent() {
    if (!waiting_.empty()) return ReadWaiting();
    while (const auto packet = ReadPacket()) {
        if (packet->starts_with("42[")) return packet->substr(2);
    }
    return {};
}

int RawClient::ReadCloseCode() {
    for (;;) {
        const net::testing::TestFrame frame = socket_.ReadFrame();
        if (!frame.valid) return 0;
        if (frame.opcode != net::Opcode::kClose || frame.payload.size() < 2) continue;
        return static_cast<unsigned char>(frame.payload[0]) << 8 |
               static_cast<unsigned char>(frame.payload[1]);
    }
}

std::optional<std::string> RawClient::ReadPacket() {
    net::testing::TestFrame frame = socket_.ReadFrame();
    if (!frame.valid || frame.opcode != net::Opcode::kText) return std::nullopt;
    return std::move(frame.payload);
}

namespace {

std::uint16_t ListenOn(
    net::Server& listener,
    socketio::SocketIoServer& server,
    const std::vector<std::string>& trusted_proxies = {}
) {
    net::ListenerOptions listen;
    listen.name = "test";
    listen.addresses = {"127.0.0.1"};
    listen.trusted_proxies = net::NetworkList::Parse(trusted_proxies).value();
    return listener.Listen(std::move(listen), {server.Mount()}).value();
}

}  // namespace

OtherGateway::OtherGateway(
    ShardSet& shards,
    bus::EventBus& bus,
    const GatewayOptions& options,
    cache::CacheSet* caches,
    const socketio::SocketIoOptions& socketio,
    socketio::SessionArchiveFactory archive
)
    : shards_(shards),
      gateway_(std::make_unique<Gateway>(shards, bus, options, metrics_, caches)),
      server_(std::make_unique<socketio::SocketIoServer>(
          shards, metrics_, socketio, gateway_->AppFactory(), std::move(archive)
      )) {
    server_->Open();
}

Result<void> OtherGateway::Start(const Patience& patience) {
    return RunOn(shards_[0], gateway_->Start(*server_, patience));
}

std::uint16_t OtherGateway::Listen() {
    listener_ = std::make_unique<net::Server>(shards_, metrics_, "other");
    port_ = ListenOn(*listener_, *server_);
    return port_;
}

void OtherGateway::Stop() {
    if (!server_) return;
    if (listener_) listener_->Stop();
    RunOn(shards_[0], gateway_->Stop());
    listener_.reset();
    server_.reset();
}

void GatewayTest::UseMemoryCache() {
    make_caches_ = [this](ShardSet& shards) {
        return std::make_unique<cache::MemoryCacheSet>(
            shards,
            cache::MemoryCacheOptions{},
            cache::CacheOptions{.budget = std::chrono::seconds(5)},
            metrics_
        );
    };
}

void GatewayTest::SetUp() {
    directory_ = std::filesystem::temp_directory_path() / ("flux-gateway-" + SecureRandomText(9));
    std::filesystem::create_directories(directory_);
}

void GatewayTest::Start(std::string_view toml) {
    GatewayRows rows;
    config::Registry registry;
    config::Problems problems;
    AddGatewaySettings(registry, options_, rows);
    config::ApplyText(registry, toml, "flux.toml", problems);
    auto tables = ReadRoutingTables(rows, problems);
    ASSERT_TRUE(tables.has_value()) << problems.ToString();
    options_.tables = *std::move(tables);
    options_.simulated = {"crypto"};

    shards_ = std::make_unique<ShardSet>(2, SystemClock::Instance());
    shards_->Start();
    bus::EmbeddedBusOptions bus_options;
    bus_options.directory = directory_;
    bus_ = bus::EmbeddedBus::Open(bus_options, SystemClock::Instance(), metrics_).value();
    if (make_caches_) {
        caches_ = make_caches_(*shards_);
        RunOnEach(*shards_, [this] { return caches_->Start(); });
    }
    if (wrap_bus_) wrapped_bus_ = wrap_bus_(*bus_);
    bus::EventBus& bus = wrapped_bus_ ? *wrapped_bus_ : *bus_;
    gateway_ = std::make_unique<Gateway>(*shards_, bus, options_, metrics_, caches_.get());
    server_ = std::make_unique<socketio::SocketIoServer>(
        *shards_, metrics_, socketio_options_, gateway_->AppFactory()
    );
    server_->Open();
    const Result<void> started = RunOn((*shards_)[0], gateway_->Start(*server_));
    ASSERT_TRUE(started.has_value()) << started.error().context;
    listener_ = std::make_unique<net::Server>(*shards_, metrics_, "test");
    port_ = ListenOn(*listener_, *server_, trusted_proxies_);
}

void GatewayTest::StopAll() {
    if (listener_) listener_->Stop();
    if (gateway_) RunOn((*shards_)[0], gateway_->Stop());
    listener_.reset();
    server_.reset();
    if (caches_) RunOnEach(*shards_, [this] { return caches_->Stop(); });
    gateway_.reset();
    caches_.reset();
    wrapped_bus_.reset();
    bus_.reset();
    if (shards_) shards_->Stop();
    shards_.reset();
}

void GatewayTest::Publish(
    std::string_view topic, std::optional<std::string> key, std::string_view payload
) {
    bus::Outgoing record;
    record.topic = bus::TopicName(std::string(topic));
    record.key = std::move(key);
    record.payload = SharedBytes(payload);
    const auto published = RunOn((*shards_)[0], bus_->Publish(std::move(record)));
    ASSERT_TRUE(published.has_value()) << published.error().context;
}

void GatewayTest::AwaitRecords(std::string_view topic, std::uint64_t records) {
    const PumpStats* const stats = gateway_->StatsOf(topic);
    ASSERT_NE(stats, nullptr);
    ASSERT_TRUE(Eventually([&] { return stats->records.value() >= records; }));
    // A broadcast that is in the ring is read in the turn a letter opens in, or before.
    shards_->OnEachShard([](Shard&) {});
    shards_->OnEachShard([](Shard&) {});
}

std::vector<bus::Message> GatewayTest::Records(std::string_view topic) {
    std::vector<bus::Message> records;
    const bus::TopicName name{std::string(topic)};
    const auto marks = RunOn((*shards_)[0], bus_->Watermarks(name));
    for (std::size_t partition = 0; marks && partition < marks->size(); ++partition) {
        bus::Position from;
        from.log_identity = bus_->identity();
        from.partition = bus::Partition(static_cast<std::int32_t>(partition));
        from.offset = (*marks)[partition].first;
        if (from.offset == (*marks)[partition].second) continue;
        auto read = RunOn((*shards_)[0], bus_->Read(name, from, 10'000));
        if (read) records.insert(records.end(), read->begin(), read->end());
    }
    return records;
}

std::vector<bus::Message> GatewayTest::AwaitPublished(std::string_view topic, std::size_t count) {
    EXPECT_TRUE(Eventually([&] { return Records(topic).size() >= count; })) << topic;
    std::vector<bus::Message> records = Records(topic);
    EXPECT_EQ(records.size(), count) << topic;
    return records;
}

std::uint64_t GatewayTest::Sum(const Counter GatewayShardStats::*counter) const {
    return (gateway_->ShardStatsOf(0).*counter).value() +
           (gateway_->ShardStatsOf(1).*counter).value();
}

RawClient GatewayTest::Connect(std::string_view auth) {
    RawClient client(port_, auth);
    EXPECT_TRUE(client.connected());
    return client;
}

}  // namespace flux::gateway::testing
