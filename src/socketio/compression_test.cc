// permessage-deflate: who gets what compressed, how often it is compressed, and what may come.
#include "base/assert.h"
#include "net/deflater.h"
#include "socketio/server_fixture.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>
#include <zlib.h>

namespace flux::socketio::testing {
namespace {

constexpr std::string_view kOffer = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
constexpr std::string_view kAnswer =
    "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
    "client_no_context_takeover\r\n";

SocketIoOptions Compressing() {
    SocketIoOptions options;
    options.compression = Compression::kAll;
    return options;
}

/// A JSON string of so many bytes, quotes included.
std::string Json(std::size_t bytes) {
    return '"' + std::string(bytes - 2, 'x') + '"';
}

Delivery ToR(std::string_view payload) {
    Delivery delivery;
    delivery.room = "r";
    delivery.frame = EncodeEnvelope("/", "news", {}, payload, {});
    return delivery;
}

std::string News(std::string_view payload) {
    return R"(42["news",)" + std::string(payload) + "]";
}

std::string Deflated(std::string_view message) {
    return std::string(net::Deflater().Deflate(message));
}

/// What a client makes of a compressed message that keeps no more than its window: a byte at a
/// time, so that nothing but the window holds what the message refers back to.
std::string InflatedWithin(int window_bits, const std::string& wire) {
    std::string input = wire + std::string("\x00\x00\xff\xff", 4);
    z_stream stream{};
    FLUX_ASSERT(::inflateInit2(&stream, -window_bits) == Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    std::string message;
    for (;;) {
        Bytef byte = 0;
        stream.next_out = &byte;
        stream.avail_out = 1;
        const int outcome = ::inflate(&stream, Z_SYNC_FLUSH);
        if (stream.avail_out != 0) break;
        message += static_cast<char>(byte);
        if (outcome != Z_OK) break;
    }
    const std::string fault = stream.msg == nullptr ? "" : stream.msg;
    ::inflateEnd(&stream);
    return fault.empty() ? message : fault;
}

/// A JSON string that repeats what it said so many bytes before.
std::string Repeating(std::size_t bytes, std::size_t distance) {
    std::string text = "\"";
    for (std::size_t i = 0; i < bytes - 2; ++i)
        text += static_cast<char>('a' + (i % distance * 7919 / 13) % 26);
    return text + '"';
}

TEST(Compression, Cmp01_IsAgreedWhereItIsOnAndOffered) {
    Script script = JoinR();
    SocketIoOptions without;
    without.compression = Compression::kOff;
    TestServer off(With(1, script, without));
    EXPECT_EQ(
        RawWebSocket(off.port(), kSocket, kOffer).head().find("xtensions"), std::string::npos
    );
    TestServer on(With(1, script, Compressing()));
    EXPECT_NE(RawWebSocket(on.port(), kSocket, kOffer).head().find(kAnswer), std::string::npos);
    EXPECT_EQ(RawWebSocket(on.port(), kSocket).head().find("xtensions"), std::string::npos);
}

class Compressions : public ::testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Shards, Compressions, ::testing::Values(1, 2, 4));

TEST_P(Compressions, Cmp03_OneForAllReceiversOnAllShards) {
    Script script = JoinR();
    TestServer server(With(GetParam(), script, Compressing()));
    std::vector<std::unique_ptr<RawWebSocket>> clients;
    for (int i = 0; i < 12; ++i)
        clients.push_back(Joined(server.port(), "/", i % 3 == 0 ? "" : kOffer));
    RawHttp http(server.port());
    const std::string target = std::string(kPoll) + "&sid=" + SidIn(http.Get(kPoll).body);
    http.Post(target, "40");
    http.Get(target);  // the CONNECT reply
    constexpr std::size_t kMessages = 20;
    for (std::size_t i = 0; i < kMessages; ++i)
        server.socketio().Broadcast(ToR(Json(2'000 + i)));
    for (std::size_t c = 0; c < clients.size(); ++c) {
        for (std::size_t i = 0; i < kMessages; ++i) {
            const WireFrame frame = clients[c]->Receive();
            ASSERT_EQ(frame.payload, News(Json(2'000 + i))) << c;
            EXPECT_EQ(frame.deflated, c % 3 != 0) << c;
        }
    }
    EXPECT_EQ(http.Get(target).body.substr(0, 2'000), News(Json(2'000)).substr(0, 2'000));
    EXPECT_EQ(server.Metric("socketio_frames_compressed_total"), kMessages);
    EXPECT_GT(server.Metric("socketio_compression_bytes_total", "before"), 40'000);
    EXPECT_LT(server.Metric("socketio_compression_bytes_total", "after"), 2'000);
}

TEST(Compression, Cmp03_NoneWhereNobodyTakesIt) {
    Script script = JoinR();
    TestServer server(With(1, script, Compressing()));
    const auto client = Joined(server.port());
    server.socketio().Broadcast(ToR(Json(5'000)));
    EXPECT_EQ(client->Text(), News(Json(5'000)));
    EXPECT_EQ(server.Metric("socketio_frames_compressed_total"), 0);
}

TEST(Compression, Cmp07_UnlessAskedForAllOnlyWhatSeveralGet) {
    Script script = JoinR();
    SharedFrame newest;  // of shard 0, the only one
    script.on_delivery = [&newest](const Delivery& delivery) { newest = delivery.frame; };
    script.on_connected = [&newest](Socket& socket) {
        if (!newest.empty()) socket.Send(newest, DeliveryPolicy::kEvery, 0);
    };
    TestServer server(With(1, script));
    std::vector<std::unique_ptr<RawWebSocket>> clients;
    for (std::size_t i = 1; i < limits::kCompressionReceiversMin; ++i)
        clients.push_back(Joined(server.port(), "/", kOffer));
    const auto broadcast_and_read = [&] {
        server.socketio().Broadcast(ToR(Json(2'000)));
        bool deflated = true;
        for (const auto& client : clients)
            deflated = client->Receive().deflated && deflated;
        return deflated;
    };
    EXPECT_FALSE(broadcast_and_read()) << "for seven";
    const auto newcomer = Joined(server.port(), "/", kOffer);
    EXPECT_FALSE(newcomer->Receive().deflated) << "for one, and nobody compressed it before";
    clients.push_back(Joined(server.port(), "/", kOffer));
    EXPECT_FALSE(clients.back()->Receive().deflated);
    EXPECT_EQ(server.Metric("socketio_frames_compressed_total"), 0);
    EXPECT_TRUE(broadcast_and_read()) << "for nine";
    const auto latecomer = Joined(server.port(), "/", kOffer);
    EXPECT_TRUE(latecomer->Receive().deflated) << "for one, but compressed for others before";
    EXPECT_EQ(server.Metric("socketio_frames_compressed_total"), 1);
    server.On(ShardId(0), [&newest] { newest = SharedFrame(); });
}

TEST(Compression, Cmp05_ShortMessagesStayAsTheyAre) {
    Script script = JoinR();
    SocketIoOptions options = Compressing();
    options.compression_bytes_min = 500;
    TestServer server(With(1, script, options));
    const auto client = Joined(server.port(), "/", kOffer);
    const std::size_t around = News("").size();
    for (const std::size_t bytes : {499u, 500u}) {
        server.socketio().Broadcast(ToR(Json(bytes - around)));
        const WireFrame frame = client->Receive();
        EXPECT_EQ(frame.payload.size(), bytes);
        EXPECT_EQ(frame.deflated, bytes == 500) << bytes;
    }
}

TEST(Compression, Cmp02_ASmallWindowTakesWhatFitsIntoIt) {
    Script script = JoinR();
    SocketIoOptions options = Compressing();
    options.compression_bytes_min = 100;
    TestServer server(With(1, script, options));
    const auto client = Joined(
        server.port(),
        "/",
        "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=9\r\n"
    );
    EXPECT_NE(client->head().find("; server_max_window_bits=9\r\n"), std::string::npos);
    for (const std::size_t bytes : {400u, 600u}) {
        const std::string json = Repeating(bytes, bytes / 2);
        server.socketio().Broadcast(ToR(json));
        const WireFrame frame = client->Receive();
        EXPECT_EQ(frame.payload, News(json));
        EXPECT_EQ(frame.deflated, bytes == 400) << bytes;
        if (frame.deflated) {
            EXPECT_EQ(InflatedWithin(9, frame.wire), News(json));
        }
    }
}

// ECH-05
TEST(Compression, Cmp02_TheEchoRefersNoFurtherBackThanTheWindow) {
    TestServer server({});
    for (const int bits : {9, 10, 15}) {
        RawWebSocket client(
            server.port(),
            "/plain",
            "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=" +
                std::to_string(bits) + "\r\n"
        );
        const std::string text = Repeating(6'000, 700);
        client.SendText(text);
        const WireFrame frame = client.Receive();
        ASSERT_TRUE(frame.deflated);
        EXPECT_EQ(InflatedWithin(bits, frame.wire), text) << bits;
    }
}

TEST(Compression, Cmp03_WhatASessionOwnsIsCompressedToo) {
    TestServer server({.socketio = Compressing()});
    const auto client = Joined(server.port(), "/", kOffer);
    EXPECT_EQ(client->Text(), R"(42["auth",{}])");
    const std::string binary(3'000, '\x01');
    client->SendText(R"(451-["message",)" + Json(2'000) + R"(,{"_placeholder":true,"num":0}])");
    client->SendBinary(binary);
    const WireFrame text = client->Receive();
    EXPECT_TRUE(text.deflated);
    EXPECT_EQ(
        text.payload, R"(451-["message-back",)" + Json(2'000) + R"(,{"_placeholder":true,"num":0}])"
    );
    const WireFrame attachment = client->Receive();
    EXPECT_TRUE(attachment.deflated);
    EXPECT_EQ(attachment.opcode, 2);
    EXPECT_EQ(attachment.payload, binary);
    client->SendText(R"(421["message-with-ack",)" + Json(2'000) + "]");
    const WireFrame ack = client->Receive();
    EXPECT_TRUE(ack.deflated);
    EXPECT_EQ(ack.payload, "431[" + Json(2'000) + "]");
}

TEST(Compression, Cmp03_AnUpgradedSessionIsCompressedFromThenOn) {
    Script script = JoinR();
    TestServer server(With(2, script, Compressing()));
    RawHttp http(server.port());
    const std::string sid = SidIn(http.Get(kPoll).body);
    const std::string target = std::string(kPoll) + "&sid=" + sid;
    http.Post(target, "40");
    http.Get(target);  // the CONNECT reply
    RawWebSocket probe(server.port(), std::string(kSocket) + "&sid=" + sid, kOffer);
    probe.SendText("2probe");
    EXPECT_EQ(probe.Text(), "3probe");
    EXPECT_EQ(http.Get(target).body, "6");
    server.socketio().Broadcast(ToR(Json(2'000)));  // waits in the outbox, in the clear
    ASSERT_TRUE(TestServer::Eventually([&] {
        return server.Metric("socketio_deliveries_total") == 1;
    }));
    probe.SendText("5");
    const WireFrame before = probe.Receive();
    EXPECT_FALSE(before.deflated);
    EXPECT_EQ(before.payload, News(Json(2'000)));
    server.socketio().Broadcast(ToR(Json(2'001)));
    const WireFrame after = probe.Receive();
    EXPECT_TRUE(after.deflated);
    EXPECT_EQ(after.payload, News(Json(2'001)));
}

TEST(Compression, Cmp04_CompressedEventsAreRead) {
    TestServer server({.socketio = Compressing()});
    const auto client = Joined(server.port(), "/", kOffer);
    client->Text();  // auth
    client->SendDeflated(Deflated(R"(42["message",)" + Json(200'000) + "]"));
    EXPECT_EQ(client->Text(), R"(42["message-back",)" + Json(200'000) + "]");
}

TEST(Compression, Cmp04_BoundsHoldForWhatWasCompressed) {
    TestServer server({.socketio = Compressing()});
    const auto bomb = Joined(server.port(), "/", kOffer);
    bomb->SendDeflated(Deflated("42[\"message\"," + Json(50'000'000) + "]"));
    EXPECT_EQ(bomb->ReceiveClose(), 1009);
    const auto garbage = Joined(server.port(), "/", kOffer);
    garbage->SendDeflated("\xff\xff\xff");
    EXPECT_EQ(garbage->ReceiveClose(), 1007);
    const auto unasked = Joined(server.port());
    unasked->SendDeflated(Deflated(Json(2'000)));
    EXPECT_EQ(unasked->ReceiveClose(), 1002);
}

}  // namespace
}  // namespace flux::socketio::testing
