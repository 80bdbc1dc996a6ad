// What one client address, one session and one process may ask for at most.
#include "socketio/server_fixture.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace flux::socketio::testing {
namespace {

TEST(SocketIoLimits, Lim01_HandshakesPerAddress) {
    Script script = JoinR();
    SocketIoOptions socketio;
    socketio.handshakes_per_second = 1;
    socketio.handshakes_burst = 3;
    TestServer::Options options = With(2, script, socketio);
    options.trusted_proxies = {"127.0.0.0/8"};
    TestServer server(std::move(options));
    RawHttp http(server.port());
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(http.Get(kPoll, "X-Forwarded-For: 203.0.113.7\r\n").status, 200);
    EXPECT_EQ(http.Get(kPoll, "X-Forwarded-For: 203.0.113.7\r\n").status, 503);
    EXPECT_EQ(
        RawWebSocket(server.port(), kSocket, "X-Forwarded-For: 203.0.113.7\r\n").status(), 503
    );
    EXPECT_EQ(http.Get(kPoll, "X-Forwarded-For: 203.0.113.8\r\n").status, 200);
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(http.Get(kPoll).status, 200);  // loopback
    EXPECT_EQ(server.Metric("socketio_refused_total", "handshake budget"), 2);
}

// RSN-04
TEST(SocketIoLimits, Lim02_MessagesPerAddress) {
    Script script = JoinR();
    SocketIoOptions socketio;
    socketio.messages_per_second = 1;
    socketio.messages_burst = 5;
    socketio.limit_loopback = true;
    TestServer server(With(1, script, socketio));
    auto client = Joined(server.port());
    for (int i = 0; i < 5; ++i)
        client->SendText("42[\"x\"]");
    EXPECT_EQ(client->ReceiveClose(), 4003);
    RawHttp http(server.port());
    const std::string target = std::string(kPoll) + "&sid=" + SidIn(http.Get(kPoll).body);
    http.Post(target, "40");
    EXPECT_EQ(http.Get(target).status, 400);
    EXPECT_EQ(server.Metric("socketio_closed_total", "limit"), 2);
    EXPECT_EQ(server.Metric("socketio_over_budget_total", "what=\"messages\""), 2);
}

TEST(SocketIoLimits, Lim03_SessionsOfTheProcess) {
    Script script = JoinR();
    SocketIoOptions socketio;
    socketio.sessions_max = 2;
    TestServer server(With(2, script, socketio));
    RawHttp http(server.port());
    auto client = Joined(server.port());
    EXPECT_EQ(http.Get(kPoll).status, 200);
    EXPECT_EQ(http.Get(kPoll).status, 503);
    EXPECT_EQ(server.Metric("socketio_refused_total", "reason=\"sessions max\""), 1);
    client->SendText("1");
    client->ReceiveClose();
    EXPECT_TRUE(TestServer::Eventually([&] { return http.Get(kPoll).status == 200; }));
}

TEST(SocketIoLimits, Lim04_RoomsPerSocket) {
    std::atomic<int> refused{0};
    Script script;
    script.on_connect = [&](Socket& socket, std::string_view) -> Result<void> {
        for (std::size_t i = 0; i <= limits::kRoomsPerSocketMax; ++i) {
            const Result<void> joined = socket.Join("room" + std::to_string(i));
            if (!joined) refused += joined.error().code == ErrorCode::kFull ? 1 : 100;
        }
        return {};
    };
    TestServer server(With(1, script));
    Joined(server.port());
    EXPECT_EQ(refused, 1);
    EXPECT_EQ(server.Metric("socketio_joins_refused_total"), 1);
}

TEST(SocketIoLimits, Lim05_SessionsPerAddress) {
    Script script = JoinR();
    SocketIoOptions socketio;
    socketio.sessions_per_address_max = 2;
    TestServer::Options options = With(2, script, socketio);
    options.trusted_proxies = {"127.0.0.0/8"};
    TestServer server(std::move(options));
    RawHttp http(server.port());
    auto client = Joined(server.port());
    EXPECT_EQ(http.Get(kPoll).status, 200);
    EXPECT_EQ(http.Get(kPoll).status, 503);
    EXPECT_EQ(RawWebSocket(server.port(), kSocket).status(), 503);
    EXPECT_EQ(http.Get(kPoll, "X-Forwarded-For: 203.0.113.7\r\n").status, 200);
    // A failed WebSocket handshake counts for nothing.
    EXPECT_EQ(
        http.Get(
                kSocket,
                "Upgrade: websocket\r\nSec-WebSocket-Version: 8\r\n"
                "X-Forwarded-For: 203.0.113.7\r\n"
        )
            .status,
        426
    );
    EXPECT_EQ(
        RawWebSocket(server.port(), kSocket, "X-Forwarded-For: 203.0.113.7\r\n").status(), 101
    );
    client->SendText("1");
    client->ReceiveClose();
    EXPECT_TRUE(TestServer::Eventually([&] {
        return RawHttp(server.port()).Get(kPoll).status == 200;
    }));
    EXPECT_GE(server.Metric("socketio_refused_total", "address sessions max"), 2);
}

TEST(SocketIoLimits, Lim06_EveryPacketCountsNotOnlyMessages) {
    Script script = JoinR();
    SocketIoOptions socketio;
    socketio.messages_per_second = 1;
    socketio.messages_burst = 5;
    socketio.limit_loopback = true;
    TestServer server(With(1, script, socketio));
    auto pongs = Joined(server.port());
    for (int i = 0; i < 5; ++i)
        pongs->SendText("3");
    EXPECT_EQ(pongs->ReceiveClose(), 4003);
}

TEST(SocketIoLimits, Lim07_AddressesOfOneIpv6NetworkAreOne) {
    Script script = JoinR();
    SocketIoOptions socketio;
    socketio.sessions_per_address_max = 2;
    TestServer::Options options = With(2, script, socketio);
    options.trusted_proxies = {"127.0.0.0/8"};
    TestServer server(std::move(options));
    RawHttp http(server.port());
    const auto from = [&](const std::string& address) {
        return http.Get(kPoll, "X-Forwarded-For: " + address + "\r\n").status;
    };
    EXPECT_EQ(from("2001:db8:1:2::1"), 200);
    EXPECT_EQ(from("2001:db8:1:2:ffff::2"), 200);
    EXPECT_EQ(from("2001:db8:1:2:3::3"), 503);
    EXPECT_EQ(from("2001:db8:1:3::1"), 200);
}

}  // namespace
}  // namespace flux::socketio::testing
