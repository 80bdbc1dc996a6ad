#include "feed_rig.h"

#include "base/clock.h"
#include "base/random.h"
#include "base/units.h"
#include "contract/topics.h"

#include <algorithm>
#include <condition_variable>

namespace flux {
namespace {

constexpr auto kPatience = 20s;

}  // namespace

FeedRig::FeedRig()
    : directory_(std::filesystem::temp_directory_path() / ("flux-crypto-" + SecureRandomText(9))),
      shards_(2, SystemClock::Instance()) {
    options_.products = {"BTC-USD", "ETH-USD", "SOL-USD"};
    options_.products_per_connection = 2;
    options_.rest_base_url.clear();
    options_.coingecko_url.clear();
    options_.flush_interval = 20ms;
    options_.ack_time_max = 500ms;
    options_.silence_max = 500ms;
    options_.reconnect_first = 20ms;
    options_.reconnect_longest = 100ms;
    options_.missing_retry = 200ms;
    options_.catalog_retry_first = 20ms;
    options_.catalog_retry_longest = 50ms;
    options_.connects_per_second = 1000;
    options_.connects_burst = 1000;
    exchange_options_.addresses = {"127.0.0.1"};
    exchange_options_.port = 0;
    exchange_options_.exchange.step = 10ms;
    exchange_options_.exchange.heartbeat = 50ms;
    exchange_options_.exchange.connects_per_second = 1000;
    exchange_options_.exchange.connects_burst = 1000;
    exchange_options_.exchange.requests_per_second = 1000;
    exchange_options_.exchange.requests_burst = 1000;
    shards_.Start();
    bus::EmbeddedBusOptions bus_options;
    bus_options.directory = directory_;
    bus_ = bus::EmbeddedBus::Open(bus_options, SystemClock::Instance(), metrics_).value();
}

FeedRig::~FeedRig() {
    StopService();
    StopExchange();
    bus_.reset();
    shards_.Stop();
    std::filesystem::remove_all(directory_);
}

void FeedRig::StartExchange() {
    exchange_options_.port = port_;
    exchange_ = std::make_unique<simulator::Simulator>(shards_, exchange_options_, metrics_);
    const Result<std::uint16_t> port = exchange_->Start();
    ASSERT_TRUE(port) << port.error().context;
    port_ = *port;
    options_.ws_url = "ws://127.0.0.1:" + std::to_string(port_) + "/";
}

void FeedRig::StopExchange() {
    exchange_.reset();
}

Result<void> FeedRig::TryStartService() {
    service_ = std::make_unique<feeds::CryptoService>(shards_[1], *bus_, options_, metrics_, 1);
    return Run(service_->Start());
}

void FeedRig::StartService() {
    const Result<void> started = TryStartService();
    ASSERT_TRUE(started) << started.error().context;
    Subscribe();
}

void FeedRig::Subscribe() {
    auto subscribe = [this]() -> Task<Result<void>> {
        bus::SubscribeOptions options;
        options.topic = bus::TopicName(std::string(contract::kCryptoTickerUpdated.name));
        options.group = bus::Group::EveryInstance(bus::StartAt::kBeginning);
        bus::BatchHandler handler = [this](std::vector<bus::Message> batch) {
            return Take(std::move(batch));
        };
        auto reader = co_await bus_->Subscribe(std::move(options), std::move(handler));
        if (!reader) co_return reader.error();
        reader_ = std::move(*reader);
        co_return Result<void>();
    };
    const Result<void> subscribed = Run(subscribe());
    ASSERT_TRUE(subscribed) << subscribed.error().context;
}

Task<Result<void>> FeedRig::Take(std::vector<bus::Message> batch) {
    const std::scoped_lock lock(mutex_);
    for (const bus::Message& message : batch) {
        auto event = contract::DecodeTickerEvent(message.payload.view());
        EXPECT_TRUE(event) << message.payload.view();
        if (!event) continue;
        Published record{
            message.key.value_or(""), std::string(message.payload.view()), std::move(*event)};
        published_.push_back(std::move(record));
    }
    co_return Result<void>();
}

void FeedRig::StopService() {
    if (!service_) return;
    auto stop = [this]() -> Task<bool> {
        co_await service_->Stop();
        if (reader_) co_await reader_->Close();
        reader_.reset();
        for (const auto& reader : watching_)
            co_await reader->Close();
        watching_.clear();
        co_return true;
    };
    Run(stop());
    service_.reset();
}

void FeedRig::StartBoth() {
    StartExchange();
    StartService();
    ASSERT_TRUE(Eventually([this] { return connections() == 2; }));
}

void FeedRig::Inject(simulator::FaultKind kind, std::uint32_t count) {
    simulator::Fault fault;
    fault.kind = kind;
    fault.count = count;
    EXPECT_TRUE(exchange_->Inject(fault));
}

std::int64_t FeedRig::connections() const {
    return stats().connections_subscribed.value();
}

bool FeedRig::Eventually(const std::function<bool()>& condition) {
    const SteadyTime until = SystemClock::Instance().Now() + kPatience;
    std::mutex mutex;
    std::condition_variable never;
    std::unique_lock lock(mutex);
    while (!condition()) {
        if (SystemClock::Instance().Now() > until) return false;
        never.wait_for(lock, 2ms);
    }
    return true;
}

std::vector<Published> FeedRig::published() {
    const std::scoped_lock lock(mutex_);
    return published_;
}

std::size_t FeedRig::PublishedOf(const std::string& product) {
    const std::scoped_lock lock(mutex_);
    return static_cast<std::size_t>(std::count_if(
        published_.begin(),
        published_.end(),
        [&](const Published& record) { return record.key == product; }
    ));
}

Task<Result<void>> FeedRig::Keep(const std::vector<bus::Message>& batch) {
    const std::scoped_lock lock(mutex_);
    for (const bus::Message& message : batch)
        records_[message.topic.value()].emplace_back(message.payload.view());
    co_return Result<void>();
}

void FeedRig::Watch(std::string_view topic) {
    auto subscribe = [this, topic]() -> Task<bool> {
        bus::SubscribeOptions options;
        options.topic = bus::TopicName(std::string(topic));
        options.group = bus::Group::EveryInstance(bus::StartAt::kBeginning);
        bus::BatchHandler handler = [this](const std::vector<bus::Message>& batch) {
            return Keep(batch);
        };
        auto reader = co_await bus_->Subscribe(std::move(options), std::move(handler));
        if (reader) watching_.push_back(std::move(*reader));
        co_return reader.has_value();
    };
    ASSERT_TRUE(Run(subscribe()));
}

std::vector<std::string> FeedRig::Records(std::string_view topic) {
    const std::scoped_lock lock(mutex_);
    const auto found = records_.find(topic);
    return found == records_.end() ? std::vector<std::string>() : found->second;
}

void FeedRig::Publish(std::string_view topic, std::string payload) {
    auto publish = [this, topic, &payload]() -> Task<bool> {
        bus::Outgoing record;
        record.topic = bus::TopicName(std::string(topic));
        record.payload = SharedBytes(payload);
        const auto stored = co_await bus_->Publish(std::move(record));
        co_return stored.has_value();
    };
    EXPECT_TRUE(Run(publish()));
}

bool FeedRig::TicksAgain(const std::string& product) {
    const std::size_t before = PublishedOf(product);
    return Eventually([&] { return PublishedOf(product) > before; });
}

}  // namespace flux
