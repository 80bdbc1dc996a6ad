// Who goes on with a session, where, and for how long, over real sockets (rules in
// docs/protocol.md).
#include "socketio/recovery_fixture.h"

#include <algorithm>
#include <set>

namespace flux::socketio::testing {
namespace {

using namespace std::chrono_literals;

// The reference server's fault #4880: the old connection's late end spoiled the new one.
TEST_F(RecoveryTest, Rec08_TakesOverFromAConnectionThatIsStillOpen) {
    TestServer::Options options = Options(2);
    options.socketio.ping_interval = 500ms;
    options.socketio.ping_timeout = 1s;
    Start(options);
    std::vector<std::unique_ptr<RecoveringClient>> clients;
    clients.push_back(std::make_unique<RecoveringClient>(server_->port()));
    clients[0]->Event();
    for (int i = 1; i <= 4; ++i) {
        RecoveringClient& old = *clients.back();
        clients.push_back(std::make_unique<RecoveringClient>(server_->port(), &old));
        EXPECT_EQ(clients.back()->reply, clients[0]->reply);
        old.socket().socket().SetPatience(1'500ms);
        EXPECT_EQ(old.socket().ReceiveClose(), 1000);
        EXPECT_EQ(server_->socketio().connected(), 1u);
    }
    EXPECT_EQ(server_->Metric("socketio_recovery_taken_over_total"), 4);
    // Past the time at which the first ones would have timed out.
    RecoveringClient& last = *clients.back();
    for (int ping = 0; ping < 3; ++ping) {
        EXPECT_EQ(last.socket().Text(), "2");
        last.socket().SendText("3");
    }
    Post("r", 1);
    EXPECT_EQ(last.Event(), EventOf(1, 1));
    last.Cut();
    EXPECT_EQ(RecoveringClient(server_->port(), &last).sid, clients[0]->sid);
}

TEST_F(RecoveryTest, Rec08_AConnectionThatNobodyAnswersIsTakenOver) {
    TestServer::Options options = Options(2);
    options.socketio.ping_interval = 100ms;
    options.socketio.ping_timeout = 60s;  // a path that has died: nothing says so
    Start(options);
    RecoveringClient old(server_->port());
    old.Event();
    EXPECT_EQ(old.socket().Text(), "2");
    Post("r", 1);
    RecoveringClient again(server_->port(), &old);
    EXPECT_EQ(again.reply, old.reply);
    EXPECT_EQ(again.Event(), EventOf(1, 1));
    EXPECT_EQ(server_->socketio().connected(), 1u);
}

TEST_F(RecoveryTest, Rec12_OfTwoClaimantsOneWins) {
    Start(2);
    for (int round = 0; round < 20; ++round) {
        RecoveringClient client(server_->port());
        client.Event();
        if (round % 2 == 0) {
            client.Cut();
            AwaitKept(1);
        }
        const std::string connect = R"(40{"recover":true,"pid":")" + client.pid + R"("})";
        std::vector<std::unique_ptr<RawWebSocket>> claimants;
        for (int i = 0; i < 4; ++i) {
            claimants.push_back(std::make_unique<RawWebSocket>(server_->port(), kSocket));
            claimants.back()->Text();
        }
        for (const auto& claimant : claimants)
            claimant->SendText(connect);
        // One at a time may have it; who comes later takes it over, who comes meanwhile is fresh.
        std::size_t with_sid = 0;
        for (const auto& claimant : claimants) {
            const std::string reply = claimant->TextPastPings();
            ASSERT_TRUE(reply.starts_with("40{")) << reply;
            if (reply == client.reply) ++with_sid;
        }
        EXPECT_GE(with_sid, 1u);
        for (const auto& claimant : claimants)
            claimant->SendText(R"(421["join","x"])");
        ASSERT_TRUE(TestServer::Eventually([&] {
            const std::lock_guard lock(seen_.mutex);
            const auto count = [&](const std::vector<std::string>& sids) {
                return std::count(sids.begin(), sids.end(), client.sid);
            };
            // As often as it was begun or gone on with, but for the one that lives.
            return count(seen_.left) == count(seen_.recovered);
        })) << "never two live sockets with one sid";
        for (const auto& claimant : claimants)
            claimant->SendText("41");
        ASSERT_TRUE(TestServer::Eventually([&] { return server_->socketio().connected() == 0; }));
        AwaitKept(0);
    }
}

TEST_F(RecoveryTest, Rec13_TheReplyToConnectIsLost) {
    Start(2);
    RecoveringClient client(server_->port());
    client.Event();
    client.Cut();
    AwaitSettled();
    Post("r", 1);
    const std::string connect = R"(40{"recover":true,"pid":")" + client.pid + R"("})";
    for (int i = 0; i < 8; ++i) {
        RawWebSocket lost(server_->port(), kSocket);
        lost.Text();
        lost.SendText(connect);
        if (i % 2 == 0) {
            EXPECT_EQ(lost.Text(), client.reply);
        }
        lost.socket().Close();
        // While it is being settled, who comes is told to start afresh; so it is awaited.
        AwaitSettled();
        ASSERT_EQ(server_->Metric("socketio_recovery_kept"), 1);
    }
    RecoveringClient again(server_->port(), &client);
    EXPECT_EQ(again.reply, client.reply);
    EXPECT_EQ(again.Event(), EventOf(1, 1));
}

TEST_F(RecoveryTest, Rec15_TheWindowEnds) {
    TestServer::Options options = Options();
    options.socketio.recovery_window = 150ms;
    Start(options);
    RecoveringClient client(server_->port());
    client.Cut();
    ASSERT_TRUE(TestServer::Eventually([&] {
        return server_->Metric("socketio_recovery_expired_total") == 1;
    }));
    EXPECT_EQ(server_->Metric("socketio_recovery_kept"), 0);
    EXPECT_EQ(server_->Metric("socketio_recovery_kept_bytes"), 0);
    EXPECT_NE(RecoveringClient(server_->port(), &client).sid, client.sid);
}

TEST_F(RecoveryTest, Rec15_KeptSessionsAreBounded) {
    struct Case {
        std::string_view what;
        std::function<void(SocketIoOptions&)> set;
    };
    const std::vector<Case> cases{
        {"sessions", [](SocketIoOptions& o) { o.recovery_sessions_max = 2; }},
        {"sessions of an address",
         [](SocketIoOptions& o) { o.recovery_sessions_per_address_max = 2; }},
        {"bytes", [](SocketIoOptions& o) { o.recovery_bytes_max = 1'500; }},
        {"bytes of an address",
         [](SocketIoOptions& o) { o.recovery_bytes_per_address_max = 2 * KiB; }},
    };
    for (const Case& each : cases) {
        TestServer::Options options = Options();
        each.set(options.socketio);
        Start(options);
        std::vector<std::unique_ptr<RecoveringClient>> clients;
        for (int i = 0; i < 6; ++i)
            clients.push_back(std::make_unique<RecoveringClient>(server_->port()));
        for (const auto& client : clients)
            client->Cut();
        ASSERT_TRUE(TestServer::Eventually([&] { return server_->socketio().connected() == 0; }));
        const double kept = server_->Metric("socketio_recovery_kept");
        EXPECT_GE(kept, 1) << each.what;
        EXPECT_LT(kept, 6) << each.what;
        EXPECT_EQ(server_->Metric("socketio_recovery_not_kept_total"), 6 - kept) << each.what;
        int recovered = 0;
        std::vector<std::unique_ptr<RecoveringClient>> back;
        for (const auto& client : clients) {
            back.push_back(std::make_unique<RecoveringClient>(server_->port(), client.get()));
            if (back.back()->sid == client->sid) ++recovered;
        }
        EXPECT_EQ(recovered, kept) << each.what;
        EXPECT_EQ(server_->Metric("socketio_recovery_kept_bytes"), 0);
    }
}

TEST_F(RecoveryTest, Rec17_OnWhateverShardItComesBack) {
    Start(3);
    std::vector<std::unique_ptr<RecoveringClient>> clients;
    for (int i = 0; i < 24; ++i) {
        clients.push_back(std::make_unique<RecoveringClient>(server_->port()));
        clients.back()->Event();
    }
    Post("r", 1);
    for (int round = 2; round < 6; ++round) {
        for (auto& client : clients) {
            EXPECT_NE(client->Event(), "");
            client->Cut();
        }
        Post("r", round);
        for (auto& client : clients) {
            auto again = std::make_unique<RecoveringClient>(server_->port(), client.get());
            EXPECT_EQ(again->reply, client->reply);
            client = std::move(again);
        }
    }
    for (auto& client : clients)
        EXPECT_EQ(client->Event(), EventOf(5, 5));
    EXPECT_EQ(Outcome("recovered"), 4 * 24);
}

TEST_F(RecoveryTest, Rec18_FiveHundredCutAtOnce) {
    Start(2);
    std::vector<std::unique_ptr<RecoveringClient>> clients;
    for (int i = 0; i < 500; ++i) {
        clients.push_back(std::make_unique<RecoveringClient>(server_->port()));
        clients.back()->Event();
    }
    Post("r", 1);
    for (auto& client : clients) {
        EXPECT_EQ(client->Event(), EventOf(1, 1));
        client->Cut();
    }
    Post("r", 2);
    Post("r", 3);
    std::set<std::string> sids;
    for (auto& client : clients) {
        RecoveringClient again(server_->port(), client.get());
        EXPECT_EQ(again.reply, client->reply);
        EXPECT_EQ(again.Event(), EventOf(2, 2));
        EXPECT_EQ(again.Event(), EventOf(3, 3));
        sids.insert(again.sid);
    }
    EXPECT_EQ(sids.size(), 500u);
    EXPECT_EQ(Outcome("recovered"), 500);
}

TEST_F(RecoveryTest, Rec17_WaitsForWhatItsShardHasNotRead) {
    Start();
    RecoveringClient client(server_->port());
    client.Event();
    client.Cut();
    AwaitKept(1);
    client.offset = "2";
    RawWebSocket back(server_->port(), kSocket);
    back.Text();
    back.SendText(R"(40{"recover":true,"pid":")" + client.pid + R"(","offset":"2"})");
    ASSERT_TRUE(TestServer::Eventually([&] { return Outcome("later") > 0; }));
    Post("r", 1);
    Post("r", 2);
    EXPECT_EQ(back.TextPastPings(), client.reply);
    Post("r", 3);
    EXPECT_EQ(back.TextPastPings(), "42" + EventOf(3, 3));
}

// A session whose connection goes while it waits is there for the next.
TEST_F(RecoveryTest, Rec13_TheClaimIsGivenUp) {
    Start(2);
    RecoveringClient client(server_->port());
    client.Event();
    client.Cut();
    AwaitKept(1);
    const std::string connect = R"(40{"recover":true,"pid":")" + client.pid + R"(","offset":"1"})";
    {
        RawWebSocket waits(server_->port(), kSocket);
        waits.Text();
        waits.SendText(connect);
        ASSERT_TRUE(TestServer::Eventually([&] { return Outcome("later") > 0; }));
        // Twice is a fault, as for a namespace that was joined.
        waits.SendText("40{}");
        EXPECT_EQ(waits.ReceiveClose(), 1002);
    }
    AwaitKept(1);
    RawWebSocket leaves(server_->port(), kSocket);
    leaves.Text();
    const double later = Outcome("later");
    leaves.SendText(connect);
    ASSERT_TRUE(TestServer::Eventually([&] { return Outcome("later") > later; }));
    leaves.SendText("41");
    ASSERT_TRUE(TestServer::Eventually([&] {
        return server_->Metric("socketio_recovery_forgotten_total") == 1;
    }));
    EXPECT_NE(RecoveringClient(server_->port(), &client).sid, client.sid);
}

}  // namespace
}  // namespace flux::socketio::testing
