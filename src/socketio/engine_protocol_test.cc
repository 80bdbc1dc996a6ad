// Engine.IO over real sockets, rule by rule (the ids are listed in docs/protocol.md).
#include "socketio/engine_fixture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace flux::socketio::testing {
namespace {

using namespace std::chrono_literals;

class EngineProtocol : public EngineFixture {
protected:
    double Refused(const std::string& reason) const {
        return server_->Metric("socketio_refused_total", "reason=\"" + reason + "\"");
    }
};
INSTANTIATE_TEST_SUITE_P(Shards, EngineProtocol, ::testing::Values(1, 2, 3));

TEST_P(EngineProtocol, Eio01_PollingOpens) {
    Start(SuiteOptions());
    RawHttp http(port());
    const HttpAnswer answer = http.Get(kEnginePoll);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.headers.at("content-type"), "text/plain; charset=utf-8");
    const std::string sid = SidIn(answer.body);
    EXPECT_EQ(sid.size(), SessionId::kBytes);
    EXPECT_EQ(answer.body, OpenPacket(sid, true, 300, 200, 1'000'000));
}

TEST_P(EngineProtocol, Eio02_WebSocketOpens) {
    Start(SuiteOptions());
    RawWebSocket socket(port(), kEngineSocket);
    EXPECT_EQ(socket.status(), 101);
    const std::string open = socket.Text();
    EXPECT_EQ(open, OpenPacket(SidIn(open), false, 300, 200, 1'000'000));
}

// RSN-06
TEST_P(EngineProtocol, Eio03_BadHandshakesAreRefused) {
    Start(SuiteOptions());
    RawHttp http(port());
    const struct {
        std::string_view method, query, body;
    } cases[] = {
        {"GET", "transport=polling", R"({"code":5,"message":"Unsupported protocol version"})"},
        {"GET",
         "EIO=abc&transport=polling",
         R"({"code":5,"message":"Unsupported protocol version"})"},
        {"GET",
         "EIO=3&transport=polling",
         R"({"code":5,"message":"Unsupported protocol version"})"},
        {"GET", "EIO=4", R"({"code":0,"message":"Transport unknown"})"},
        {"GET", "EIO=4&transport=abc", R"({"code":0,"message":"Transport unknown"})"},
        {"POST", "EIO=4&transport=polling", R"({"code":2,"message":"Bad handshake method"})"},
        {"PUT", "EIO=4&transport=polling", R"({"code":2,"message":"Bad handshake method"})"},
        {"GET", "EIO=4&transport=websocket", R"({"code":3,"message":"Bad request"})"},
        {"GET", "EIO=4&transport=polling&sid=abc", R"({"code":1,"message":"Session ID unknown"})"},
    };
    for (const auto& [method, query, body] : cases) {
        const HttpAnswer answer = http.Request(method, "/engine.io/?" + std::string(query), {}, {});
        EXPECT_EQ(answer.status, 400) << query;
        EXPECT_EQ(answer.body, body) << query;
    }
    for (const std::string_view query :
         {"transport=websocket", "EIO=abc&transport=websocket", "EIO=4", "EIO=4&transport=abc"}) {
        RawWebSocket socket(port(), "/engine.io/?" + std::string(query));
        EXPECT_EQ(socket.status(), 400) << query;
    }
    EXPECT_EQ(Refused("unsupported version"), 5);
    EXPECT_EQ(Refused("unknown transport"), 4);
    EXPECT_EQ(Refused("bad method"), 2);
    EXPECT_EQ(Refused("bad request"), 1);
    EXPECT_EQ(Refused("unknown session"), 1);
    EXPECT_EQ(server_->Metric("socketio_refused_total"), 13) << "each for one reason";
}

// ECH-01
TEST_P(EngineProtocol, Eio04_PostIsAnsweredOkAndEchoed) {
    Start(QuietOptions());
    RawHttp http(port());
    const std::string target = PollTarget(OpenPolling(http));
    const HttpAnswer posted = http.Post(target, "4hello");
    EXPECT_EQ(posted.status, 200);
    EXPECT_EQ(posted.body, "ok");
    EXPECT_EQ(http.Get(target).body, "4hello");
}

TEST_P(EngineProtocol, Eio05_MixedPayloadsEchoIdentically) {
    Start(QuietOptions());
    RawHttp http(port());
    const std::string target = PollTarget(OpenPolling(http));
    const std::string body =
        "4test1\x1e"
        "4t\xc3\xa9st\x1e"
        "bAQIDBA==\x1e"
        "4";
    EXPECT_EQ(http.Post(target, body).body, "ok");
    EXPECT_EQ(http.Get(target).body, body);
}

TEST_P(EngineProtocol, Eio06_AnInvalidPacketIsAnswered400AndKills) {
    Start(QuietOptions());
    for (const std::string_view body : {"abc", "4a\x1e\x78", "0", "5", "2", "b!", ""}) {
        RawHttp http(port());
        const std::string sid = OpenPolling(http);
        EXPECT_EQ(http.Post(PollTarget(sid), body).status, 400) << body;
        EXPECT_TRUE(IsDead(sid)) << body;
    }
    EXPECT_EQ(server_->Metric("socketio_refused_total", "bad request"), 7);
}

TEST_P(EngineProtocol, Eio07_AnInvalidPacketClosesAWebSocket) {
    Start(QuietOptions());
    for (const std::string_view text : {"abc", "", "0", "5", "2", "2probe"}) {
        RawWebSocket socket(port(), kEngineSocket);
        socket.Text();
        socket.SendText(text);
        EXPECT_EQ(socket.ReceiveClose(), 1002) << text;
        EXPECT_TRUE(socket.socket().ReadToEnd());
    }
}

TEST_P(EngineProtocol, Eio08_TwoPollsAtOnceKill) {
    Start(QuietOptions());
    RawHttp first(port());
    const std::string sid = OpenPolling(first);
    SendPoll(first, sid);
    RawHttp second(port());
    EXPECT_EQ(second.Get(PollTarget(sid)).status, 400);
    const HttpAnswer earlier = first.Receive();
    EXPECT_EQ(earlier.status, 200);
    EXPECT_EQ(earlier.body, "1");
    EXPECT_TRUE(IsDead(sid));
}

TEST_P(EngineProtocol, Eio09_AnAbortedPollKillsAtOnce) {
    Start(QuietOptions());
    std::string sid;
    {
        RawHttp http(port());
        sid = OpenPolling(http);
        SendPoll(http, sid);
        EXPECT_EQ(server_->Metric("socketio_sessions", "/engine.io/"), 1);
    }
    EXPECT_TRUE(TestServer::Eventually([&] {
        return server_->Metric("socketio_sessions", "/engine.io/") == 0;
    }));
    EXPECT_TRUE(IsDead(sid));
}

TEST_P(EngineProtocol, Eio10_PollingHeartbeat) {
    Start(SuiteOptions());
    RawHttp http(port());
    const std::string target = PollTarget(OpenPolling(http));
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(http.Get(target).body, "2");
        EXPECT_EQ(http.Post(target, "3").body, "ok");
    }
}

TEST_P(EngineProtocol, Eio11_WebSocketHeartbeat) {
    Start(SuiteOptions());
    RawWebSocket socket(port(), kEngineSocket);
    socket.Text();
    auto last = std::chrono::steady_clock::now();
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(socket.Text(), "2");
        const auto now = std::chrono::steady_clock::now();
        // One interval after the open, then after each pong; a busy machine may read a ping late
        // and the next on time.
        EXPECT_GE(now - last, 200ms);
        socket.SendText("3");
        last = now;
    }
}

TEST_P(EngineProtocol, Eio12_APollingSessionWithoutPongDies) {
    Start(SuiteOptions());
    RawHttp http(port());
    const std::string sid = OpenPolling(http);
    EXPECT_EQ(http.Get(PollTarget(sid)).body, "2");
    const HttpAnswer late = http.Get(PollTarget(sid));  // answered when the deadline has passed
    EXPECT_EQ(late.status, 400);
    EXPECT_EQ(late.body, R"x({"code":1,"message":"Session closed: ping timeout (1000)"})x");
    EXPECT_TRUE(IsDead(sid));
    EXPECT_EQ(server_->Metric("socketio_closed_total", "ping timeout"), 1);
}

TEST_P(EngineProtocol, Eio13_AWebSocketWithoutPongIsClosed) {
    Start(SuiteOptions());
    RawWebSocket socket(port(), kEngineSocket);
    socket.Text();
    EXPECT_EQ(socket.Text(), "2");
    EXPECT_EQ(socket.ReceiveClose(), 1000);
    EXPECT_TRUE(socket.socket().ReadToEnd());
}

TEST_P(EngineProtocol, Eio14_ThePongsDeadlineIsCheckedWhenARequestComes) {
    SocketIoOptions options;
    options.ping_interval = 50ms;
    options.ping_timeout = 100ms;
    Start(options);
    RawHttp http(port());
    const std::string sid = OpenPolling(http);
    EXPECT_EQ(http.Get(PollTarget(sid)).body, "2");
    const auto deadline = std::chrono::steady_clock::now() + options.ping_timeout;
    // The session's shard is held up until the deadline has passed and the pong lies waiting: its
    // timer gets its turn only after the request.
    std::atomic<bool> held{false};
    std::atomic<bool> release{false};
    Shard& shard = server_->shards()[PlaceOf(sid)->shard.value()];
    shard.PostReserved([&] {
        held = true;
        while (!release)
            std::this_thread::yield();
    });
    ASSERT_TRUE(TestServer::Eventually([&] { return held.load(); }));
    http.Send("POST", PollTarget(sid), {}, "3");
    ASSERT_TRUE(TestServer::Eventually([&] { return std::chrono::steady_clock::now() > deadline; })
    );
    release = true;
    EXPECT_EQ(http.Receive().body, R"({"code":1,"message":"Session ID unknown"})");
}

TEST_P(EngineProtocol, Eio15_TheClientClosesPolling) {
    Start(QuietOptions());
    RawHttp poll(port());
    const std::string sid = OpenPolling(poll);
    SendPoll(poll, sid);
    RawHttp post(port());
    EXPECT_EQ(post.Post(PollTarget(sid), "1").body, "ok");
    const HttpAnswer answer = poll.Receive();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "6");
    EXPECT_TRUE(IsDead(sid));
}

TEST_P(EngineProtocol, Eio16_TheClientClosesAWebSocket) {
    Start(QuietOptions());
    RawWebSocket socket(port(), kEngineSocket);
    socket.Text();
    socket.SendText("1");
    EXPECT_EQ(socket.ReceiveClose(), 1000);
    EXPECT_TRUE(socket.socket().ReadToEnd());
    EXPECT_EQ(server_->Metric("socketio_sessions", "/engine.io/"), 0);
}

TEST_P(EngineProtocol, Eio25_TooLargeMessagesClose) {
    SocketIoOptions options = QuietOptions();
    options.payload_bytes_max = 1'000;
    Start(options);
    RawWebSocket fits(port(), kEngineSocket);
    fits.Text();
    const std::string largest = "4" + std::string(999, 'x');
    fits.SendText(largest);
    EXPECT_EQ(fits.Text(), largest);
    fits.SendText(largest + "x");
    EXPECT_EQ(fits.ReceiveClose(), 1009);

    RawHttp http(port());
    const std::string sid = OpenPolling(http);
    EXPECT_EQ(http.Post(PollTarget(sid), largest).body, "ok");
    RawHttp other(port());
    EXPECT_EQ(other.Post(PollTarget(sid), largest + "x").status, 413);
    EXPECT_TRUE(TestServer::Eventually([&] {
        return server_->Metric("socketio_sessions", "/engine.io/") == 0;
    }));
}

TEST_P(EngineProtocol, Eio25_ATooLargeBodyInChunksEndsItsSession) {
    SocketIoOptions options = QuietOptions();
    options.payload_bytes_max = 1'000;
    Start(options);
    RawHttp http(port());
    const std::string sid = OpenPolling(http);
    const auto post = [&](std::string_view chunks) {
        RawHttp other(port());
        other.socket().Send(
            "POST " + PollTarget(sid) +
            " HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" +
            std::string(chunks)
        );
        return other.Receive().status;
    };
    EXPECT_EQ(post("2\r\n4a\r\n0\r\n\r\n"), 200);
    EXPECT_FALSE(IsDead(sid)) << "and the GET took what was echoed";
    // 1,000 bytes in all are allowed; the second chunk says at once that there will be more.
    EXPECT_EQ(post("3e7\r\n4" + std::string(998, 'x') + "\r\n2\r\n"), 413);
    EXPECT_TRUE(IsDead(sid));
}

// LIM-15
TEST_P(EngineProtocol, TheBodyOfARefusedRequestIsNotWaitedFor) {
    Start(QuietOptions());
    RawHttp http(port());
    const std::string sid = OpenPolling(http);
    std::string gone = sid;
    gone.back() = gone.back() == 'A' ? 'B' : 'A';
    // Most of the body never comes: it is answered by what the head says.
    const auto answer_to = [&](const std::string& target, std::string_view headers) {
        RawHttp other(port());
        other.socket().Send(
            "POST " + target + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(headers) +
            "\r\n4half"
        );
        const HttpAnswer answer = other.Receive();
        EXPECT_TRUE(other.socket().ReadToEnd()) << target;
        return std::to_string(answer.status) + " " + answer.body;
    };
    const std::string length = "Content-Length: 900000\r\n";
    const std::string unknown = R"(400 {"code":1,"message":"Session ID unknown"})";
    EXPECT_EQ(answer_to(PollTarget(gone), length), unknown);
    EXPECT_EQ(answer_to(PollTarget(gone), "Transfer-Encoding: chunked\r\n"), unknown);
    EXPECT_EQ(
        answer_to(PollTarget(sid), length + "Origin: http://evil.example\r\n"),
        R"(403 {"code":4,"message":"Forbidden"})"
    );
    EXPECT_EQ(
        answer_to(std::string(kEnginePoll), length),
        R"(400 {"code":2,"message":"Bad handshake method"})"
    );
    EXPECT_EQ(http.Post(PollTarget(sid), "4whole").body, "ok");
    EXPECT_EQ(http.Get(PollTarget(sid)).body, "4whole");
}

TEST_P(EngineProtocol, Eio26_APollCarriesAtMostSixteenPackets) {
    Start(QuietOptions());
    RawHttp http(port());
    const std::string target = PollTarget(OpenPolling(http));
    std::string body = "4m0";
    for (int i = 1; i < 40; ++i)
        body +=
            "\x1e"
            "4m" +
            std::to_string(i);
    EXPECT_EQ(http.Post(target, body).body, "ok");
    std::string all;
    for (const int expected : {16, 16, 8}) {
        const std::string part = http.Get(target).body;
        EXPECT_EQ(std::count(part.begin(), part.end(), '\x1e') + 1, expected);
        all += (all.empty() ? "" : "\x1e") + part;
    }
    EXPECT_EQ(all, body);
}

TEST_P(EngineProtocol, Eio27_APollCarriesAtMostMaxPayload) {
    SocketIoOptions options = QuietOptions();
    options.payload_bytes_max = 1'000;
    Start(options);
    RawHttp http(port());
    const std::string target = PollTarget(OpenPolling(http));
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(http.Post(target, "4" + std::string(600, 'x')).body, "ok");
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(http.Get(target).body.size(), 601u);
}

// ECH-01
TEST_P(EngineProtocol, Eio28_BinaryOverAWebSocket) {
    Start(QuietOptions());
    RawWebSocket socket(port(), kEngineSocket);
    socket.Text();
    socket.SendBinary(std::string("\x00\x01\xff", 3));
    const WireFrame frame = socket.Receive();
    EXPECT_EQ(frame.opcode, 2);
    EXPECT_EQ(frame.payload, std::string("\x00\x01\xff", 3));
}

TEST_P(EngineProtocol, Eio29_OneWebSocketMessageIsOnePacket) {
    Start(QuietOptions());
    RawWebSocket socket(port(), kEngineSocket);
    socket.Text();
    socket.SendText(
        "4a\x1e"
        "4b"
    );
    EXPECT_EQ(
        socket.Text(),
        "4a\x1e"
        "4b"
    );
}

TEST_P(EngineProtocol, Eio30_AConnectionCutBetweenTwoPollsLosesNothing) {
    Start(QuietOptions());
    std::string sid;
    {
        RawHttp http(port());
        sid = OpenPolling(http);
        EXPECT_EQ(http.Post(PollTarget(sid), "4kept").body, "ok");
    }
    RawHttp again(port());
    EXPECT_EQ(again.Get(PollTarget(sid)).body, "4kept");
}

TEST_P(EngineProtocol, Eio31_OtherWebSocketVersionsAreToldWhichOne) {
    Start(QuietOptions());
    RawHttp http(port());
    const HttpAnswer answer = http.Get(
        kEngineSocket,
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 8\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    );
    EXPECT_EQ(answer.status, 426);
    EXPECT_EQ(answer.headers.at("sec-websocket-version"), "13");
    EXPECT_EQ(server_->Metric("socketio_sessions", "/engine.io/"), 0);
}

TEST_P(EngineProtocol, Eio32_AnothersGatewayIsNamed) {
    Start(QuietOptions());
    RawHttp http(port());
    std::string sid = OpenPolling(http);
    sid[0] = 'z';
    const HttpAnswer answer = http.Get(PollTarget(sid));
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(
        answer.body,
        R"({"code":1,"message":"Session ID unknown: it belongs to gateway 'z', this is 'a'"})"
    );
    EXPECT_EQ(Refused("other gateway"), 1);
    EXPECT_EQ(Refused("unknown session"), 0);
}

TEST_P(EngineProtocol, Eio33_ForeignPagesAreRefused) {
    Start(QuietOptions());
    RawHttp http(port());
    const HttpAnswer refused = http.Get(kEnginePoll, "Origin: http://evil.example\r\n");
    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(refused.body, R"({"code":4,"message":"Forbidden"})");
    EXPECT_EQ(refused.headers.count("access-control-allow-origin"), 0u);
    EXPECT_EQ(RawWebSocket(port(), kEngineSocket, "Origin: http://evil.example\r\n").status(), 403);
    const HttpAnswer same = http.Get(kEnginePoll, "Origin: http://localhost\r\n");
    EXPECT_EQ(same.status, 200);
    EXPECT_EQ(same.headers.at("access-control-allow-origin"), "http://localhost");
    EXPECT_EQ(
        http.Request("OPTIONS", kEnginePoll, "Origin: http://evil.example\r\n", {}).status, 403
    );
    EXPECT_EQ(http.Request("OPTIONS", kEnginePoll, "Origin: http://localhost\r\n", {}).status, 204);
    EXPECT_EQ(Refused("forbidden origin"), 3);
}

TEST_P(EngineProtocol, Eio33_PagesThatAreListedAreLetInWithCredentials) {
    SocketIoOptions options = QuietOptions();
    options.origins = {"https://shop.example"};
    Start(options);
    constexpr std::string_view kListed = "Origin: https://shop.example\r\n";
    constexpr std::string_view kForeign = "Origin: https://shop.example.evil\r\n";
    const auto expect_credentials = [](const HttpAnswer& answer) {
        EXPECT_EQ(answer.headers.at("access-control-allow-origin"), "https://shop.example");
        EXPECT_EQ(answer.headers.at("access-control-allow-credentials"), "true");
        EXPECT_EQ(answer.headers.at("vary"), "Origin");
    };
    RawHttp http(port());
    const HttpAnswer opened = http.Get(kEnginePoll, kListed);
    EXPECT_EQ(opened.status, 200);
    expect_credentials(opened);
    const std::string target = PollTarget(SidIn(opened.body));
    expect_credentials(http.Post(target, "4hello", kListed));
    const HttpAnswer echoed = http.Get(target, kListed);
    EXPECT_EQ(echoed.body, "4hello");
    expect_credentials(echoed);
    expect_credentials(http.Post(target, "garbage", kListed));  // pages may read why, too
    const HttpAnswer preflight = http.Request(
        "OPTIONS",
        kEnginePoll,
        std::string(kListed) +
            "Access-Control-Request-Method: POST\r\n"
            "Access-Control-Request-Headers: content-type, x-trace\r\n",
        {}
    );
    EXPECT_EQ(preflight.status, 204);
    expect_credentials(preflight);
    EXPECT_EQ(preflight.headers.at("access-control-allow-methods"), "GET, POST, OPTIONS");
    EXPECT_EQ(preflight.headers.at("access-control-allow-headers"), "content-type, x-trace");
    EXPECT_EQ(RawWebSocket(port(), kEngineSocket, kListed).status(), 101);
    EXPECT_EQ(http.Get(kEnginePoll, "Origin: http://localhost\r\n").status, 200);

    EXPECT_EQ(http.Get(kEnginePoll, kForeign).status, 403);
    EXPECT_EQ(http.Request("OPTIONS", kEnginePoll, kForeign, {}).status, 403);
    EXPECT_EQ(RawWebSocket(port(), kEngineSocket, kForeign).status(), 403);
    EXPECT_EQ(Refused("forbidden origin"), 3);
}

TEST_P(EngineProtocol, Eio34_WebSocketPingsAreAnswered) {
    Start(QuietOptions());
    RawWebSocket socket(port(), kEngineSocket);
    socket.Text();
    socket.SendFrame(9, "are you there");
    const WireFrame frame = socket.Receive();
    EXPECT_EQ(frame.opcode, 10);
    EXPECT_EQ(frame.payload, "are you there");
}

TEST_P(EngineProtocol, Eio35_ACloseFrameIsEchoed) {
    Start(QuietOptions());
    RawWebSocket socket(port(), kEngineSocket);
    socket.Text();
    socket.SendFrame(8, std::string("\x0f\xa5", 2) + "bye");
    const WireFrame frame = socket.Receive();
    EXPECT_EQ(frame.close_code(), 4005);
    EXPECT_TRUE(socket.socket().ReadToEnd());
    EXPECT_TRUE(TestServer::Eventually([&] {
        return server_->Metric("socketio_sessions", "/engine.io/") == 0;
    }));
}

// ECH-05
TEST_P(EngineProtocol, Eio36_ThePlainEchoTakesLargeMessages) {
    Start(QuietOptions());
    RawWebSocket socket(port(), "/anything");
    ASSERT_EQ(socket.status(), 101);
    const std::string large(3'000'000, 'x');
    socket.SendBinary(large);
    EXPECT_EQ(socket.Receive().payload, large);
    socket.SendText("text");
    EXPECT_EQ(socket.Text(), "text");
}

TEST_P(EngineProtocol, Eio37_PollingCanBeSwitchedOff) {
    SocketIoOptions options = QuietOptions();
    options.polling = false;
    Start(options);
    RawHttp http(port());
    EXPECT_EQ(http.Get(kEnginePoll).status, 400);
    EXPECT_EQ(RawWebSocket(port(), kEngineSocket).status(), 101);
}

}  // namespace
}  // namespace flux::socketio::testing
