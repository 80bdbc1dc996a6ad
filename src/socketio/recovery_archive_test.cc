// Sessions that go on at another server, which shares an archive.
#include "limits/limits.h"
#include "socketio/recovery_fixture.h"
#include "socketio/session_id.h"

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

// The first server takes the connection for alive, and writes its session now and then.
TEST_F(RecoveryArchiveTest, Rec17_AnOldCopyIsNotWrittenOverANewerOne) {
    TestServer::Options at_a = At('a', 2);
    at_a.socketio.recovery_window = 400ms;
    a_ = std::make_unique<TestServer>(at_a);
    b_ = std::make_unique<TestServer>(At('b', 3));
    RecoveringClient client(a_->port());
    client.Event();
    AwaitArchived(client.pid, client.sid);
    RecoveringClient there(b_->port(), &client);
    EXPECT_EQ(there.reply, client.reply);
    there.EmitAndWait(R"(["join","there"])");
    AwaitArchived(client.pid, "there");
    const double before = a_->Metric("socketio_recovery_archived_total");
    ASSERT_TRUE(TestServer::Eventually([&] {
        return a_->Metric("socketio_recovery_archived_total") >= before + 2;
    }));
    a_->socketio().Drain(DisconnectReason::kDrain, 0ms);
    EXPECT_NE(archive_.Find(client.pid)->find("there"), std::string::npos);
    there.Cut();
    b_.reset();
    TestServer c(At('c', 1));
    RecoveringClient third(c.port(), &there);
    EXPECT_EQ(third.reply, client.reply);
    Post(c, "there", 1);
    EXPECT_EQ(third.Event(), EventOf(1, 1));
}

TEST_F(RecoveryArchiveTest, Rec09_NorOverWhatWasLeft) {
    StartTwo();
    RecoveringClient client(a_->port());
    client.Event();
    AwaitArchived(client.pid, client.sid);
    RecoveringClient there(b_->port(), &client);
    EXPECT_EQ(there.reply, client.reply);
    there.socket().SendText("41");
    ASSERT_TRUE(TestServer::Eventually([&] {
        return b_->Metric("socketio_recovery_forgotten_total") == 1;
    }));
    a_->socketio().Drain(DisconnectReason::kDrain, 0ms);
    b_.reset();
    TestServer c(At('c', 1));
    EXPECT_NE(RecoveringClient(c.port(), &there).sid, client.sid);
}

// A server that took a dead connection for alive hears its client's last word late.
TEST_F(RecoveryArchiveTest, Rec09_AGravestoneOfAnOlderSessionEndsNoNewerOne) {
    StartTwo();
    RecoveringClient client(a_->port());
    client.Event();
    AwaitArchived(client.pid, client.sid);
    const auto first = DecodeArchived(archive_.Find(client.pid).value());
    ASSERT_TRUE(first);
    client.Cut();
    RecoveringClient second(a_->port(), &client);
    EXPECT_EQ(second.reply, client.reply);
    second.Cut();
    ASSERT_TRUE(TestServer::Eventually([&] { return a_->Metric("socketio_recovery_kept") == 1; }));
    ArchivedSession grave;
    grave.owner = 1;
    grave.kind = ArchivedSession::Kind::kLeft;
    grave.session.generation = first->session.generation;
    archive_.Set(client.pid, Encode(grave));
    RecoveringClient third(a_->port(), &second);
    EXPECT_EQ(third.reply, client.reply);
    // One of the same session does.
    third.Cut();
    ASSERT_TRUE(TestServer::Eventually([&] { return a_->Metric("socketio_recovery_kept") == 1; }));
    grave.session.generation += 100;
    archive_.Set(client.pid, Encode(grave));
    EXPECT_NE(RecoveringClient(a_->port(), &third).sid, client.sid);
}

TEST_F(RecoveryArchiveTest, Rec12_OfTwoServersOneGetsIt) {
    StartTwo();
    const auto c = std::make_unique<TestServer>(At('c', 1));
    for (std::size_t round = 0; round < 12; ++round) {
        RecoveringClient client(a_->port());
        client.Event();
        AwaitArchived(client.pid, client.sid);
        // With the connection lost, its own server has a copy that it keeps to itself.
        client.Cut();
        ASSERT_TRUE(TestServer::Eventually([&] { return a_->Metric("socketio_recovery_kept") == 1; }
        ));
        const std::string connect = R"(40{"recover":true,"pid":")" + client.pid + R"("})";
        archive_.SetFrozen(true);  // or who comes later would find what the winner writes
        std::vector<std::unique_ptr<RawWebSocket>> claimants;
        const std::vector<TestServer*> servers{a_.get(), b_.get(), c.get()};
        for (std::size_t i = 0; i < servers.size(); ++i) {
            TestServer& server = *servers[(i + round) % servers.size()];
            claimants.push_back(std::make_unique<RawWebSocket>(server.port(), kSocket));
            claimants.back()->Text();
        }
        int recovered = 0;
        for (const auto& claimant : claimants) {
            claimant->SendText(connect);
            // Every other time one after the other, so that it is not the first server's turn.
            if (round % 2 == 0 && claimant->TextPastPings() == client.reply) ++recovered;
        }
        for (const auto& claimant : claimants) {
            if (round % 2 != 0 && claimant->TextPastPings() == client.reply) ++recovered;
        }
        EXPECT_EQ(recovered, 1);
        for (const auto& claimant : claimants)
            claimant->SendText("41");
        for (TestServer* server : servers) {
            ASSERT_TRUE(TestServer::Eventually([&] {
                return server->socketio().connected() == 0 &&
                       server->Metric("socketio_recovery_kept") == 0;
            }));
        }
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

TEST_F(RecoveryArchiveTest, Rec17_AnArchiveThatFailsIsOneThatIsAway) {
    StartTwo();
    RecoveringClient client(a_->port());
    client.Event();
    AwaitArchived(client.pid, client.sid);
    client.Cut();
    ASSERT_TRUE(TestServer::Eventually([&] { return a_->Metric("socketio_recovery_kept") == 1; }));
    archive_.SetBroken(true);
    EXPECT_NE(RecoveringClient(b_->port(), &client).sid, client.sid);
    auto again = std::make_unique<RecoveringClient>(a_->port(), &client);
    EXPECT_EQ(again->reply, client.reply);
    again->Cut();
    archive_.SetBroken(false);
    EXPECT_EQ(RecoveringClient(a_->port(), &client).reply, client.reply);
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

TEST_F(RecoveryArchiveTest, Rec17_WhatTheArchiveDidNotTakeIsWrittenLater) {
    StartTwo();
    RecoveringClient left(a_->port());
    left.Event();
    AwaitArchived(left.pid, left.sid);
    archive_.SetAway(true);
    RecoveringClient client(a_->port());
    client.Event();
    left.socket().SendText("41");
    ASSERT_TRUE(TestServer::Eventually([&] {
        return a_->Metric("socketio_recovery_archive_dropped_total") >= 2;
    }));
    archive_.SetAway(false);
    AwaitArchived(client.pid, client.sid);
    ASSERT_TRUE(TestServer::Eventually([&] {
        const auto archived = DecodeArchived(archive_.Find(left.pid).value());
        return archived && archived->kind == ArchivedSession::Kind::kLeft;
    }));
    a_.reset();
    EXPECT_NE(RecoveringClient(b_->port(), &left).sid, left.sid);
    EXPECT_EQ(RecoveringClient(b_->port(), &client).reply, client.reply);
}

// Nobody else would write what the archive did not take when a session left.
TEST_F(RecoveryArchiveTest, Rec17_WhatItDidNotTakeOfASessionThatLeftIsWrittenLater) {
    StartTwo();
    RecoveringClient client(a_->port());
    client.Event();
    AwaitArchived(client.pid, client.sid);
    archive_.SetFull(true);
    client.EmitAndWait(R"(["join","room-late"])");
    client.Cut();
    ASSERT_TRUE(TestServer::Eventually([&] { return a_->Metric("socketio_recovery_kept") == 1; }));
    archive_.SetFull(false);
    AwaitArchived(client.pid, "room-late");
    a_.reset();
    PostToBoth("room-late", 1);
    RecoveringClient again(b_->port(), &client);
    EXPECT_EQ(again.reply, client.reply);
    PostToBoth("room-late", 2);
    EXPECT_EQ(again.Event(), EventOf(1, 1));
    EXPECT_EQ(again.Event(), EventOf(2, 2));
}

// Or when a session was given back: it would lie there as taken.
TEST_F(RecoveryArchiveTest, Rec12_WhatWasGivenBackMayBeTakenAgain) {
    StartTwo();
    RecoveringClient client(a_->port());
    client.Event();
    AwaitArchived(client.pid, client.sid);
    client.Cut();
    ASSERT_TRUE(TestServer::Eventually([&] { return a_->Metric("socketio_recovery_kept") == 1; }));
    archive_.SetHeld(true);
    {
        RawWebSocket claimant(b_->port(), kSocket);
        claimant.Text();
        claimant.SendText(R"(40{"recover":true,"pid":")" + client.pid + R"("})");
        claimant.SendText("2");
        ASSERT_TRUE(TestServer::Eventually([&] { return archive_.asked() == 1; }));
        claimant.socket().Close();
    }
    ASSERT_TRUE(TestServer::Eventually([&] { return b_->Metric("socketio_sessions") == 0; }));
    archive_.SetFull(true);
    archive_.SetHeld(false);
    ASSERT_TRUE(TestServer::Eventually([&] {
        return b_->Metric("socketio_recovery_archive_dropped_total") >= 1;
    }));
    archive_.SetFull(false);
    ASSERT_TRUE(TestServer::Eventually([&] {
        const auto archived = DecodeArchived(archive_.Find(client.pid).value());
        return archived && archived->kind == ArchivedSession::Kind::kSession;
    }));
    b_.reset();
    TestServer c(At('c', 1));
    EXPECT_EQ(RecoveringClient(c.port(), &client).reply, client.reply);
}

// In place of one that has grown too large lies a note, not what it was before.
TEST_F(RecoveryArchiveTest, Rec15_OneThatIsTooLargeGoesOnAtItsOwnServerAlone) {
    StartTwo();
    RecoveringClient client(a_->port());
    client.Event();
    AwaitArchived(client.pid, client.sid);
    seen_.SetStateBytes(limits::kKeptSessionBytesMax);
    client.EmitAndWait(R"(["join","one-more"])");
    const auto kind = [&] {
        const auto archived = DecodeArchived(archive_.Find(client.pid).value());
        return archived ? archived->kind : ArchivedSession::Kind::kTaken;
    };
    ASSERT_TRUE(TestServer::Eventually([&] { return kind() == ArchivedSession::Kind::kTooLarge; }));
    EXPECT_GE(a_->Metric("socketio_recovery_archive_too_large_total"), 1);
    // Its connection is still open there, and it is as large as before: elsewhere it begins anew.
    EXPECT_NE(RecoveringClient(b_->port(), &client).sid, client.sid);
    // Smaller again, it is written again.
    seen_.SetStateBytes(0);
    RecoveringClient second(a_->port());
    second.Event();
    AwaitArchived(second.pid, second.sid);
    seen_.SetStateBytes(limits::kKeptSessionBytesMax);
    second.EmitAndWait(R"(["join","one-more"])");
    seen_.SetStateBytes(0);
    second.EmitAndWait(R"(["join","another"])");
    AwaitArchived(second.pid, "another");
    second.Cut();
    a_.reset();
    EXPECT_EQ(RecoveringClient(b_->port(), &second).reply, second.reply);
}

// The connection to it ends, or it refuses: long before the session would be written again.
TEST_F(RecoveryArchiveTest, Rec17_WhatWasTakenAndLostIsWrittenAgain) {
    StartTwo();
    archive_.SetLosing(true);
    RecoveringClient client(a_->port());
    client.Event();
    RecoveringClient left(a_->port());
    left.Event();
    ASSERT_TRUE(TestServer::Eventually([&] {
        return a_->Metric("socketio_recovery_archive_lost_total") >= 2;
    }));
    left.Cut();
    ASSERT_TRUE(TestServer::Eventually([&] { return a_->Metric("socketio_recovery_kept") == 1; }));
    ASSERT_TRUE(TestServer::Eventually([&] {
        return a_->Metric("socketio_recovery_archive_lost_total") >= 3;
    }));
    EXPECT_EQ(archive_.size(), 0u);
    archive_.SetLosing(false);
    AwaitArchived(client.pid, client.sid);
    AwaitArchived(left.pid, left.sid);
    EXPECT_LT(a_->Metric("socketio_recovery_archived_total"), 20) << "paced";
    a_.reset();
    EXPECT_EQ(RecoveringClient(b_->port(), &client).reply, client.reply);
    EXPECT_EQ(RecoveringClient(b_->port(), &left).reply, left.reply);
}

TEST_F(RecoveryArchiveTest, Rec17_AnArchiveThatComesBackEmptyIsFilledAgain) {
    StartTwo();
    constexpr std::size_t kMany = 300;  // more than are written in one step
    std::vector<std::unique_ptr<RecoveringClient>> clients;
    for (std::size_t i = 0; i < kMany; ++i)
        clients.push_back(std::make_unique<RecoveringClient>(a_->port()));
    ASSERT_TRUE(TestServer::Eventually([&] { return archive_.size() == kMany; }));
    archive_.ComeBackEmpty();
    ASSERT_TRUE(TestServer::Eventually([&] { return archive_.size() == kMany; }));
    a_.reset();
    EXPECT_EQ(RecoveringClient(b_->port(), clients.back().get()).reply, clients.back()->reply);
}

// A stranger who comes and goes leaves nothing there.
TEST_F(RecoveryArchiveTest, Rec09_WhatNeverWasThereIsNotMarkedAsLeft) {
    StartTwo();
    RawWebSocket stranger(a_->port(), kSocket);
    stranger.Text();
    for (int i = 0; i < 20; ++i) {
        stranger.SendText(R"(40{"recover":true})");
        stranger.SendText("41");
    }
    ASSERT_TRUE(TestServer::Eventually([&] {
        return a_->Metric("socketio_recovery_forgotten_total") == 20;
    }));
    RecoveringClient client(a_->port());
    client.Event();
    AwaitArchived(client.pid, client.sid);
    EXPECT_EQ(archive_.size(), 1u);
}

// A claim that was withdrawn costs until its answer comes, and counts as long.
TEST_F(RecoveryArchiveTest, Rec13_ClaimsThatAreNotAnsweredAreBounded) {
    StartTwo();
    archive_.SetHeld(true);
    RawWebSocket many(a_->port(), kSocket);
    many.Text();
    for (std::size_t i = 0; i <= limits::kNamespacesPerSessionMax; ++i) {
        const SessionId pid = SessionId::Make('b', ShardId(0));
        many.SendText(R"(40{"recover":true,"pid":")" + std::string(pid.view()) + R"("})");
        many.SendText("41");
    }
    EXPECT_EQ(many.ReceiveClose(), 1002);
    archive_.SetHeld(false);
    // Once they are answered there is room again.
    RecoveringClient client(a_->port());
    client.Event();
    for (std::size_t i = 0; i <= limits::kNamespacesPerSessionMax; ++i) {
        RecoveringClient again(a_->port(), &client);
        EXPECT_EQ(again.reply, client.reply);
    }
}

// More than are written at once.
TEST_F(RecoveryArchiveTest, Rec17_ManySessionsAreWrittenOneAfterTheOther) {
    TestServer::Options options = At('a', 1);
    options.socketio.recovery_window = 4s;
    a_ = std::make_unique<TestServer>(options);
    constexpr std::size_t kMany = 600;
    std::vector<std::unique_ptr<RecoveringClient>> clients;
    archive_.SetAway(true);
    for (std::size_t i = 0; i < kMany; ++i)
        clients.push_back(std::make_unique<RecoveringClient>(a_->port()));
    archive_.SetAway(false);
    ASSERT_TRUE(TestServer::Eventually([&] { return archive_.size() == kMany; }));
    // And all of them again, before they expire.
    ASSERT_TRUE(TestServer::Eventually([&] {
        return a_->Metric("socketio_recovery_archived_total") >= 2 * kMany;
    }));
}

}  // namespace
}  // namespace flux::socketio::testing
