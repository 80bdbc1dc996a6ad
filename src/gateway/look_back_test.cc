// A gateway that starts finds what its topics hold already.
#include "bus/forwarding_bus.h"
#include "gateway/gateway_fixture.h"

#include <algorithm>
#include <fmt/format.h>

namespace flux::gateway {
namespace {

using testing::GatewayTest;
using testing::RawClient;
using testing::RunOn;

constexpr std::string_view kRows = R"(
[[topic]]
name = "shop"
durable = true
partitions = 3

[[route]]
name = "shop"
topic = "shop"
room = "shop"
event = "item"
snapshot = "latest"

[[intent]]
event = "watch"
rooms = ["shop"]
)";

class LookBackTest : public GatewayTest {
protected:
    /// Ends the process's worth of gateway and bus, and starts another on the same log.
    void Restart(std::string_view toml) {
        StopAll();
        Start(toml);
    }

    /// The arguments of the events a client gets at once when it joins.
    std::vector<std::string> Join() {
        RawClient client = Connect();
        EXPECT_EQ(client.Ask(R"(["watch"])"), R"([{"status":"success","rooms":["shop"]}])");
        client.Ask(R"(["getUserId"])");  // what was sent before it has been read with its answer
        std::vector<std::string> items;
        for (std::string event = client.ReadWaiting(); !event.empty();
             event = client.ReadWaiting()) {
            if (event.starts_with(R"(["item",)"))
                items.push_back(event.substr(8, event.size() - 9));
        }
        return items;
    }

    const PumpStats& Stats() const { return *gateway_->StatsOf("shop"); }
};

TEST_F(LookBackTest, AJoinerAfterARestartGetsTheNewestOfEachKey) {
    Start(kRows);
    for (int round = 0; round < 4; ++round) {
        for (int key = 0; key < 20; ++key)
            Publish("shop", fmt::format("k{}", key), fmt::format("{}", round * 100 + key));
    }
    Restart(kRows);
    std::vector<std::string> items = Join();
    std::sort(items.begin(), items.end());
    std::vector<std::string> wanted;
    for (int key = 0; key < 20; ++key)
        wanted.push_back(std::to_string(300 + key));
    EXPECT_EQ(items, wanted);
    EXPECT_EQ(Stats().records.value(), 0u);
    EXPECT_EQ(Stats().warm_up_snapshots.value(), 20u);
}

TEST_F(LookBackTest, FarBackInChunksAndNoFartherThanTold) {
    std::string rows(kRows);
    rows.replace(rows.find("partitions = 3"), 14, "partitions = 1");
    Start(rows);
    Publish("shop", "first", "1");
    for (int i = 0; i < 300; ++i)
        Publish("shop", "busy", std::to_string(i));
    Restart(rows);
    EXPECT_EQ(Join(), (std::vector<std::string>{"1", "299"}));
    EXPECT_EQ(Stats().warm_up_records.value(), 301u);

    options_.look_back.records_max = 100;
    Restart(rows);
    EXPECT_EQ(Join(), (std::vector<std::string>{"299"}));
    EXPECT_EQ(Stats().warm_up_records.value(), 100u);

    options_.look_back.records_max = 0;
    Restart(rows);
    EXPECT_TRUE(Join().empty());
    EXPECT_EQ(Stats().warm_up_records.value(), 0u);
}

TEST_F(LookBackTest, WhatWasRemovedStaysRemovedAndPoisonIsPassedOver) {
    Start(kRows);
    Publish("shop", "gone", "1");
    Publish("shop", "kept", "2");
    Publish("shop", "gone", "");
    Publish("shop", "kept", "no json");
    Restart(kRows);
    EXPECT_EQ(Join(), (std::vector<std::string>{"2"}));
    EXPECT_EQ(Stats().warm_up_cut.value(), 0u);
}

TEST_F(LookBackTest, LargeRecordsAreReadAFewAtATime) {
    Start(kRows);
    const auto large = [](int i) { return fmt::format("\"{}{}\"", i, std::string(400'000, 'x')); };
    for (int i = 0; i < 24; ++i)
        Publish("shop", "k", large(i));
    options_.look_back.bytes_max = 4'000'000;
    Restart(kRows);
    EXPECT_EQ(Join(), (std::vector<std::string>{large(23)}));
    EXPECT_LE(Stats().warm_up_records.value(), 20u);
    EXPECT_EQ(Stats().warm_up_cut.value(), 1u) << "the bytes ended it";

    options_.look_back.bytes_max = 64'000'000;
    Restart(kRows);
    EXPECT_EQ(Join(), (std::vector<std::string>{large(23)}));
    EXPECT_EQ(Stats().warm_up_records.value(), 24u);
    EXPECT_EQ(Stats().warm_up_cut.value(), 0u) << "they were enough";
}

TEST_F(LookBackTest, TheTimeIsBoundedAndWhatWasFoundIsTheNewest) {
    Start(kRows);
    for (int i = 0; i < 50; ++i)
        Publish("shop", std::to_string(i), std::to_string(i));
    options_.look_back.time_max = Milliseconds(0);
    Restart(kRows);
    EXPECT_TRUE(Join().empty());
    EXPECT_EQ(Stats().warm_up_cut.value(), 1u);
    // And it goes on with what comes.
    Publish("shop", "49", "\"news\"");
    AwaitRecords("shop", 1);
    EXPECT_EQ(Join(), (std::vector<std::string>{"\"news\""}));
}

/// A bus that publishes one more record whenever it is asked where a topic ends: the worst moment,
/// between the place where a subscription begins and the mark of the look back.
class BusyBus final : public bus::ForwardingBus {
public:
    using ForwardingBus::ForwardingBus;

    Task<Result<std::vector<std::pair<bus::Offset, bus::Offset>>>> Watermarks(bus::TopicName topic
    ) override {
        bus::Outgoing record;
        record.topic = topic;
        record.key = "k";
        record.payload = SharedBytes(std::to_string(++published_));
        const auto stored = co_await bus_.Publish(std::move(record));
        if (!stored) co_return stored.error();
        co_return co_await bus_.Watermarks(std::move(topic));
    }

private:
    int published_ = 0;
};

TEST_F(LookBackTest, WhatComesMeanwhileIsNeitherLostNorOlder) {
    Start(kRows);
    BusyBus busy(*bus_);
    RouteTable routes = options_.tables.routes;
    Broadcaster broadcaster(routes, 1'000'000, "");
    std::vector<RouteStats> stats(routes.size());
    BusPump pump("shop", routes, broadcaster, stats);
    const SteadyTime until = SteadyTime::max();
    const Result<void> started = RunOn((*shards_)[0], pump.Start(busy, options_.look_back, until));
    ASSERT_TRUE(started);
    Publish("shop", "k", "3");
    ASSERT_TRUE(net::testing::Eventually([&] { return pump.stats().records.value() >= 2; }));
    // "1" came before the subscription, "2" after it and before the mark, "3" after both.
    const auto newest = [&]() -> Task<std::vector<std::string>> {
        std::vector<std::string> kept;
        for (const Snapshot& snapshot : broadcaster.Copy().snapshots)
            kept.emplace_back(snapshot.frame.wire());
        co_return kept;
    };
    const std::vector<std::string> kept = RunOn((*shards_)[0], newest());
    ASSERT_EQ(kept.size(), 1u);
    EXPECT_TRUE(kept[0].ends_with(R"(["item",3])")) << kept[0];
    EXPECT_EQ(stats[routes.NumberOf("shop") - 1].deliveries.value(), 1u) << "2 was not sent again";
    RunOn((*shards_)[0], pump.Stop());
}

}  // namespace
}  // namespace flux::gateway
