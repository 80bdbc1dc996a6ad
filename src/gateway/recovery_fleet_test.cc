// Recovery of sessions at another gateway than the one they were at.
#include "bus/forwarding_bus.h"
#include "gateway/recovery_fixture.h"
#include "limits/limits.h"
#include "socketio/memory_archive.h"

#include <fmt/format.h>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace flux::gateway {
namespace {

using net::testing::Eventually;
using testing::RecoveryAtGateway;
using Client = testing::ReplayClient;

constexpr std::string_view kTwoTopics = R"(
[[route]]
name = "ta"
topic = "ta"
room = "all"
event = "ta"
recovery = "replay"

[[route]]
name = "ta.too"
topic = "ta"
room = "all"
event = "ta.too"
recovery = "replay"

[[route]]
name = "tb"
topic = "tb"
room = "all"
event = "tb"
recovery = "replay"

[[route]]
name = "tb.too"
topic = "tb"
room = "all"
event = "tb.too"
recovery = "replay"

[[intent]]
event = "all"
rooms = ["all"]
)";

/// A log whose retention takes each record that says so before anybody has read it.
class LosingBus final : public bus::ForwardingBus {
public:
    using ForwardingBus::ForwardingBus;

    Task<Result<std::unique_ptr<bus::Subscription>>> Subscribe(
        bus::SubscribeOptions options, bus::BatchHandler handler
    ) override {
        auto all = std::make_shared<bus::BatchHandler>(std::move(handler));
        bus::BatchHandler left = [all, lost = options.lost](const std::vector<bus::Message>& batch
                                 ) { return Leave(all, lost, batch); };
        return bus_.Subscribe(std::move(options), std::move(left));
    }

private:
    static Task<Result<void>> Leave(
        std::shared_ptr<bus::BatchHandler> handler,
        bus::LossHandler lost,
        const std::vector<bus::Message>& batch
    ) {
        std::vector<bus::Message> left;
        for (const bus::Message& message : batch) {
            if (message.payload.view().find("lost") == std::string_view::npos) {
                left.push_back(message);
                continue;
            }
            // What comes before it is handled first.
            if (!left.empty()) co_await (*handler)(left);
            left.clear();
            if (lost) lost(message.partition, bus::Offset(message.offset.value() + 1));
        }
        if (left.empty()) co_return Result<void>();
        co_return co_await (*handler)(left);
    }
};

/// Two gateways that read one log and share an archive, in one process.
class RecoveryAtTwoGateways : public RecoveryAtGateway {
protected:
    using Other = testing::OtherGateway;

    /// The bus and the shards are the fixture's; its own gateway takes no part.
    std::unique_ptr<Other> StartOther(char id, bus::EventBus* bus = nullptr) {
        GatewayOptions options = options_;
        options.positions_outlive_process = true;
        socketio::SocketIoOptions socketio;
        socketio.gateway_id = id;
        socketio.close_time_max = Milliseconds(100);  // clients that are closed do not answer
        bus::EventBus& log = bus == nullptr ? *bus_ : *bus;
        auto other =
            std::make_unique<Other>(*shards_, log, options, nullptr, socketio, archive_.Factory());
        EXPECT_TRUE(other->Start().has_value());
        other->Listen();
        return other;
    }

    static void Stop(std::unique_ptr<Other> other) { other->Stop(); }

    void AwaitRead(Other& other, std::uint64_t records) {
        const PumpStats* const stats = other.gateway().StatsOf("orders");
        ASSERT_TRUE(Eventually([&] { return stats->records.value() >= records; }));
        // A broadcast that is in the ring is read in the turn a letter opens in, or before.
        shards_->OnEachShard([](Shard&) {});
        shards_->OnEachShard([](Shard&) {});
    }

    socketio::testing::MemoryArchive archive_;
};

TEST_F(RecoveryAtTwoGateways, Rec17_TheOffsetOfOneIsResolvedByTheOther) {
    Begin();
    Order("eu", 1);
    auto a = StartOther('a');
    Order("eu", 2);
    AwaitRead(*a, 1);
    auto b = StartOther('b');  // it has read less than the first
    Client client(a->port());
    client.Event();
    client.Join("watch", R"({"region":"eu"})");
    client.Join("all");
    Order("eu", 3);
    EXPECT_EQ(client.Event(), OrderEvent("eu", 3));  // the second event of the record is not read
    ASSERT_TRUE(Eventually([&] {
        const auto archived = archive_.Find(client.pid);
        return archived && archived->find("orders.eu") != std::string::npos;
    }));
    client.Cut();
    Stop(std::move(a));
    Order("eu", 4, "another key");
    Client again(b->port(), &client);
    EXPECT_EQ(again.sid, client.sid);
    EXPECT_EQ(again.pid, client.pid);
    EXPECT_TRUE(again.Event().starts_with("session:init"));
    EXPECT_EQ(again.Event(), "any " + OrderOf("eu", 3));
    EXPECT_EQ(again.Event(), OrderEvent("eu", 4));
    EXPECT_EQ(again.Event(), "any " + OrderOf("eu", 4));
    Order("eu", 5);
    EXPECT_EQ(again.Event(), OrderEvent("eu", 5));
    Stop(std::move(b));
}

// What its rooms were sent stands in the archive, so a gateway that started after it knows that
// nothing is missing.
// A gateway that starts looks back, so what it was not there for can be replayed.
TEST_F(RecoveryAtTwoGateways, Rec17_AtAGatewayThatStartedWhileTheClientWasAway) {
    Begin();
    Order("eu", 1);
    auto a = StartOther('a');
    Client client(a->port());
    client.Event();
    client.Join("watch", R"({"region":"eu"})");
    client.Join("all");
    Order("eu", 2);
    EXPECT_EQ(client.Event(), OrderEvent("eu", 2));
    Order("eu", 3, "another key");
    AwaitRead(*a, 2);
    a->server().Drain(socketio::DisconnectReason::kDrain, Milliseconds(0));
    Stop(std::move(a));
    for (int number = 4; number < 700; ++number)
        Order("eu", number, "another key");  // more than are posted at once
    auto b = StartOther('b');
    EXPECT_EQ(b->gateway().StatsOf("orders")->warm_up_records.value(), 699u);
    Order("eu", 700, "another key");
    Client again(b->port(), &client);
    EXPECT_EQ(again.sid, client.sid);
    again.Event();
    EXPECT_EQ(again.Event(), "any " + OrderOf("eu", 2));
    for (int number = 3; number <= 700; ++number) {
        ASSERT_EQ(again.Event(), OrderEvent("eu", number));
        ASSERT_EQ(again.Event(), "any " + OrderOf("eu", number));
    }
    Stop(std::move(b));
}

// The offsets of what is replayed say where the replaying gateway stood, which had not come as far
// with one topic as the client: cut in the middle of it, the client is sent nothing twice (#5419).
TEST_F(RecoveryAtTwoGateways, Rec14_AGatewayThatReadsInAnotherOrderSendsNothingTwice) {
    Begin(kTwoTopics);
    const auto publish = [this](const std::string& topic, int number) {
        Publish(topic, "k", fmt::format(R"({{"n":{}}})", number));
    };
    auto a = StartOther('a');
    Client client(a->port());
    client.Event();
    client.Join("all");
    std::multiset<std::string> before;
    for (const std::string topic : {"ta", "tb"}) {
        for (int number = 1; number <= 4; ++number)
            publish(topic, number);
    }
    while (before.size() < 16)
        before.insert(client.Event());
    a->server().Drain(socketio::DisconnectReason::kDrain, Milliseconds(0));
    Stop(std::move(a));
    std::multiset<std::string> expected;
    for (const std::string topic : {"ta", "tb"}) {
        for (int number = 5; number <= 8; ++number) {
            publish(topic, number);
            expected.insert(fmt::format(R"({} {{"n":{}}})", topic, number));
            expected.insert(fmt::format(R"({}.too {{"n":{}}})", topic, number));
        }
    }
    auto b = StartOther('b');
    std::multiset<std::string> missed;
    auto current = std::make_unique<Client>(std::move(client));
    // Also between the two events of a record.
    while (missed.size() < expected.size()) {
        auto again = std::make_unique<Client>(b->port(), current.get());
        ASSERT_EQ(again->sid, current->sid);
        again->Event();
        for (int i = 0; i < 3 && missed.size() < expected.size(); ++i)
            missed.insert(again->Event());
        again->Cut();
        current = std::move(again);
    }
    EXPECT_EQ(missed, expected);
    publish("ta", 9);
    Client last(b->port(), current.get());
    EXPECT_EQ(last.sid, current->sid);
    last.Event();
    EXPECT_EQ(last.Event(), R"(ta {"n":9})");
    Stop(std::move(b));
}

// More than waits for a shard that does not read: they read while the gateway looks back.
TEST_F(RecoveryAtTwoGateways, Rec17_AGatewayLooksBackAtMoreThanTheRingHolds) {
    options_.look_back.records_max = 20'000;
    Begin();
    auto a = StartOther('a');
    Client client(a->port());
    client.Event();
    client.Join("watch", R"({"region":"quiet"})");
    a->server().Drain(socketio::DisconnectReason::kDrain, Milliseconds(0));
    Stop(std::move(a));
    Order("quiet", 1);
    // Two events each.
    constexpr std::size_t kRecords = limits::kBroadcastRingEntries / 2 + 1'000;
    for (std::size_t number = 0; number < kRecords; ++number)
        Order("busy", static_cast<int>(number), std::to_string(number));
    auto b = StartOther('b');
    EXPECT_EQ(b->gateway().StatsOf("orders")->warm_up_records.value(), kRecords + 1);
    Client again(b->port(), &client);
    EXPECT_EQ(again.sid, client.sid);
    again.Event();
    EXPECT_EQ(again.Event(), OrderEvent("quiet", 1));
    Stop(std::move(b));
}

TEST_F(RecoveryAtTwoGateways, Rec20_WhatWasGoneFromTheLogBeforeItWasRead) {
    Begin();
    LosingBus losing(*bus_);
    auto a = StartOther('a', &losing);
    Client client(a->port());
    client.Event();
    client.Join("watch", R"({"region":"eu"})");
    Order("eu", 1);
    EXPECT_EQ(client.Event(), OrderEvent("eu", 1));
    client.Cut();
    Publish("orders", "k", R"({"region":"eu","lost":1})");
    Order("eu", 2);
    AwaitRead(*a, 2);
    Client fresh(a->port(), &client);
    EXPECT_NE(fresh.sid, client.sid);
    // From there on as ever.
    fresh.Event();
    fresh.Join("watch", R"({"region":"eu"})");
    fresh.Cut();
    Order("eu", 3);
    Client again(a->port(), &fresh);
    EXPECT_EQ(again.sid, fresh.sid);
    again.Event();
    EXPECT_EQ(again.Event(), OrderEvent("eu", 3));
    Stop(std::move(a));
}

// Both lost the same, so that they agree again on what offsets mean.
TEST_F(RecoveryAtTwoGateways, Rec17_AfterALossAnotherGatewayGoesOnAgain) {
    Begin();
    LosingBus losing(*bus_);
    auto a = StartOther('a', &losing);
    auto b = StartOther('b', &losing);
    Publish("orders", "k", R"({"region":"eu","lost":1})");
    Order("eu", 1);
    AwaitRead(*a, 1);
    AwaitRead(*b, 1);
    for (Other* gateway : {a.get(), b.get()})
        EXPECT_EQ(gateway->gateway().StatsOf("orders")->lost.value(), 1u);
    Client client(a->port());
    client.Event();
    client.Join("watch", R"({"region":"eu"})");
    Order("eu", 2);
    EXPECT_EQ(client.Event(), OrderEvent("eu", 2));
    a->server().Drain(socketio::DisconnectReason::kDrain, Milliseconds(0));
    Order("eu", 3);
    Client again(b->port(), &client);
    EXPECT_EQ(again.sid, client.sid);
    again.Event();
    EXPECT_EQ(again.Event(), OrderEvent("eu", 3));
    Stop(std::move(a));
    Stop(std::move(b));
}

constexpr std::string_view kOrdersOfOthers = R"(
[[route]]
name = "orders"
topic = "orders"
room = "orders.{region}"
event = "order"
recovery = "replay"
[[intent]]
event = "watch"
rooms = ["orders.{region}"]
)";

// A topic that is found later is, to the gateway that waited for it, what it is to one that starts
// then: also with partitions nothing has come from.
TEST_F(RecoveryAtTwoGateways, Rec17_OfATopicThatWasWaitedFor) {
    options_.make_topics_of_routes = false;
    options_.topic_interval = Milliseconds(10);
    Begin(kOrdersOfOthers);
    auto a = StartOther('a');
    bus::TopicOptions three;
    three.partitions = 3;
    const bus::TopicName orders("orders");
    ASSERT_TRUE(testing::RunOn((*shards_)[0], bus_->EnsureTopic(orders, three)));
    Order("eu", 1);
    AwaitRead(*a, 1);
    auto b = StartOther('b');
    Client client(a->port());
    client.Event();
    client.Join("watch", R"({"region":"eu"})");
    a->server().Drain(socketio::DisconnectReason::kDrain, Milliseconds(0));
    Order("eu", 2);
    Client again(b->port(), &client);
    EXPECT_EQ(again.sid, client.sid);
    again.Event();
    EXPECT_EQ(again.Event(), OrderEvent("eu", 2));
    Stop(std::move(a));
    Stop(std::move(b));
}

// As far as it looks back, and not further.
TEST_F(RecoveryAtTwoGateways, Rec20_FurtherThanTheNewGatewayLooksBack) {
    options_.look_back.records_max = 10;
    Begin();
    auto a = StartOther('a');
    Client client(a->port());
    client.Event();
    client.Join("watch", R"({"region":"eu"})");
    Order("eu", 1);
    EXPECT_EQ(client.Event(), OrderEvent("eu", 1));
    a->server().Drain(socketio::DisconnectReason::kDrain, Milliseconds(0));
    Stop(std::move(a));
    for (int number = 2; number <= 11; ++number)
        Order("eu", number);
    auto in_time = StartOther('b');
    Client again(in_time->port(), &client);
    EXPECT_EQ(again.sid, client.sid);
    again.Event();
    for (int number = 2; number <= 11; ++number)
        EXPECT_EQ(again.Event(), OrderEvent("eu", number));
    Client late(in_time->port());
    late.Event();
    late.Join("watch", R"({"region":"eu"})");
    in_time->server().Drain(socketio::DisconnectReason::kDrain, Milliseconds(0));
    Stop(std::move(in_time));
    for (int number = 12; number <= 22; ++number)
        Order("eu", number);
    auto too_late = StartOther('c');
    EXPECT_NE(Client(too_late->port(), &late).sid, late.sid);
    EXPECT_NE(Client(too_late->port(), &again).sid, again.sid);
    Stop(std::move(too_late));
}

TEST_F(RecoveryAtTwoGateways, Rec16_AQuietClientGoesOnAtAGatewayThatStartedLater) {
    options_.look_back.records_max = 0;
    Begin();
    auto a = StartOther('a');
    Client quiet(a->port());
    quiet.Event();
    quiet.Join("watch", R"({"region":"quiet"})");
    Client busy(a->port());
    busy.Event();
    busy.Join("watch", R"({"region":"busy"})");
    Order("quiet", 1);
    EXPECT_EQ(quiet.Event(), OrderEvent("quiet", 1));
    for (int number = 2; number < 20; ++number)
        Order("busy", number, std::to_string(number));
    AwaitRead(*a, 19);
    auto b = StartOther('b');
    a->server().Drain(socketio::DisconnectReason::kDrain, Milliseconds(0));
    Order("quiet", 20);
    Client again(b->port(), &quiet);
    EXPECT_EQ(again.sid, quiet.sid);
    again.Event();
    EXPECT_EQ(again.Event(), OrderEvent("quiet", 20));
    // Who had not read all before that gateway began cannot be made whole there.
    Client fresh(b->port(), &busy);
    EXPECT_NE(fresh.sid, busy.sid);
    Stop(std::move(a));
    Stop(std::move(b));
}

}  // namespace
}  // namespace flux::gateway
