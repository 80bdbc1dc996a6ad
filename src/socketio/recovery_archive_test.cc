// Sessions that go on at another server, which shares an archive.
#include "socketio/recovery_fixture.h"

namespace flux::socketio::testing {
namespace {

using namespace std::chrono_literals;

class RecoveryArchiveTest : public RecoveryTest {
protected:
    TestServer::Options At(char gateway_id, std::size_t shards) {
        TestServer::Options options = Options(shards);
        options.socketio.gateway_id = gateway_id;
        options.socketio.close_time_max = 300ms;
        options.make_archive = archive_.Factory();
        return options;
    }
    void StartTwo() {
        a_ = std::make_unique<TestServer>(At('a', 2));
        b_ = std::make_unique<TestServer>(At('b', 3));
    }
    /// Both read the same log.
    void PostToBoth(std::string_view room, int number) {
        for (TestServer* server : {a_.get(), b_.get()}) {
            if (server == nullptr) continue;
            Post(*server, room, number);
            --posted_;
        }
        ++posted_;
    }
    void AwaitArchived(const std::string& pid, std::string_view room) {
        ASSERT_TRUE(TestServer::Eventually([&] {
            const auto found = archive_.Find(pid);
            return found && found->find(room) != std::string::npos;
        }));
    }

    MemoryArchive archive_;
    std::unique_ptr<TestServer> a_;
    std::unique_ptr<TestServer> b_;
};

TEST_F(RecoveryArchiveTest, Rec17_GoesOnAtAnotherServerAfterACrash) {
    StartTwo();
    RecoveringClient client(a_->port());
    client.Event();
    client.EmitAndWait(R"(["join","room-a"])");
    AwaitArchived(client.pid, "room-a");
    PostToBoth("room-a", 1);
    EXPECT_EQ(client.Event(), EventOf(1, 1));
    client.Cut();
    a_.reset();
    PostToBoth("room-a", 2);
    PostToBoth("r", 3);
    PostToBoth("b", 4);
    RecoveringClient again(b_->port(), &client);
    EXPECT_EQ(again.reply, client.reply);
    EXPECT_EQ(again.Event(), EventOf(2, 2));
    EXPECT_EQ(again.Event(), EventOf(3, 3));
    EXPECT_EQ(b_->Metric("socketio_recovery_from_archive_total"), 1);
    // From there on it is of that server, and kept there.
    again.Cut();
    PostToBoth("room-a", 5);
    RecoveringClient third(b_->port(), &again);
    EXPECT_EQ(third.reply, client.reply);
    EXPECT_EQ(third.Event(), EventOf(5, 5));
}

TEST_F(RecoveryArchiveTest, Rec17_GoesOnAfterADrain) {
    StartTwo();
    std::vector<std::unique_ptr<RecoveringClient>> clients;
    for (int i = 0; i < 40; ++i) {
        clients.push_back(std::make_unique<RecoveringClient>(a_->port()));
        clients.back()->Event();
    }
    PostToBoth("r", 1);
    for (const auto& client : clients)
        EXPECT_EQ(client->Event(), EventOf(1, 1));
    a_->socketio().Drain(DisconnectReason::kDrain, 200ms);
    PostToBoth("r", 2);
    for (const auto& client : clients) {
        EXPECT_EQ(client->socket().ReceiveClose(), 4001);
        RecoveringClient again(b_->port(), client.get());
        EXPECT_EQ(again.reply, client->reply);
        EXPECT_EQ(again.Event(), EventOf(2, 2));
    }
}

TEST_F(RecoveryArchiveTest, Rec17_GoesThereAndBackWithWhatItJoinedThere) {
    StartTwo();
    RecoveringClient client(a_->port());
    client.Event();
    AwaitArchived(client.pid, client.sid);
    // The first server does not know that this connection is dead.
    RecoveringClient there(b_->port(), &client);
    EXPECT_EQ(there.reply, client.reply);
    there.EmitAndWait(R"(["join","there"])");
    AwaitArchived(client.pid, "there");
    there.Cut();
    RecoveringClient back(a_->port(), &there);
    EXPECT_EQ(back.reply, client.reply);
    EXPECT_EQ(client.socket().ReceiveClose(), 1000);
    PostToBoth("there", 1);
    EXPECT_EQ(back.Event(), EventOf(1, 1));
}

TEST_F(RecoveryArchiveTest, Rec09_WhatWasLeftThereIsLeftHere) {
    StartTwo();
    RecoveringClient client(a_->port());
    client.Event();
    AwaitArchived(client.pid, client.sid);
    client.Cut();
    ASSERT_TRUE(TestServer::Eventually([&] { return a_->Metric("socketio_recovery_kept") == 1; }));
    RecoveringClient there(b_->port(), &client);
    EXPECT_EQ(there.reply, client.reply);
    there.socket().SendText("41");
    ASSERT_TRUE(TestServer::Eventually([&] { return b_->socketio().connected() == 0; }));
    EXPECT_NE(RecoveringClient(a_->port(), &client).sid, client.sid);
    EXPECT_NE(RecoveringClient(b_->port(), &client).sid, client.sid);
}

TEST_F(RecoveryArchiveTest, Rec12_OfTwoServersOneGetsIt) {
    StartTwo();
    const auto c = std::make_unique<TestServer>(At('c', 1));
    for (int round = 0; round < 10; ++round) {
        RecoveringClient client(a_->port());
        client.Event();
        AwaitArchived(client.pid, client.sid);
        const std::string connect = R"(40{"recover":true,"pid":")" + client.pid + R"("})";
        archive_.SetFrozen(true);  // or who comes later would find what the winner writes
        RawWebSocket at_b(b_->port(), kSocket);
        RawWebSocket at_c(c->port(), kSocket);
        at_b.Text();
        at_c.Text();
        at_b.SendText(connect);
        at_c.SendText(connect);
        const int recovered = (at_b.TextPastPings() == client.reply ? 1 : 0) +
                              (at_c.TextPastPings() == client.reply ? 1 : 0);
        EXPECT_EQ(recovered, 1);
        archive_.SetFrozen(false);
    }
}

TEST_F(RecoveryArchiveTest, Rec17_AnArchiveThatIsAwayCostsOnlyTheOtherServer) {
    StartTwo();
    archive_.SetAway(true);
    RecoveringClient client(a_->port());
    client.Event();
    client.Cut();
    ASSERT_TRUE(TestServer::Eventually([&] { return a_->Metric("socketio_recovery_kept") == 1; }));
    RecoveringClient elsewhere(b_->port(), &client);
    EXPECT_NE(elsewhere.sid, client.sid);
    RecoveringClient again(a_->port(), &client);
    EXPECT_EQ(again.reply, client.reply);
}

TEST_F(RecoveryArchiveTest, Rec17_WritesAreGatheredAndOnlyOfThoseWhoRecover) {
    StartTwo();
    RecoveringClient plain(a_->port(), nullptr, "");
    RecoveringClient client(a_->port());
    client.Event();
    for (int i = 0; i < 40; ++i)
        client.EmitAndWait(R"(["join","room )" + std::to_string(i) + "\"]");
    AwaitArchived(client.pid, "room 39");
    EXPECT_EQ(archive_.size(), 1u);
    EXPECT_LT(a_->Metric("socketio_recovery_archived_total"), 20);
}

}  // namespace
}  // namespace flux::socketio::testing
