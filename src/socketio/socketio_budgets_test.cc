// Budgets of a client address and of all addresses together: messages, bytes, handshakes.
#include "net/deflater.h"
#include "socketio/base64.h"
#include "socketio/server_fixture.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace flux::socketio::testing {
namespace {

constexpr std::string_view kFirst = "X-Forwarded-For: 203.0.113.7\r\n";
constexpr std::string_view kSecond = "X-Forwarded-For: 203.0.113.8\r\n";
constexpr int kPing = 9;
constexpr int kClose = 8;

/// So little is earned during a test that only the burst counts, however busy the machine.
SocketIoOptions Bytes(std::size_t burst) {
    SocketIoOptions options;
    options.bytes_per_second = 1;
    options.bytes_burst = burst;
    return options;
}

/// On one, two and three shards; clients name their address themselves.
class Budgets : public ::testing::TestWithParam<std::size_t> {
protected:
    void Start(const SocketIoOptions& socketio) {
        TestServer::Options options;
        options.shards = GetParam();
        options.socketio = socketio;
        options.trusted_proxies = {"127.0.0.0/8"};
        server_ = std::make_unique<TestServer>(options);
    }
    std::uint16_t port() const { return server_->port(); }

    std::unique_ptr<RawWebSocket> Open(std::string_view headers) {
        auto client = std::make_unique<RawWebSocket>(port(), kEngineSocket, headers);
        EXPECT_EQ(client->status(), 101);
        EXPECT_EQ(client->Text().substr(0, 1), "0");
        return client;
    }

    double Over(const std::string& what) const {
        return server_->Metric("socketio_over_budget_total", "what=\"" + what + '"');
    }
    double ClosedAsLimit() const {
        return server_->Metric("socketio_closed_total", "reason=\"limit\"");
    }

    std::unique_ptr<TestServer> server_;
};
INSTANTIATE_TEST_SUITE_P(Shards, Budgets, ::testing::Values(1, 2, 3));

bool Echoes(RawWebSocket& client, std::size_t bytes) {
    const std::string message = '4' + std::string(bytes, 'x');
    client.SendText(message);
    return client.Text() == message;
}

/// Whether a message of so many bytes is answered by the close frame of a limit.
bool IsClosedBy(RawWebSocket& client, std::size_t bytes) {
    client.SendText('4' + std::string(bytes, 'x'));
    return client.ReceiveClose() == 4003;
}

/// Calls `take` until it says false. What was earned meanwhile, one a second, is no mistake.
void ExpectTakes(int burst, const std::function<bool()>& take) {
    const auto began = std::chrono::steady_clock::now();
    int taken = 0;
    while (take())
        ++taken;
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - began;
    EXPECT_GE(taken, burst);
    EXPECT_LE(taken, burst + passed.count() + 1);
}

// --- bytes of an address ---

TEST_P(Budgets, Lim17_BytesOverWebSocket) {
    Start(Bytes(10'000));
    const auto client = Open(kFirst);
    const auto neighbour = Open(kFirst);
    const auto other = Open(kSecond);
    for (int i = 0; i < 4; ++i)
        EXPECT_TRUE(Echoes(*client, 1'000)) << i;
    EXPECT_TRUE(Echoes(*neighbour, 3'000));
    client->SendBinary(std::string(3'000, '\x01'));
    EXPECT_EQ(client->Receive().payload.size(), 3'000);
    EXPECT_TRUE(IsClosedBy(*client, 1'000));
    EXPECT_TRUE(IsClosedBy(*neighbour, 1'000));
    EXPECT_TRUE(Echoes(*other, 1'000));
    const auto loopback = Open({});
    EXPECT_TRUE(Echoes(*loopback, 20'000));
    EXPECT_EQ(Over("bytes"), 2);
    EXPECT_EQ(Over("messages"), 0);
    EXPECT_EQ(ClosedAsLimit(), 2);
}

TEST_P(Budgets, Lim17_BytesOverPollingAreThoseOfThePackets) {
    Start(Bytes(1'400));
    RawHttp http(port());
    const std::string sid = SidIn(http.Get(kEnginePoll, kFirst).body);
    const std::string target = std::string(kEnginePoll) + "&sid=" + sid;
    std::string body = '4' + std::string(400, 'x') + "\x1e" + 'b';
    AppendBase64(body, std::string(300, '\x01'));
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(http.Post(target, body, kFirst).body, "ok");
        EXPECT_EQ(http.Get(target, kFirst).body, body);
    }
    RawHttp poll(port());
    poll.Send("GET", target, kFirst, {});
    EXPECT_EQ(http.Post(target, body, kFirst).status, 200);
    const HttpAnswer answer = poll.Receive();
    EXPECT_EQ(answer.status, 400);
    EXPECT_NE(answer.body.find("Session "), std::string::npos);
    EXPECT_EQ(http.Get(target, kFirst).status, 400);
    EXPECT_EQ(Over("bytes"), 1);
    EXPECT_EQ(ClosedAsLimit(), 1);
}

TEST_P(Budgets, Lim17_AttachmentsAreCounted) {
    std::string event = R"(510-["message")";
    for (int i = 0; i < 10; ++i)
        event += R"(,{"_placeholder":true,"num":)" + std::to_string(i) + '}';
    event += ']';
    const std::string connect = "0";
    Start(Bytes(connect.size() + event.size() + 10 * 1'000));
    const auto client = Joined(port(), "/", kFirst);
    EXPECT_EQ(client->Text(), R"(42["auth",{}])");
    client->SendText('4' + event);
    for (int i = 0; i < 10; ++i)
        client->SendBinary(std::string(1'000, '\x01'));
    EXPECT_EQ(client->Text().substr(0, 20), R"(4510-["message-back")");
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(client->Receive().payload.size(), 1'000);
    client->SendText(R"(42["x",")" + std::string(1'000, 'x') + R"("])");
    EXPECT_EQ(client->ReceiveClose(), 4003);
    EXPECT_EQ(Over("bytes"), 1);
}

TEST_P(Budgets, Lim17_CompressedMessagesSpendTheirFullSize) {
    SocketIoOptions options = Bytes(250'000);
    options.compression = Compression::kAll;
    Start(options);
    const std::string message = '4' + std::string(200'000, 'x');
    net::Deflater deflater;
    const std::string small(deflater.Deflate(message));
    EXPECT_LT(small.size(), 1'000);
    const auto client =
        Open(std::string(kFirst) + "Sec-WebSocket-Extensions: permessage-deflate\r\n");
    client->SendDeflated(small);
    EXPECT_EQ(client->Text(), message);
    client->SendDeflated(small);
    EXPECT_EQ(client->ReceiveClose(), 4003);
    EXPECT_EQ(Over("bytes"), 1);
}

TEST_P(Budgets, Lim17_PingsSpendTheirContent) {
    Start(Bytes(1'000));
    const std::string content(100, 'x');
    const auto client = Open(kFirst);
    for (int i = 0; i < 10; ++i) {
        client->SendFrame(kPing, content);
        EXPECT_EQ(client->Receive().payload, content);
    }
    client->SendFrame(kPing, content);
    EXPECT_EQ(client->ReceiveClose(), 4003);
}

TEST_P(Budgets, Lim17_PingsOfAWebSocketThatProbesAreCounted) {
    Start(Bytes(1'000));
    RawHttp http(port());
    const std::string sid = "&sid=" + SidIn(http.Get(kEnginePoll, kFirst).body);
    RawWebSocket probe(port(), std::string(kEngineSocket) + sid, kFirst);
    for (int i = 0; i < 11; ++i)
        probe.SendFrame(kPing, std::string(100, 'x'));
    EXPECT_EQ(probe.ReceiveClose(), 4003);
    EXPECT_EQ(http.Get(std::string(kEnginePoll) + sid, kFirst).status, 400);
    EXPECT_EQ(Over("bytes"), 1);
}

TEST(BudgetDefaults, Lim17_TenAttachmentsOfAMegabyteAreNotTooMuch) {
    std::atomic<int> events{0};
    Script script;
    script.on_event = [&](Socket&, const Event& event) {
        events += static_cast<int>(event.attachments.size());
    };
    SocketIoOptions options;
    options.limit_loopback = true;
    TestServer server(With(1, script, options));
    const auto client = Joined(server.port());
    for (int i = 0; i < 2; ++i) {
        client->SendText(R"(4510-["x"])");
        for (int k = 0; k < 10; ++k)
            client->SendBinary(std::string(options.payload_bytes_max, '\x01'));
    }
    EXPECT_TRUE(TestServer::Eventually([&] { return events == 20; }));
    EXPECT_EQ(server.Metric("socketio_closed_total"), 0);
}

// --- all addresses together ---

TEST_P(Budgets, Lim18_HandshakesOfAllAddresses) {
    SocketIoOptions options;
    options.total_handshakes_per_second = 1;
    options.total_handshakes_burst = 8;
    Start(options);
    int tries = 0;
    HttpAnswer refused;
    ExpectTakes(8, [&] {
        ++tries;
        const std::string_view client = tries % 2 == 0 ? kFirst : kSecond;
        if (tries % 4 == 0) return RawWebSocket(port(), kEngineSocket, client).status() == 101;
        refused = RawHttp(port()).Get(kEnginePoll, client);
        return refused.status == 200;
    });
    // The address is under its own budget; which transport was refused does not matter.
    EXPECT_EQ(server_->Metric("socketio_refused_total", "\"handshake budget of all\""), 1);
    EXPECT_EQ(server_->Metric("socketio_refused_total", "\"handshake budget\""), 0);
    EXPECT_TRUE(TestServer::Eventually([&] {
        refused = RawHttp(port()).Get(kEnginePoll, kFirst);
        return refused.status == 503;
    }));
    EXPECT_EQ(refused.headers["retry-after"], "1");
    EXPECT_EQ(
        refused.body, R"({"code":3,"message":"Too many connections at once, come again later"})"
    );
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(RawHttp(port()).Get(kEnginePoll).status, 200);  // loopback
}

TEST_P(Budgets, Lim19_MessagesOfAllAddresses) {
    SocketIoOptions options;
    options.total_messages_per_second = 1;
    options.total_messages_burst = 10;
    Start(options);
    const std::vector<std::unique_ptr<RawWebSocket>> clients = [&] {
        std::vector<std::unique_ptr<RawWebSocket>> opened;
        for (const std::string_view address : {kFirst, kSecond, kFirst})
            opened.push_back(Open(address));
        return opened;
    }();
    std::size_t turn = 0;
    int code = 0;
    ExpectTakes(10, [&] {
        RawWebSocket& client = *clients[turn++ % clients.size()];
        client.SendText("4x");
        const WireFrame frame = client.Receive();
        if (frame.opcode == kClose) code = frame.close_code();
        return frame.payload == "4x";
    });
    EXPECT_EQ(code, 4003);
    EXPECT_EQ(Over("total messages"), 1);
    EXPECT_EQ(Over("messages"), 0);
    EXPECT_EQ(ClosedAsLimit(), 1);
    const auto loopback = Open({});
    for (int i = 0; i < 20; ++i)
        EXPECT_TRUE(Echoes(*loopback, 1));
}

TEST_P(Budgets, Lim20_BytesOfAllAddresses) {
    SocketIoOptions options;
    options.total_bytes_per_second = 1;
    options.total_bytes_burst = 10'000;
    Start(options);
    const auto first = Open(kFirst);
    const auto second = Open(kSecond);
    for (int i = 0; i < 5; ++i) {
        EXPECT_TRUE(Echoes(*first, 1'000)) << i;
        EXPECT_TRUE(Echoes(*second, 1'000)) << i;
    }
    EXPECT_TRUE(IsClosedBy(*first, 1'000));
    EXPECT_TRUE(IsClosedBy(*second, 1'000));
    EXPECT_TRUE(Echoes(*Open({}), 20'000));  // loopback
    EXPECT_EQ(Over("total bytes"), 2);
    EXPECT_EQ(Over("bytes"), 0);
    EXPECT_EQ(ClosedAsLimit(), 2);
}

TEST_P(Budgets, Lim21_WhatAnAddressIsRefusedIsNotTakenFromTheOthers) {
    SocketIoOptions options = Bytes(2'000);
    options.total_bytes_per_second = 1;
    options.total_bytes_burst = 4'000;
    Start(options);
    const auto first = Open(kFirst);
    EXPECT_TRUE(Echoes(*first, 2'000));
    EXPECT_TRUE(IsClosedBy(*first, 1'000));
    for (int i = 0; i < 5; ++i)
        EXPECT_TRUE(IsClosedBy(*Open(kFirst), 1'000));
    EXPECT_TRUE(Echoes(*Open(kSecond), 2'000));
    EXPECT_EQ(Over("bytes"), 6);
    EXPECT_EQ(Over("total bytes"), 0);
}

TEST(BudgetTime, Lim22_WhatWasSpentComesBack) {
    SocketIoOptions options;
    options.handshakes_per_second = 1;
    options.handshakes_burst = 1;
    options.total_handshakes_per_second = 1;
    options.total_handshakes_burst = 1;
    options.limit_loopback = true;
    TestServer server({.socketio = options});
    RawHttp http(server.port());
    for (int round = 0; round < 2; ++round) {
        for (const int status : {200, 503}) {
            EXPECT_TRUE(TestServer::Eventually([&] {
                return http.Get(kEnginePoll).status == status;
            }));
        }
    }
}

TEST_P(Budgets, Lim23_ZeroMeansNone) {
    SocketIoOptions options;
    options.handshakes_per_second = 0;
    options.handshakes_burst = 1;
    options.messages_per_second = 0;
    options.messages_burst = 1;
    options.bytes_per_second = 0;
    options.bytes_burst = 1;
    options.total_handshakes_per_second = 0;
    options.total_handshakes_burst = 1;
    options.total_messages_burst = 1;
    options.total_bytes_burst = 1;
    options.limit_loopback = true;
    Start(options);
    RawHttp http(port());
    for (int i = 0; i < 200; ++i)
        EXPECT_EQ(http.Get(kEnginePoll, kFirst).status, 200);
    const auto client = Open(kFirst);
    for (int i = 0; i < 200; ++i)
        EXPECT_TRUE(Echoes(*client, 1'000));
    EXPECT_EQ(ClosedAsLimit(), 0);
}

}  // namespace
}  // namespace flux::socketio::testing
