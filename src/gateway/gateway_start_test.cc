// A gateway that starts while the bus cannot do everything yet, or has not every topic.
#include "bus/forwarding_bus.h"
#include "gateway/gateway_fixture.h"

#include <algorithm>
#include <atomic>
#include <fmt/format.h>
#include <string>

namespace flux::gateway {
namespace {

using net::testing::Eventually;
using testing::GatewayTest;
using testing::OtherGateway;
using testing::RawClient;
using testing::RunOn;

constexpr std::string_view kTickers = "crypto.ticker.event.updated";

constexpr std::string_view kTopicsOfOthers = R"(
[[route]]
name = "orders"
topic = "shop.orders"
room = "everyone"
event = "order"
snapshot = "latest"
[[route]]
name = "mistake"
topic = "shop.ordres"
room = "everyone"
event = "order"
[[topic]]
name = "shop.lines"
[[route]]
name = "lines"
topic = "shop.lines"
room = "everyone"
event = "line"
)";

TEST_F(GatewayTest, ATopicOfOthersIsNotMadeButWaitedForAndReadFromItsBeginning) {
    options_.make_topics_of_routes = false;
    options_.topic_interval = Milliseconds(10);
    Start(kTopicsOfOthers);
    const auto exists = [this](std::string_view name) {
        const bus::TopicName topic{std::string(name)};
        return RunOn((*shards_)[0], bus_->Watermarks(topic)).has_value();
    };
    const auto missing = [this](std::string_view name) {
        return gateway_->StatsOf(name)->missing.value() == 1;
    };
    EXPECT_FALSE(exists("shop.orders"));
    EXPECT_TRUE(missing("shop.orders"));
    EXPECT_TRUE(exists("shop.lines")) << "it has a row";
    EXPECT_FALSE(missing("shop.lines"));
    EXPECT_TRUE(exists(kTickers)) << "it is Flux's own";
    RawClient client = Connect();
    client.ReadEvent();

    const bus::TopicName orders("shop.orders");
    ASSERT_TRUE(RunOn((*shards_)[0], bus_->EnsureTopic(orders, bus::TopicOptions())));
    Publish("shop.orders", "1", R"({"n":1})");
    EXPECT_EQ(client.ReadEvent(), R"(["order",{"n":1}])");
    ASSERT_TRUE(Eventually([&] { return !missing("shop.orders"); }));
    Publish("shop.orders", "1", R"({"n":2})");
    EXPECT_EQ(client.ReadEvent(), R"(["order",{"n":2}])");
    // And the other one is waited for still, until the gateway is stopped.
    EXPECT_FALSE(exists("shop.ordres"));
    EXPECT_TRUE(missing("shop.ordres"));
}

/// A bus that is not ready yet: it cannot do what it is asked for the first times.
class RisingBus final : public bus::ForwardingBus {
public:
    RisingBus(bus::EventBus& bus, int fails)
        : ForwardingBus(bus),
          fails_(fails) {}

    Task<Result<void>> EnsureTopic(bus::TopicName topic, bus::TopicOptions options) override {
        if (ensured_++ < fails_) co_return Refusal();
        co_return co_await bus_.EnsureTopic(std::move(topic), options);
    }
    Task<Result<std::unique_ptr<bus::Subscription>>> Subscribe(
        bus::SubscribeOptions options, bus::BatchHandler handler
    ) override {
        if (subscribed_++ < fails_) co_return Refusal();
        co_return co_await bus_.Subscribe(std::move(options), std::move(handler));
    }

private:
    static Error Refusal() { return Error(ErrorCode::kUnavailable, Retry::kLater, "no leader"); }

    const int fails_;
    int ensured_ = 0;
    int subscribed_ = 0;
};

/// A bus of which no question about a topic that is not there is answered: each takes its time.
class SilentBus final : public bus::ForwardingBus {
public:
    using ForwardingBus::ForwardingBus;

    Task<Result<std::unique_ptr<bus::Subscription>>> Subscribe(
        bus::SubscribeOptions options, bus::BatchHandler handler
    ) override {
        if (!silent) co_return co_await bus_.Subscribe(std::move(options), std::move(handler));
        ++asked;
        most = std::max(most.load(), ++asking);
        co_await SleepFor(Milliseconds(50));
        --asking;
        co_return Error(ErrorCode::kUnavailable, Retry::kLater, "nobody answers");
    }

    std::atomic<bool> silent{false};
    std::atomic<int> asked{0};
    std::atomic<int> most{0};  // questions at the same time

private:
    std::atomic<int> asking{0};
};

// Each may take as long as the bus is waited for, and a stop waits for all that are asked.
TEST_F(GatewayTest, MissingTopicsAreLookedForOneAfterTheOther) {
    options_.make_topics_of_routes = false;
    options_.topic_interval = Milliseconds(10);
    std::string rows;
    for (const char* name : {"one", "two", "three", "four"}) {
        rows += fmt::format(
            "[[route]]\nname = \"{0}\"\ntopic = \"others.{0}\"\nroom = \"r\"\nevent = \"e\"\n", name
        );
    }
    Start(rows);
    SilentBus bus(*bus_);
    OtherGateway gateway(*shards_, bus, options_);
    ASSERT_TRUE(gateway.Start());
    bus.silent = true;
    EXPECT_TRUE(Eventually([&] { return bus.asked >= 5; }));
    EXPECT_EQ(bus.most, 1);
    bus.silent = false;
    const bus::TopicName four("others.four");
    ASSERT_TRUE(RunOn((*shards_)[0], bus_->EnsureTopic(four, bus::TopicOptions())));
    EXPECT_TRUE(Eventually([&] {
        return gateway.gateway().StatsOf("others.four")->missing.value() == 0;
    })) << "though others are missing before it";
}

TEST_F(GatewayTest, AStartTriesAgainWhatTheBusCannotDoYet) {
    Start(kTopicsOfOthers);
    RisingBus rising(*bus_, 2);
    OtherGateway gateway(*shards_, rising, options_);
    const Result<void> at_once = gateway.Start();
    ASSERT_FALSE(at_once);
    EXPECT_EQ(at_once.error().code, ErrorCode::kUnavailable);
    const SteadyTime until = SystemClock::Instance().Now() + std::chrono::seconds(30);
    const Result<void> in_time = gateway.Start(Patience(until, [] { return false; }));
    EXPECT_TRUE(in_time) << in_time.error().context;
}

}  // namespace
}  // namespace flux::gateway
