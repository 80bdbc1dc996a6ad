// Recovery of sessions over real sockets, rule by rule (the ids are listed in docs/protocol.md).
#include "socketio/packet.h"
#include "socketio/recovery_fixture.h"

#include <array>
#include <fmt/format.h>
#include <set>

namespace flux::socketio::testing {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kHello = R"(["hello",{}])";

TEST_F(RecoveryTest, Rec01_IsOfferedToThoseWhoAsk) {
    Start();
    RecoveringClient asks(server_->port());
    EXPECT_EQ(asks.reply, R"(40{"sid":")" + asks.sid + R"(","pid":")" + asks.pid + R"("})");
    // A shard's place and 128 bits.
    EXPECT_EQ(asks.pid.size(), 25u);
    EXPECT_NE(asks.pid, RecoveringClient(server_->port()).pid);
    for (const std::string_view auth :
         {"", R"("recover":false)", R"("recover":"true")", R"("recover":1)"}) {
        RecoveringClient other(server_->port(), nullptr, auth);
        EXPECT_EQ(other.reply, R"(40{"sid":")" + other.sid + R"("})") << auth;
    }
    EXPECT_EQ(RecoveringClient::With(server_->port(), "40")->pid, "");
}

TEST_F(RecoveryTest, Rec01_OffAndAlways) {
    TestServer::Options options = Options();
    options.socketio.recovery = RecoveryOffer::kOff;
    Start(options);
    EXPECT_EQ(RecoveringClient(server_->port()).pid, "");
    RecoveringClient mine(server_->port(), nullptr, R"("recover":true,"pid":"mine","offset":"o")");
    EXPECT_EQ(mine.pid, "");
    EXPECT_EQ(LastAuth(), R"({"recover":true,"pid":"mine","offset":"o"})");
    options.socketio.recovery = RecoveryOffer::kAlways;
    Start(options);
    EXPECT_EQ(RecoveringClient::With(server_->port(), "40")->pid.size(), 25u);
}

TEST_F(RecoveryTest, Rec02_TheOffsetIsOneMoreArgumentForThoseWhoRecoverAlone) {
    Start();
    RecoveringClient with(server_->port());
    RecoveringClient with_too(server_->port());
    RecoveringClient without(server_->port(), nullptr, "");
    for (RecoveringClient* client : {&with, &with_too, &without})
        EXPECT_EQ(client->Event(), kHello);
    Post("r", 5);
    EXPECT_EQ(with.Event(), R"(["e",{"n":5},"1"])");
    EXPECT_EQ(with_too.Event(), R"(["e",{"n":5},"1"])");
    EXPECT_EQ(without.Event(), R"(["e",{"n":5}])");
}

TEST_F(RecoveryTest, Rec02_BinaryEventsCarryItBehindTheirPlaceholders) {
    Start();
    RecoveringClient client(server_->port());
    EXPECT_EQ(client.Event(), kHello);
    const std::array<std::string_view, 1> arguments{R"({"_placeholder":true,"num":0})"};
    const std::array<std::string_view, 1> attachments{"\x01\x02"};
    Delivery delivery;
    delivery.room = "r";
    delivery.frame = EncodeEventPacket("/", std::nullopt, "b", arguments, attachments);
    delivery.offset = "1";
    server_->socketio().Broadcast(std::move(delivery));
    EXPECT_EQ(client.socket().TextPastPings(), R"(451-["b",{"_placeholder":true,"num":0},"1"])");
    const WireFrame attachment = client.socket().Receive();
    EXPECT_EQ(attachment.opcode, 2);
    EXPECT_EQ(attachment.payload, "\x01\x02");
}

// The reference server's fault #5539: a string at the end of an event without offset is taken for
// one.
TEST_F(RecoveryTest, Rec03_OtherEventsDoNotEndInAString) {
    Start();
    RecoveringClient client(server_->port());
    RecoveringClient plain(server_->port(), nullptr, "");
    EXPECT_EQ(client.Event(), kHello);
    EXPECT_EQ(plain.Event(), kHello);
    Post("r", 1);
    EXPECT_EQ(client.Event(), EventOf(1, 1));
    EXPECT_EQ(plain.Event(), R"(["e",{"n":1}])");

    client.Emit(R"(["echo","text"])");
    EXPECT_EQ(client.Event(), R"(["echo","text",null])");
    client.Emit(R"(["echo"])");
    EXPECT_EQ(client.Event(), R"(["echo",null])");
    client.Emit(R"(["echo","a",1])");
    EXPECT_EQ(client.Event(), R"(["echo","a",1])");
    plain.Emit(R"(["echo","text"])");
    EXPECT_EQ(plain.Event(), R"(["echo","text"])");
    // With an acknowledgement asked for, the client's last argument is its answer.
    client.Emit(R"(["ask","text"])");
    EXPECT_EQ(client.socket().TextPastPings(), R"(420["ask","text"])");

    const std::array<std::string_view, 1> text{R"("text")"};
    Delivery delivery;
    delivery.room = "r";
    delivery.frame = EncodeEvent("/", "told", text);
    server_->socketio().Broadcast(std::move(delivery));
    EXPECT_EQ(client.Event(), R"(["told","text",null])");
    EXPECT_EQ(plain.Event(), R"(["told","text"])");
    EXPECT_EQ(client.offset, "1");

    client.Cut();
    AwaitKept(1);
    Post("r", 2);
    RecoveringClient again(server_->port(), &client);
    EXPECT_EQ(again.sid, client.sid);
    EXPECT_EQ(again.Event(), EventOf(2, 2));
}

// The reference server's fault #5538: a client that got no event before could not recover.
TEST_F(RecoveryTest, Rec04_WithoutAnOffsetFromWhereTheSessionBegan) {
    Start();
    Post("r", 1);
    RecoveringClient client(server_->port());
    EXPECT_EQ(client.Event(), kHello);
    client.EmitAndWait(R"(["join","a"])");
    client.Cut();
    AwaitKept(1);
    Post("a", 2);
    Post("b", 3);
    RecoveringClient again(server_->port(), &client);
    EXPECT_EQ(again.reply, client.reply);
    EXPECT_EQ(again.Event(), EventOf(2, 2));
    Post("a", 4);
    EXPECT_EQ(again.Event(), EventOf(4, 4));
}

// The reference server's fault #5419: after one recovery the next brought the same events again.
TEST_F(RecoveryTest, Rec05_GoesOnAsOftenAsItIsCut) {
    Start(2);
    auto client = std::make_unique<RecoveringClient>(server_->port());
    EXPECT_EQ(client->Event(), kHello);
    const std::string reply = client->reply;
    int number = 0;
    for (int cut = 0; cut < 12; ++cut) {
        client->Cut();
        const int missed = cut % 4;
        for (int i = 0; i < missed; ++i)
            Post("r", number + i + 1);
        auto again = std::make_unique<RecoveringClient>(server_->port(), client.get());
        EXPECT_EQ(again->reply, reply) << "cut " << cut;
        for (int i = 0; i < missed; ++i, ++number)
            EXPECT_EQ(again->Event(), EventOf(number + 1, static_cast<std::uint64_t>(number) + 1));
        client = std::move(again);
    }
    Post("r", ++number);
    EXPECT_EQ(client->Event(), EventOf(number, static_cast<std::uint64_t>(number)));
    EXPECT_EQ(Outcome("recovered"), 12);
    EXPECT_EQ(server_->socketio().connected(), 1u);
}

TEST_F(RecoveryTest, Rec05_RoomsThatWereJoinedAndLeft) {
    Start();
    RecoveringClient client(server_->port());
    client.EmitAndWait(R"(["join","a"])");
    client.EmitAndWait(R"(["join","b"])");
    client.EmitAndWait(R"(["leave","a"])");
    client.Cut();
    AwaitKept(1);
    RecoveringClient again(server_->port(), &client);
    EXPECT_EQ(again.sid, client.sid);
    Post("a", 1);
    Post("b", 2);
    EXPECT_EQ(again.Event(), EventOf(2, 2));
}

TEST_F(RecoveryTest, Rec05_EveryNamespaceByItself) {
    Start();
    RecoveringClient client(server_->port());
    client.Event();
    client.socket().SendText(R"(40/b,{"recover":true})");
    const std::string reply = client.socket().TextPastPings();
    ASSERT_TRUE(reply.starts_with(R"(40/b,{"sid":")")) << reply;
    const std::size_t pid_at = reply.find(R"("pid":")") + 7;
    const std::string pid = reply.substr(pid_at, 25);
    client.Cut();
    AwaitKept(2);
    RecoveringClient again(server_->port(), &client);
    EXPECT_EQ(again.reply, client.reply);
    again.socket().SendText(R"(40/b,{"recover":true,"pid":")" + pid + R"("})");
    EXPECT_EQ(again.socket().TextPastPings(), reply);
    // Of another namespace it is nobody's, and stays what it was.
    again.Cut();
    AwaitKept(2);
    auto wrong =
        RecoveringClient::With(server_->port(), R"(40{"recover":true,"pid":")" + pid + R"("})");
    EXPECT_NE(wrong->pid, pid);
    EXPECT_EQ(Outcome("unknown"), 1);
}

TEST_F(RecoveryTest, Rec06_FailureIsAFreshSession) {
    Start();
    RecoveringClient client(server_->port());
    client.Event();
    Post("r", 1);
    client.Event();
    client.Cut();
    AwaitKept(1);
    Post("r", 2);
    client.offset = "forged";
    RecoveringClient fresh(server_->port(), &client);
    EXPECT_NE(fresh.sid, client.sid);
    EXPECT_NE(fresh.pid, client.pid);
    EXPECT_EQ(fresh.pid.size(), 25u);
    EXPECT_EQ(fresh.Event(), kHello);
    Post("r", 3);
    EXPECT_EQ(fresh.Event(), EventOf(3, 3));
    // What could not go on once never does.
    client.offset = "1";
    EXPECT_NE(RecoveringClient(server_->port(), &client).sid, client.sid);
    EXPECT_EQ(Outcome("bad_offset"), 1);
    EXPECT_EQ(Outcome("unknown"), 1);
}

TEST_F(RecoveryTest, Rec07_OffsetsAndPidsAreNotTrusted) {
    Start();
    Post("r", 1);
    Post("r", 2);
    struct Case {
        std::string pid;
        std::string offset;  // JSON
        std::string_view outcome;
    };
    const std::string huge(100'000, '7');
    const std::vector<Case> cases{
        {"", R"("1")", "before_begin"},
        {"", R"("3")", "ahead"},
        {"", R"("x")", "bad_offset"},
        {"", R"("")", "bad_offset"},
        {"", "7", "bad_offset"},
        {"", "[\"2\"]", "bad_offset"},
        {"", '"' + huge + '"', "bad_offset"},
        {R"("aaaaaaaaaaaaaaaaaaaaaaaaa")", R"("2")", "unknown"},
        {R"("z99aaaaaaaaaaaaaaaaaaaaaa")", R"("2")", "unknown"},
        {R"("short")", R"("2")", "bad_pid"},
        {R"("")", R"("2")", "bad_pid"},
        {"7", R"("2")", "bad_pid"},
        {"{}", R"("2")", "bad_pid"},
        {"null", R"("2")", "bad_pid"},
        {'"' + huge + '"', R"("2")", "bad_pid"},
        {R"("aa\u0000aaaaaaaaaaaaaaaaaaaaaa")", R"("2")", "bad_pid"},
    };
    for (const Case& each : cases) {
        RecoveringClient client(server_->port());
        client.Event();
        client.Cut();
        AwaitKept(1);
        const double before = Outcome(each.outcome);
        const std::string pid = each.pid.empty() ? '"' + client.pid + '"' : each.pid;
        auto fresh = RecoveringClient::With(
            server_->port(),
            R"(40{"recover":true,"pid":)" + pid + R"(,"offset":)" + each.offset + '}'
        );
        EXPECT_EQ(fresh->pid.size(), 25u) << fresh->reply;
        EXPECT_NE(fresh->sid, client.sid);
        EXPECT_EQ(fresh->Event(), kHello);
        EXPECT_EQ(Outcome(each.outcome), before + 1)
            << each.outcome << ' ' << each.offset.substr(0, 40);
        fresh->socket().SendText("41");
        fresh->Cut();
        // Those whose private id was not theirs are still kept.
        RecoveringClient rightful(server_->port(), &client);
        EXPECT_EQ(rightful.sid == client.sid, !each.pid.empty());
        rightful.socket().SendText("41");
        rightful.Cut();
        AwaitKept(0);
    }
}

TEST_F(RecoveryTest, Rec09_KeptWhenTheConnectionEndedOtherwise) {
    Start();
    const auto goes_on = [&](RecoveringClient& client) {
        RecoveringClient again(server_->port(), &client);
        EXPECT_EQ(again.reply, client.reply);
        again.socket().SendText("41");
        again.Cut();
        EXPECT_TRUE(TestServer::Eventually([&] { return server_->socketio().connected() == 0; }));
    };
    RecoveringClient closes(server_->port());
    closes.socket().SendFrame(8, "\x03\xe8");
    AwaitKept(1);
    goes_on(closes);
    RecoveringClient engine_closes(server_->port());
    engine_closes.socket().SendText("1");
    AwaitKept(1);
    goes_on(engine_closes);
    RecoveringClient faulty(server_->port());
    faulty.socket().SendText("4x");
    AwaitKept(1);
    goes_on(faulty);
    RecoveringClient slow(server_->port());
    slow.Emit(R"(["slow"])");
    AwaitKept(1);
    goes_on(slow);
}

TEST_F(RecoveryTest, Rec09_KeptAfterAPingTimeout) {
    TestServer::Options options = Options();
    options.socketio.ping_interval = 300ms;
    options.socketio.ping_timeout = 300ms;
    Start(options);
    RecoveringClient silent(server_->port());
    AwaitKept(1);
    EXPECT_EQ(server_->Metric("socketio_closed_total", "reason=\"ping timeout\""), 1);
    EXPECT_EQ(RecoveringClient(server_->port(), &silent).reply, silent.reply);
}

TEST_F(RecoveryTest, Rec09_NotWhenOneSideLeftOnPurpose) {
    Start();
    const auto is_forgotten = [&](RecoveringClient& client, std::string_view how) {
        RecoveringClient fresh(server_->port(), &client);
        EXPECT_NE(fresh.sid, client.sid) << how;
        EXPECT_NE(fresh.pid, client.pid) << how;
    };
    RecoveringClient leaves(server_->port());
    leaves.socket().SendText("41");
    // On the same connection, as the client does for disconnect() and connect().
    leaves.Event();
    leaves.socket().SendText(R"(40{"pid":")" + leaves.pid + R"(","recover":true})");
    const std::string reply = leaves.socket().TextPastPings();
    EXPECT_TRUE(reply.starts_with("40{")) << reply;
    EXPECT_EQ(reply.find(leaves.pid), std::string::npos);
    is_forgotten(leaves, "client disconnect");

    RecoveringClient quits(server_->port());
    quits.Event();
    quits.Emit(R"(["quit"])");
    EXPECT_EQ(quits.socket().TextPastPings(), "41");
    is_forgotten(quits, "server disconnect");

    RecoveringClient kicked(server_->port());
    kicked.Emit(R"(["kick"])");
    EXPECT_EQ(kicked.socket().ReceiveClose(), 4002);
    is_forgotten(kicked, "kicked");
    EXPECT_GE(server_->Metric("socketio_recovery_forgotten_total"), 3);
}

TEST_F(RecoveryTest, Rec10_TheApplicationSeesItsOwnPayload) {
    Start();
    RecoveringClient client(
        server_->port(), nullptr, R"("recover":true,"token":"a\"b","deep":{"pid":"x"})"
    );
    EXPECT_EQ(LastAuth(), R"({"recover":true,"token":"a\"b","deep":{"pid":"x"}})");
    client.Event();
    Post("r", 1);
    client.Event();
    client.Cut();
    AwaitKept(1);
    RecoveringClient again(server_->port(), &client, R"("recover":true,"token":"t2")");
    EXPECT_EQ(again.sid, client.sid);
    EXPECT_EQ(LastAuth(), R"({"recover":true,"token":"t2"})");
}

TEST_F(RecoveryTest, Rec10_TheApplicationMayRefuseWhoComesBack) {
    Start();
    RecoveringClient client(server_->port());
    client.Cut();
    AwaitKept(1);
    {
        const std::lock_guard lock(seen_.mutex);
        seen_.refuse = true;
    }
    RecoveringClient refused(server_->port(), &client);
    EXPECT_EQ(refused.reply, R"(44{"message":"not today"})");
    EXPECT_EQ(Outcome("refused"), 1);
    AwaitKept(0);
}

TEST_F(RecoveryTest, Rec14_CutInMidReplay) {
    Start();
    RecoveringClient client(server_->port());
    client.Event();
    client.Cut();
    AwaitKept(1);
    for (int number = 1; number <= 50; ++number)
        Post("r", number);
    RecoveringClient middle(server_->port(), &client);
    for (int number = 1; number <= 20; ++number)
        EXPECT_EQ(middle.Event(), EventOf(number, static_cast<std::uint64_t>(number)));
    middle.Cut();
    RecoveringClient end(server_->port(), &middle);
    EXPECT_EQ(end.reply, client.reply);
    for (int number = 21; number <= 50; ++number)
        EXPECT_EQ(end.Event(), EventOf(number, static_cast<std::uint64_t>(number)));
}

// A client that starts afresh still sends the offset it had before: as long as it got no newer one,
// that says where it is.
TEST_F(RecoveryTest, Rec21_AnOffsetThatWasBroughtAlongSpoilsNothing) {
    Start();
    RecoveringClient client(server_->port());
    client.Event();
    Post("r", 1);
    client.Event();
    client.socket().SendText("41");
    client.Cut();
    ASSERT_TRUE(TestServer::Eventually([&] { return server_->socketio().connected() == 0; }));
    Post("r", 2);
    RecoveringClient fresh(server_->port(), &client);
    EXPECT_NE(fresh.sid, client.sid);
    EXPECT_EQ(fresh.Event(), kHello);
    EXPECT_EQ(fresh.offset, "1");
    fresh.Cut();
    AwaitKept(1);
    Post("r", 3);
    RecoveringClient again(server_->port(), &fresh);
    EXPECT_EQ(again.reply, fresh.reply);
    EXPECT_EQ(again.Event(), EventOf(3, 3));
    // Any other one from before the session began is refused.
    again.Cut();
    AwaitKept(1);
    again.offset = "0";
    EXPECT_NE(RecoveringClient(server_->port(), &again).sid, fresh.sid);
    EXPECT_EQ(Outcome("before_begin"), 1);
}

// The offset it brought may be that of an event it gets later: that event says nothing less.
TEST_F(RecoveryTest, Rec21_AnEventWithTheOffsetThatWasBroughtIsNotSentTwice) {
    Start();
    Post("r", 1);
    RecoveringClient stranger(server_->port());
    stranger.Event();
    stranger.socket().SendText("41");
    ASSERT_TRUE(TestServer::Eventually([&] { return server_->socketio().connected() == 0; }));
    stranger.offset = "2";
    RecoveringClient fresh(server_->port(), &stranger);
    EXPECT_NE(fresh.sid, stranger.sid);
    EXPECT_EQ(fresh.Event(), kHello);
    Post("r", 2);
    EXPECT_EQ(fresh.Event(), EventOf(2, 2));
    EXPECT_EQ(fresh.offset, "2");
    fresh.Cut();
    Post("r", 3);
    RecoveringClient again(server_->port(), &fresh);
    EXPECT_EQ(again.reply, fresh.reply);
    EXPECT_EQ(again.Event(), EventOf(3, 3));
}

// One of something that never comes costs the time for it, and then counts as none.
TEST_F(RecoveryTest, Rec21_AnOffsetThatWasBroughtAndIsAheadOfEverything) {
    Start();
    RecoveringClient stranger(server_->port());
    stranger.socket().SendText("41");
    ASSERT_TRUE(TestServer::Eventually([&] { return server_->socketio().connected() == 0; }));
    stranger.offset = "1000";
    RecoveringClient fresh(server_->port(), &stranger);
    EXPECT_NE(fresh.sid, stranger.sid);
    fresh.Cut();
    AwaitKept(1);
    Post("r", 1);
    RecoveringClient again(server_->port(), &fresh);
    EXPECT_EQ(again.reply, fresh.reply);
    EXPECT_EQ(again.Event(), EventOf(1, 1));
}

TEST_F(RecoveryTest, Rec05_OverPollingToo) {
    Start();
    RawHttp http(server_->port());
    const std::string session = std::string(kPoll) + "&sid=" + SidIn(http.Get(kPoll).body);
    EXPECT_EQ(http.Post(session, R"(40{"recover":true})").body, "ok");
    const std::string reply = http.Get(session).body;
    ASSERT_TRUE(reply.starts_with("40{")) << reply;
    const std::string pid = reply.substr(reply.find(R"("pid":")") + 7, 25);
    Post("r", 1);
    EXPECT_EQ(http.Get(session).body, "42" + EventOf(1, 1));
    EXPECT_EQ(http.Post(session, "1").status, 200);
    AwaitKept(1);
    Post("r", 2);
    const std::string again = std::string(kPoll) + "&sid=" + SidIn(http.Get(kPoll).body);
    EXPECT_EQ(
        http.Post(again, R"(40{"pid":")" + pid + R"(","offset":"1","recover":true})").body, "ok"
    );
    const std::string expected =
        reply.substr(0, reply.find("\x1e")) + "\x1e" + "42" + EventOf(2, 2);
    EXPECT_EQ(http.Get(again).body, expected);
}

}  // namespace
}  // namespace flux::socketio::testing
