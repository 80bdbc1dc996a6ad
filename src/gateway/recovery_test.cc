// Recovery of sessions at a gateway: replay and snapshot routes, over real sockets and a real bus.
#include "gateway/recovery_fixture.h"
#include "gateway/replay_offset.h"

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

// REC-11
TEST_F(RecoveryAtGateway, Rec02_EventsOfReplayRoutesAloneCarryAnOffset) {
    Begin();
    Publish("state", "s", R"({"region":"eu","v":1})");
    AwaitRecords("state", 1);
    Client client(port_);
    EXPECT_TRUE(client.Event().starts_with("session:init {"));
    client.Send(R"(421["watch",{"region":"eu"}])");
    EXPECT_EQ(client.Event(), R"(state {"region":"eu","v":1})");
    EXPECT_FALSE(client.offset);
    Order("eu", 1);
    EXPECT_EQ(client.Event(), OrderEvent("eu", 1));
    ASSERT_TRUE(client.offset);
    const auto offset = DecodeReplayOffset(*client.offset);
    ASSERT_TRUE(offset);
    EXPECT_EQ(offset->partitions, 2);
    const std::string before = *client.offset;
    Publish("state", "s", R"({"region":"eu","v":2})");
    EXPECT_EQ(client.Event(), R"(state {"region":"eu","v":2})");
    client.Send(R"(42["getUserId"])");
    EXPECT_TRUE(client.Event().starts_with("userUniqueId \""));
    EXPECT_EQ(client.offset, before);
}

TEST_F(RecoveryAtGateway, Rec05_EveryMissedEventOnceAndInOrderTheGreetingFirst) {
    Begin();
    Client witness(port_);
    witness.Event();
    witness.Join("watch", R"({"region":"eu"})");
    witness.Join("all");
    Client client(port_);
    const std::string greeting = client.Event();
    client.Join("watch", R"({"region":"eu"})");
    client.Join("all");
    const std::string last = "any " + OrderOf("us", 60);
    std::vector<std::string> seen;
    int number = 0;
    const auto next = [&] {
        ++number;
        Order(number % 3 == 0 ? "us" : "eu", number, "key " + std::to_string(number));
    };
    auto current = std::make_unique<Client>(std::move(client));
    for (int cut = 0; cut < 6; ++cut) {
        for (int i = 0; i < 5; ++i)
            next();
        // Somewhere in the middle of what comes.
        for (int i = 0; i < 3; ++i)
            seen.push_back(current->Event());
        current->Cut();
        for (int i = 0; i < 5; ++i)
            next();
        auto again = std::make_unique<Client>(port_, current.get());
        EXPECT_EQ(again->sid, current->sid);
        const std::string again_greeted = again->Event();
        EXPECT_EQ(
            again_greeted.substr(0, again_greeted.find(",\"serverTime")),
            greeting.substr(0, greeting.find(",\"serverTime"))
        );
        current = std::move(again);
    }
    std::vector<std::string> expected;
    while (expected.empty() || expected.back() != last)
        expected.push_back(witness.Event());
    while (seen.empty() || seen.back() != last)
        seen.push_back(current->Event());
    // Partitions are read independently of each other, but by one pump: in one order for all.
    EXPECT_EQ(seen, expected);
    EXPECT_EQ(Outcome("recovered"), 6);
}

TEST_F(RecoveryAtGateway, Rec04_BeforeTheFirstEvent) {
    Begin();
    Order("eu", 1);
    AwaitRecords("orders", 1);
    Client client(port_);
    client.Event();
    client.Join("watch", R"({"region":"eu"})");
    client.Cut();
    Order("eu", 2);
    Client again(port_, &client);
    EXPECT_EQ(again.sid, client.sid);
    again.Event();
    EXPECT_EQ(again.Event(), OrderEvent("eu", 2));
}

// Replay starts behind the join of each room, however far behind the session's own place is.
TEST_F(RecoveryAtGateway, Rec05_NothingFromBeforeARoomWasJoined) {
    Begin();
    Client client(port_);
    client.Event();
    client.Join("watch", R"({"region":"eu"})");
    Order("us", 1);
    AwaitRecords("orders", 1);
    client.Join("watch", R"({"region":"us"})");
    client.Cut();
    Order("us", 2);
    Order("eu", 3);
    AwaitRecords("orders", 3);
    // Nor when it comes a second time, with the position of the first return.
    for (int time = 0; time < 2; ++time) {
        Client again(port_, &client);
        EXPECT_EQ(again.sid, client.sid);
        again.Event();
        EXPECT_EQ(again.Event(), OrderEvent("us", 2));
        EXPECT_EQ(again.Event(), OrderEvent("eu", 3));
        again.Cut();
    }
}

TEST_F(RecoveryAtGateway, Rec05_WhatHydratedItIsNotReplayed) {
    Begin(R"(
[[route]]
name = "orders"
topic = "orders"
room = "orders.{region}"
event = "order"
delivery = "every"
snapshot = "latest"
recovery = "replay"
[[intent]]
event = "watch"
rooms = ["orders.{region}"]
)");
    Client client(port_);
    client.Event();
    Order("eu", 1);
    AwaitRecords("orders", 1);
    client.Send(R"(421["watch",{"region":"eu"}])");
    EXPECT_EQ(client.Event(), OrderEvent("eu", 1));
    client.Cut();
    Order("eu", 2);
    Client again(port_, &client);
    EXPECT_EQ(again.sid, client.sid);
    again.Event();
    EXPECT_EQ(again.Event(), OrderEvent("eu", 2));
}

// A guest chooses its id: what it holds is not taken for something else.
TEST_F(RecoveryAtGateway, Rec05_AGuestIdWithLineBreaksComesBackAsItWas) {
    Begin();
    Client client(port_, nullptr, R"("guestId":"a\nAAAA\nAAAA\nb")");
    const std::string greeting = client.Event();
    EXPECT_NE(greeting.find(R"(a\nAAAA\nAAAA\nb)"), std::string::npos) << greeting;
    client.Join("watch", R"({"region":"eu"})");
    client.Cut();
    Order("eu", 1);
    Client again(port_, &client);
    EXPECT_EQ(again.sid, client.sid);
    const std::string greeted = again.Event();
    EXPECT_EQ(
        greeted.substr(0, greeted.find(",\"serverTime")),
        greeting.substr(0, greeting.find(",\"serverTime"))
    );
    EXPECT_EQ(again.Event(), OrderEvent("eu", 1));
}

TEST_F(RecoveryAtGateway, Rec19_SnapshotsOnlyWhenTheyHaveChanged) {
    socketio_options_.recovery_read_time = Milliseconds(0);
    Begin();
    Publish("state", "s", R"({"region":"eu","v":1})");
    Publish("state", "s", R"({"region":"us","v":1})");
    AwaitRecords("state", 2);
    Client client(port_);
    client.Event();
    client.Send(R"(42["watch",{"region":"eu"}])");
    client.Event();
    client.Send(R"(42["watch",{"region":"us"}])");
    client.Event();
    client.Join("all");
    client.Cut();
    ASSERT_TRUE(Eventually([&] { return server_->connected() == 0; }));
    Publish("state", "s", R"({"region":"us","v":2})");
    Publish("notes", "n", R"({"not":"sent again"})");
    AwaitRecords("state", 3);
    AwaitRecords("notes", 1);
    Client again(port_, &client);
    EXPECT_EQ(again.sid, client.sid);
    EXPECT_TRUE(again.Event().starts_with("session:init"));
    EXPECT_EQ(again.Event(), R"(state {"region":"us","v":2})");
    Publish("notes", "n", R"({"next":1})");
    EXPECT_EQ(again.Event(), R"(note {"next":1})");
}

// What its system has acknowledged its program may not have read: it closed meanwhile.
TEST_F(RecoveryAtGateway, Rec19_WhatItMayNotHaveReadIsSentAgain) {
    Begin();
    Client client(port_);
    client.Event();
    client.Join("watch", R"({"region":"eu"})");
    Publish("state", "s", R"({"region":"eu","v":1})");
    AwaitRecords("state", 1);
    client.Cut();
    ASSERT_TRUE(Eventually([&] { return server_->connected() == 0; }));
    Client again(port_, &client);
    EXPECT_EQ(again.sid, client.sid);
    again.Event();
    EXPECT_EQ(again.Event(), R"(state {"region":"eu","v":1})");
}

/// Ends, by pings, at least `pings` intervals after it began.
void LetPass(Client& witness, int pings) {
    for (int ping = 0; ping < pings; ++ping) {
        EXPECT_EQ(witness.Packet(), "2");
        witness.Send("3");
    }
}

// What was sent last, in answer to a join, is older than what its client has surely got.
TEST_F(RecoveryAtGateway, Rec19_TheHydrationThatWasLostComesAgain) {
    socketio_options_.ping_interval = Milliseconds(200);
    socketio_options_.ping_timeout = Milliseconds(300);
    Begin();
    Publish("state", "s", R"({"region":"eu","v":1})");
    AwaitRecords("state", 1);
    Client witness(port_);
    witness.Event();
    LetPass(witness, 3);
    Client client(port_);
    client.Event();
    EXPECT_EQ(client.Packet(), "2");  // and does not answer it: from here on nothing is sure
    client.Send(R"(42["watch",{"region":"eu"}])");
    ASSERT_TRUE(Eventually([&] { return Sum(&GatewayShardStats::hydrations) == 1; }));
    client.Cut();
    Client again(port_, &client);
    EXPECT_EQ(again.sid, client.sid);
    again.Event();
    EXPECT_EQ(again.Event(), R"(state {"region":"eu","v":1})");
}

TEST_F(RecoveryAtGateway, Rec19_WhatTheLastReturnWasSentAndLostComesAgain) {
    socketio_options_.ping_interval = Milliseconds(200);
    socketio_options_.ping_timeout = Milliseconds(300);
    Begin();
    Client client(port_);
    client.Event();
    client.Join("watch", R"({"region":"eu"})");
    client.Cut();
    ASSERT_TRUE(Eventually([&] { return server_->connected() == 0; }));
    Publish("state", "s", R"({"region":"eu","v":2})");
    AwaitRecords("state", 1);
    {
        Client witness(port_);
        witness.Event();
        LetPass(witness, 3);
    }
    for (int time = 0; time < 3; ++time) {
        // The reply to CONNECT, and all behind it, is lost on the way, as are the pings.
        Client lost(port_, &client);
        EXPECT_EQ(lost.sid, client.sid);
        lost.Event();
        EXPECT_EQ(lost.Event(), R"(state {"region":"eu","v":2})");
        EXPECT_EQ(lost.Packet(), "2");
        lost.Cut();
    }
}

TEST_F(RecoveryAtGateway, Rec07_OffsetsAreNotTrusted) {
    Begin();
    Order("eu", 1);
    AwaitRecords("orders", 1);
    const auto try_with = [&](auto change, std::string_view outcome) {
        Client client(port_);
        client.Event();
        client.Join("watch", R"({"region":"eu"})");
        Order("eu", 2);
        client.Event();
        client.Cut();
        ReplayOffset offset = DecodeReplayOffset(*client.offset).value();
        client.offset = change(offset);
        const double before = Outcome(outcome);
        Client fresh(port_, &client);
        EXPECT_NE(fresh.sid, client.sid) << outcome;
        EXPECT_EQ(Outcome(outcome), before + 1) << outcome;
    };
    try_with([](ReplayOffset) { return std::string("forged"); }, "bad_offset");
    try_with([](ReplayOffset) { return std::string(250, 'A'); }, "bad_offset");
    try_with(
        [](ReplayOffset offset) {
            ++offset.layout;
            return Encode(offset);
        },
        "foreign"
    );
    try_with(
        [](ReplayOffset offset) {
            offset.partitions = 1;
            offset.current = 0;
            return Encode(offset);
        },
        "foreign"
    );
    try_with(
        [](ReplayOffset offset) {
            offset.next[0] = offset.next[1] = 0;
            return Encode(offset);
        },
        "before_begin"
    );
    try_with(
        [](ReplayOffset offset) {
            offset.next[0] += 1'000'000;
            return Encode(offset);
        },
        "ahead"
    );
    try_with(
        [](ReplayOffset offset) {
            offset.next[1] = INT64_MAX;
            return Encode(offset);
        },
        "ahead"
    );
}

// REC-16
TEST_F(RecoveryAtGateway, Rec20_TooOldAndTooMuchAreAFreshStart) {
    options_.replay.records_max = 20;
    options_.hydration_bytes_max = 1'000;
    Begin();
    Client quiet(port_);
    quiet.Event();
    quiet.Join("watch", R"({"region":"quiet"})");
    Client busy(port_);
    busy.Event();
    busy.Join("watch", R"({"region":"busy"})");
    Client much(port_);
    much.Event();
    much.Join("all");
    Order("quiet", 1);
    quiet.Event();
    for (Client* client : {&quiet, &busy, &much})
        client->Cut();
    for (int number = 0; number < 19; ++number)
        Order("busy", number);
    AwaitRecords("orders", 20);
    EXPECT_NE(Client(port_, &much).sid, much.sid);
    EXPECT_EQ(Outcome("too_much"), 1);
    for (int number = 0; number < 100; ++number)
        Order("busy", number);
    AwaitRecords("orders", 120);
    EXPECT_NE(Client(port_, &busy).sid, busy.sid);
    EXPECT_EQ(Outcome("too_old"), 1);
    Order("quiet", 2);
    Client again(port_, &quiet);
    EXPECT_EQ(again.sid, quiet.sid);
    again.Event();
    EXPECT_EQ(again.Event(), OrderEvent("quiet", 2));
}

TEST_F(RecoveryAtGateway, Rec18_HundredsCutAtOnceMissNothing) {
    Begin();
    constexpr int kClients = 200;
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < kClients; ++i) {
        clients.push_back(std::make_unique<Client>(port_));
        clients.back()->Event();
        clients.back()->Join("watch", fmt::format(R"({{"region":"r{}"}})", i % 10));
    }
    for (int number = 0; number < 40; ++number)
        Order(fmt::format("r{}", number % 10), number, std::to_string(number));
    for (int i = 0; i < kClients; ++i) {
        for (int n = 0; n < i % 4; ++n)
            clients[static_cast<std::size_t>(i)]->Event();
        clients[static_cast<std::size_t>(i)]->Cut();
    }
    for (int number = 40; number < 80; ++number)
        Order(fmt::format("r{}", number % 10), number, std::to_string(number));
    for (int i = 0; i < kClients; ++i) {
        const Client& before = *clients[static_cast<std::size_t>(i)];
        Client again(port_, &before);
        ASSERT_EQ(again.sid, before.sid);
        again.Event();
        std::multiset<std::string> missed;
        for (int n = i % 4; n < 8; ++n)
            missed.insert(again.Event());
        // Keys spread over partitions, so the order is the pump's; each comes once.
        EXPECT_EQ(missed.size(), static_cast<std::size_t>(8 - i % 4));
        EXPECT_EQ(std::set<std::string>(missed.begin(), missed.end()).size(), missed.size());
    }
    EXPECT_EQ(Outcome("recovered"), kClients);
}

TEST_F(RecoveryAtGateway, Rec05_WithoutReplayRoutesRoomsAndSnapshotsComeBack) {
    Begin(R"(
[[route]]
name = "state"
topic = "state"
room = "all"
event = "state"
snapshot = "latest"
[[intent]]
event = "all"
rooms = ["all"]
)");
    Client client(port_);
    client.Event();
    client.Join("all");
    client.Cut();
    ASSERT_TRUE(Eventually([&] { return server_->connected() == 0; }));
    Publish("state", "k", R"({"v":1})");
    AwaitRecords("state", 1);
    Client again(port_, &client);
    EXPECT_EQ(again.sid, client.sid);
    again.Event();
    EXPECT_EQ(again.Event(), R"(state {"v":1})");
    again.Cut();
    again.offset = "anything";
    EXPECT_NE(Client(port_, &again).sid, client.sid);
    EXPECT_EQ(Outcome("foreign"), 1);
}

constexpr std::string_view kTopicOfOthers = R"(
[[topic]]
name = "state"
[[route]]
name = "orders"
topic = "orders"
room = "orders.{region}"
event = "order"
recovery = "replay"
[[route]]
name = "state"
topic = "state"
room = "all"
event = "state"
snapshot = "latest"
[[intent]]
event = "all"
rooms = ["all"]
[[intent]]
event = "watch"
rooms = ["orders.{region}"]
)";

// A topic that is waited for costs nobody the recovery of the rest.
TEST_F(RecoveryAtGateway, Rec05_WhileTheOnlyTopicOfReplayRoutesIsMissing) {
    options_.make_topics_of_routes = false;
    Begin(kTopicOfOthers);
    ASSERT_EQ(gateway_->StatsOf("orders")->missing.value(), 1);
    Client client(port_);
    client.Event();
    client.Join("all");
    client.Join("watch", R"({"region":"eu"})");
    client.Cut();
    ASSERT_TRUE(Eventually([&] { return server_->connected() == 0; }));
    Publish("state", "k", R"({"v":1})");
    AwaitRecords("state", 1);
    Client again(port_, &client);
    EXPECT_EQ(again.sid, client.sid);
    again.Event();
    EXPECT_EQ(again.Event(), R"(state {"v":1})");
}

}  // namespace
}  // namespace flux::gateway
