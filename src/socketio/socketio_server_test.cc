// What a whole server promises: rooms over all shards, order, slow clients, bounds, stopping.
#include "socketio/socketio_server.h"

#include "socketio/server_fixture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <malloc.h>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace flux::socketio::testing {
namespace {

using namespace std::chrono_literals;

Delivery To(std::string room, std::string_view payload) {
    Delivery delivery;
    delivery.room = std::move(room);
    delivery.frame = EncodeEnvelope("/", "news", {}, payload, {});
    return delivery;
}

std::string News(std::string_view payload) {
    return R"(42["news",)" + std::string(payload) + "]";
}

/// All shards stand still at the door from here on, until they are let in.
class HeldShards {
public:
    HeldShards(TestServer& server, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            server.shards()[i].PostReserved([door = door_] {
                ++door->waiting;
                while (!door->open)
                    std::this_thread::yield();
            });
        }
        EXPECT_TRUE(TestServer::Eventually([&] { return door_->waiting == count; }));
    }
    HeldShards(const HeldShards&) = delete;
    HeldShards& operator=(const HeldShards&) = delete;
    ~HeldShards() { LetIn(); }

    void LetIn() { door_->open = true; }

private:
    struct Door {
        std::atomic<bool> open{false};
        std::atomic<std::size_t> waiting{0};
    };
    std::shared_ptr<Door> door_ = std::make_shared<Door>();
};

/// Clients that say nothing join `every`, others `latest`; counts what shards missed.
Script EveryOrLatest(std::atomic<std::uint64_t>& missed) {
    Script script;
    script.on_connect = [](Socket& socket, std::string_view auth) -> Result<void> {
        return socket.Join(auth == "{}" ? "every" : "latest");
    };
    script.on_missed = [&missed](std::uint64_t entries) { missed += entries; };
    return script;
}

std::unique_ptr<RawWebSocket> JoinedLatest(std::uint16_t port) {
    auto client = std::make_unique<RawWebSocket>(port, kSocket);
    client->Text();
    client->SendText(R"(40{"latest":true})");
    client->Text();
    return client;
}

/// To `latest`, where each replaces the one before it.
Delivery Newest(std::string_view payload) {
    Delivery delivery = To("latest", payload);
    delivery.policy = DeliveryPolicy::kLatestPerKey;
    delivery.conflation_key = 1;
    return delivery;
}

/// Reads until `expected` comes: what is older may come or not.
void ReadUntil(RawWebSocket& client, const std::string& expected) {
    std::string last;
    do {
        last = client.Text();
        ASSERT_FALSE(last.empty());
    } while (last != expected);
}

class Broadcasts : public ::testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Shards, Broadcasts, ::testing::Values(1, 2, 4));

TEST_P(Broadcasts, Srv01_ReachTheRoomOnEveryShardInOrder) {
    Script script = JoinR();
    TestServer server(With(GetParam(), script));
    std::vector<std::unique_ptr<RawWebSocket>> clients;
    for (int i = 0; i < 12; ++i)
        clients.push_back(Joined(server.port()));
    for (int i = 0; i < 200; ++i) {
        server.socketio().Broadcast(To("r", std::to_string(i)));
        server.socketio().Broadcast(To("elsewhere", "0"));
    }
    for (const auto& client : clients) {
        for (int i = 0; i < 200; ++i)
            ASSERT_EQ(client->Text(), News(std::to_string(i)));
    }
    EXPECT_EQ(server.Metric("socketio_deliveries_total"), 200 * 12);
    EXPECT_EQ(server.Metric("socketio_broadcasts_total"), 400.0 * static_cast<double>(GetParam()));
}

TEST_P(Broadcasts, Srv02_ABurstIsGatheredIntoFewWrites) {
    Script script = JoinR();
    TestServer server(With(GetParam(), script));
    std::vector<std::unique_ptr<RawWebSocket>> clients;
    for (int i = 0; i < 10; ++i)
        clients.push_back(Joined(server.port()));
    const auto writes = [&] { return server.Metric("socketio_writes_total"); };
    ASSERT_TRUE(TestServer::Eventually([&] { return writes() == 20; }));  // open, CONNECT reply
    // All shards wait at the door, so that the whole burst is there when they come in.
    HeldShards held(server, GetParam());
    for (int i = 0; i < 8; ++i)
        server.socketio().Broadcast(To("r", std::to_string(i)));
    held.LetIn();
    for (const auto& client : clients) {
        for (int i = 0; i < 8; ++i)
            ASSERT_EQ(client->Text(), News(std::to_string(i)));
    }
    EXPECT_TRUE(TestServer::Eventually([&] { return writes() == 30; })) << writes();
}

TEST_P(Broadcasts, Srv03_ReachPollingClientsToo) {
    Script script = JoinR();
    TestServer server(With(GetParam(), script));
    RawHttp http(server.port());
    const std::string target = std::string(kPoll) + "&sid=" + SidIn(http.Get(kPoll).body);
    http.Post(target, "40");
    http.Get(target);
    http.Send("GET", target, {}, {});
    server.socketio().Broadcast(To("r", "1"));
    EXPECT_EQ(http.Receive().body, News("1"));
}

TEST_P(Broadcasts, Srv04_APollingRequestFindsItsSessionFromAnyShard) {
    Script script = JoinR();
    TestServer server(With(GetParam(), script));
    RawHttp first(server.port());
    const std::string sid = SidIn(first.Get(kPoll).body);
    const std::string target = std::string(kPoll) + "&sid=" + sid;
    // New connections are spread over the shards, so these arrive on all of them.
    for (std::size_t i = 0; i < 4 * GetParam(); ++i) {
        RawHttp http(server.port());
        EXPECT_EQ(http.Post(target, i == 0 ? "40" : "42[\"x\"]").body, "ok");
    }
    // Else a poll below may come before its broadcast and be answered with this alone.
    EXPECT_TRUE(RawHttp(server.port()).Get(target).body.starts_with("40{"));
    for (std::size_t i = 0; i < 2 * GetParam(); ++i) {
        server.socketio().Broadcast(To("r", std::to_string(i)));
        RawHttp http(server.port());
        const std::string body = http.Get(target).body;
        EXPECT_TRUE(body.ends_with(News(std::to_string(i)))) << body;
    }
    for (std::size_t i = 0; i < 2 * GetParam(); ++i) {
        RawWebSocket probe(server.port(), std::string(kSocket) + "&sid=" + sid);
        probe.SendText("2probe");
        EXPECT_EQ(probe.Text(), "3probe");
        probe.SendFrame(8, {});
        EXPECT_EQ(probe.Receive().opcode, 8);
    }
}

TEST_P(Broadcasts, Srv05_EachShardSeesThemFirst) {
    std::atomic<int> seen{0};
    Script script = JoinR();
    script.on_delivery = [&](const Delivery& delivery) {
        if (delivery.route == 7 && delivery.key == "k" && delivery.room == "nobody") ++seen;
    };
    TestServer server(With(GetParam(), script));
    Delivery delivery = To("nobody", "1");
    delivery.route = 7;
    delivery.key = "k";
    server.socketio().Broadcast(delivery);
    delivery.frame = {};
    server.socketio().Broadcast(delivery);
    EXPECT_TRUE(TestServer::Eventually([&] { return seen == 2 * static_cast<int>(GetParam()); }));
}

// LIM-12, RSN-01
TEST_P(Broadcasts, Srv06_ReadersMissNothingWhileASlowClientIsClosed) {
    Script script = JoinR();
    SocketIoOptions socketio;
    socketio.outbox_bytes_hard = 300'000;
    socketio.outbox_bytes_soft = 200'000;
    TestServer::Options options = With(GetParam(), script, socketio);
    options.send_buffer_bytes = 16 * 1024;
    TestServer server(std::move(options));
    std::vector<std::unique_ptr<RawWebSocket>> readers;
    for (int i = 0; i < 6; ++i)
        readers.push_back(Joined(server.port()));
    auto sleeper = Joined(server.port(), "/", {}, 4 * 1024);
    const std::string filler(2'000, 'x');
    constexpr int kMessages = 400;
    for (int i = 0; i < kMessages; ++i) {
        server.socketio().Broadcast(To("r", "\"" + std::to_string(i) + filler + "\""));
        for (const auto& reader : readers)
            ASSERT_EQ(reader->Text(), News("\"" + std::to_string(i) + filler + "\""));
    }
    EXPECT_TRUE(TestServer::Eventually([&] {
        return server.Metric("socketio_closed_total", "slow") == 1;
    }));
    // Whole messages, in order, up to the close frame.
    int next = 0;
    WireFrame frame = sleeper->Receive();
    for (; frame.opcode == 1; frame = sleeper->Receive(), ++next)
        ASSERT_EQ(frame.payload, News("\"" + std::to_string(next) + filler + "\""));
    EXPECT_EQ(frame.close_code(), 4000);
    EXPECT_GT(next, 0);
    EXPECT_LT(next, kMessages);
    // What was queued for it is not sent first: it was dropped.
    const double delivered = server.Metric("socketio_deliveries_total") - 6.0 * kMessages;
    const double dropped = server.Metric("socketio_frames_dropped_total", "/socket.io/");
    EXPECT_GT(dropped, 100);
    EXPECT_LE(next + dropped, delivered);
    EXPECT_EQ(server.socketio().connected(), readers.size());
}

// LIM-12, RSN-01
TEST_P(Broadcasts, Srv07_OverTheSoftBoundForTooLongIsSlow) {
    Script script = JoinR();
    SocketIoOptions socketio;
    socketio.outbox_bytes_soft = 20'000;
    socketio.slow_time_max = 400ms;
    TestServer server(With(GetParam(), script, socketio));
    const std::string payload = "\"" + std::string(15'000, 'x') + "\"";
    double delivered = 0;
    const auto fill = [&] {
        for (int i = 0; i < 2; ++i)
            server.socketio().Broadcast(To("r", payload));
        delivered += 2;
        EXPECT_TRUE(TestServer::Eventually([&] {
            return server.Metric("socketio_deliveries_total") == delivered;
        }));
    };
    // Who reads in time is forgiven, and what it was over the bound before does not add up. A busy
    // machine may itself be too slow for that; then the session was closed rightly, and it begins
    // anew.
    using std::chrono::steady_clock;
    double closed = 0;
    const auto patience = steady_clock::now() + kPatience;
    for (bool forgiven = false; !forgiven;) {
        ASSERT_LT(steady_clock::now(), patience);
        RawHttp http(server.port());
        const std::string target = std::string(kPoll) + "&sid=" + SidIn(http.Get(kPoll).body);
        http.Post(target, "40");
        http.Get(target);
        const auto opened = steady_clock::now();
        bool open = true;
        while (open && steady_clock::now() < opened + 3 * socketio.slow_time_max / 2) {
            const auto filled = steady_clock::now();
            fill();
            const HttpAnswer answer = http.Get(target);
            open = answer.status == 200;
            if (open) {
                EXPECT_EQ(answer.body, News(payload) + "\x1e" + News(payload));
            } else {
                ASSERT_GT(steady_clock::now() - filled, socketio.slow_time_max);
                ++closed;
            }
        }
        forgiven = open;
        if (!forgiven) continue;
        EXPECT_EQ(server.Metric("socketio_closed_total", "slow"), closed);
        fill();
        EXPECT_TRUE(TestServer::Eventually([&] {
            return server.Metric("socketio_closed_total", "slow") == closed + 1;
        }));
        EXPECT_EQ(http.Get(target).status, 400);
    }
}

TEST_P(Broadcasts, Srv08_TheLatestPerKeyReplacesWhatWasNotSent) {
    Script script = JoinR();
    TestServer server(With(GetParam(), script));
    RawHttp http(server.port());
    const std::string target = std::string(kPoll) + "&sid=" + SidIn(http.Get(kPoll).body);
    http.Post(target, "40");
    http.Get(target);
    const auto send = [&](std::uint64_t key, std::string_view payload) {
        Delivery delivery = To("r", payload);
        delivery.policy = key == 0 ? DeliveryPolicy::kEvery : DeliveryPolicy::kLatestPerKey;
        delivery.conflation_key = key;
        server.socketio().Broadcast(std::move(delivery));
    };
    send(1, "\"btc 1\"");
    send(2, "\"eth 1\"");
    send(0, "\"order 1\"");
    send(1, "\"btc 2\"");
    send(0, "\"order 2\"");
    send(1, "\"btc 3\"");
    ASSERT_TRUE(TestServer::Eventually([&] {
        return server.Metric("socketio_deliveries_total") == 6;
    }));
    EXPECT_EQ(
        http.Get(target).body,
        News("\"btc 3\"") + "\x1e" + News("\"eth 1\"") + "\x1e" + News("\"order 1\"") + "\x1e" +
            News("\"order 2\"")
    );
    EXPECT_EQ(server.Metric("socketio_frames_conflated_total"), 2);
}

TEST(Asks, Srv16_AClientThatOwesTooManyAcknowledgementsIsAskedNoMore) {
    std::atomic<int> full{0};
    Script script;
    script.on_connected = [&](Socket& socket) {
        for (std::size_t i = 0; i <= limits::kAcksPendingMax; ++i) {
            socket.EmitWithAck("ask", {}, 1min, [&](Result<std::vector<std::string>> answer, auto) {
                if (!answer && answer.error().code == ErrorCode::kFull) ++full;
            });
        }
    };
    TestServer server(With(1, script));
    const auto client = Joined(server.port());
    EXPECT_TRUE(TestServer::Eventually([&] { return full == 1; }));
    EXPECT_EQ(server.Metric("socketio_asks_refused_total"), 1);
}

// LIM-13
TEST_P(Broadcasts, Srv09_UnderMemoryPressureThoseWhoDoNotReadAreClosed) {
    Script script = JoinR();
    SocketIoOptions socketio;
    socketio.outbound_bytes_max = 1;  // 4 MiB per shard at least
    socketio.outbox_bytes_soft = socketio.outbox_bytes_hard = 64 * MiB;
    TestServer server(With(GetParam(), script, socketio));
    RawHttp http(server.port());
    const std::string target = std::string(kPoll) + "&sid=" + SidIn(http.Get(kPoll).body);
    http.Post(target, "40");
    http.Get(target);
    auto reader = Joined(server.port());
    const std::string payload = "\"" + std::string(900'000, 'x') + "\"";
    for (int i = 0; i < 8; ++i) {
        server.socketio().Broadcast(To("r", payload));
        ASSERT_EQ(reader->Text(), News(payload));
    }
    EXPECT_TRUE(TestServer::Eventually([&] {
        return server.Metric("socketio_closed_total", "slow") == 1;
    }));
    EXPECT_EQ(server.Metric("socketio_over_budget_total", "outbound bytes"), 1);
    EXPECT_EQ(http.Get(target).status, 400);
    EXPECT_EQ(server.socketio().connected(), 1u);
}

TEST_P(Broadcasts, Srv10_AShardThatFellBehindSaysSoAndClosesWhomItMayHaveCheated) {
    std::atomic<std::uint64_t> missed{0};
    Script script = EveryOrLatest(missed);
    TestServer server(With(GetParam(), script));
    auto every = Joined(server.port());
    auto latest = JoinedLatest(server.port());
    HeldShards held(server, GetParam());
    const std::size_t posts = limits::kBroadcastRingEntries + 100;
    server.socketio().Broadcast(To("every", "0"));  // overwritten before anyone sees it
    for (std::size_t i = 1; i < posts; ++i) {
        server.socketio().Broadcast(Newest(std::to_string(i)));
    }
    held.LetIn();
    EXPECT_EQ(every->ReceiveClose(), 4000);
    EXPECT_TRUE(TestServer::Eventually([&] { return missed == 100 * GetParam(); }));
    EXPECT_EQ(server.Metric("socketio_ring_missed_total"), 100.0 * static_cast<double>(GetParam()));
    EXPECT_EQ(server.Metric("socketio_closed_for_missed_total"), 1);
    ReadUntil(*latest, News(std::to_string(posts - 1)));
}

// RSN-02, RSN-07
TEST_P(Broadcasts, Srv11_DrainClosesEveryonePacedAndRefusesNewcomers) {
    std::atomic<int> drained{0};
    Script script = JoinR();
    script.on_disconnect = [&](Socket&, DisconnectReason reason) {
        if (reason == DisconnectReason::kDrain) ++drained;
    };
    TestServer server(With(GetParam(), script));
    std::vector<std::unique_ptr<RawWebSocket>> clients;
    for (int i = 0; i < 20; ++i)
        clients.push_back(Joined(server.port()));
    const auto started = std::chrono::steady_clock::now();
    std::thread drain([&] { server.socketio().Drain(DisconnectReason::kDrain, 300ms); });
    for (const auto& client : clients)
        EXPECT_EQ(client->ReceiveClose(), 4001);
    EXPECT_GE(std::chrono::steady_clock::now() - started, 200ms);
    drain.join();
    EXPECT_EQ(drained, 20);
    EXPECT_EQ(server.socketio().connected(), 0u);
    RawHttp http(server.port());
    const HttpAnswer refused = http.Get(kPoll);
    EXPECT_EQ(refused.status, 502);
    EXPECT_EQ(refused.headers.at("retry-after"), "1");
    EXPECT_EQ(RawWebSocket(server.port(), kSocket).status(), 502);
    EXPECT_EQ(server.Metric("socketio_refused_total", "reason=\"draining\""), 2);
}

TEST_P(Broadcasts, Srv15_LargeFramesForAStalledShardAreBoundedInBytes) {
    std::atomic<std::uint64_t> missed{0};
    Script script = EveryOrLatest(missed);
    TestServer server(With(GetParam(), script));
    auto every = Joined(server.port());
    auto latest = JoinedLatest(server.port());
    HeldShards held(server, GetParam());
    server.socketio().Broadcast(To("every", "0"));  // gone before anyone sees it
    const std::string payload = "\"" + std::string(400'000, 'x');
    constexpr int kPosts = 150;
    double most = 0;
    double least = 1e9;
    for (int i = 0; i < kPosts; ++i) {
        server.socketio().Broadcast(Newest(payload + std::to_string(i) + "\""));
        const double now = server.Metric("socketio_ring_bytes");
        most = std::max(most, now);
        least = std::min(least, now);
    }
    held.LetIn();
    EXPECT_LE(most, static_cast<double>(limits::kBroadcastRingBytesMax));
    EXPECT_GE(least, 400'000.0);
    EXPECT_EQ(every->ReceiveClose(), 4000);
    const std::uint64_t kept = limits::kBroadcastRingBytesMax / 400'300;  // a little over a frame
    const std::uint64_t gone = (1 + kPosts - kept) * GetParam();
    EXPECT_TRUE(TestServer::Eventually([&] { return missed == gone; })) << missed << " " << gone;
    EXPECT_EQ(server.Metric("socketio_closed_for_missed_total"), 1);
    ReadUntil(*latest, News(payload + std::to_string(kPosts - 1) + "\""));
    EXPECT_TRUE(TestServer::Eventually([&] { return server.Metric("socketio_ring_bytes") == 0; }));
}

TEST(SocketIoServer, Srv12_DrainDoesNotWaitForeverForThoseWhoDoNotAnswer) {
    Script script = JoinR();
    SocketIoOptions socketio;
    socketio.close_time_max = 100ms;
    TestServer server(With(2, script, socketio));
    auto silent = Joined(server.port());
    server.socketio().Drain(DisconnectReason::kDrain, 0ms);
    EXPECT_EQ(silent->Receive().close_code(), 4001);
    EXPECT_TRUE(silent->socket().ReadToEnd());
}

TEST(SocketIoServer, Srv13_WhatWasPostedBeforeTheFirstListenerIsSeen) {
    std::atomic<int> seen{0};
    Script script;
    script.on_delivery = [&](const Delivery&) { ++seen; };
    ShardSet shards(1, SystemClock::Instance());
    shards.Start();
    MetricRegistry metrics;
    class Watching final : public EchoApp {
    public:
        explicit Watching(std::atomic<int>& count)
            : count_(count) {}
        void OnDelivery(const Delivery&) override { ++count_; }

    private:
        std::atomic<int>& count_;
    };
    SocketIoServer server(shards, metrics, {}, [&](Shard&) {
        return std::make_unique<Watching>(seen);
    });
    for (int i = 0; i < 5; ++i)
        server.Broadcast(To("r", "1"));
    net::Server listeners(shards, metrics, "test");
    net::ListenerOptions listener;
    listener.addresses = {"127.0.0.1"};
    ASSERT_TRUE(listeners.Listen(std::move(listener), {server.Mount()}));
    server.Broadcast(To("r", "1"));
    EXPECT_TRUE(TestServer::Eventually([&] { return seen == 6; }));
    listeners.Stop();
}

TEST(SocketIoServer, Srv14_OutboundFloodsOfOneTurnStayWithinTheBound) {
    // 2,000 broadcasts of 1 KB come at once, twice the hard bound: a client that reads takes them
    // all, since a shard never takes more news than a share of the bound between two flushes.
    Script script = JoinR();
    TestServer server(With(1, script));
    auto client = Joined(server.port());
    std::atomic<bool> open{false};
    std::atomic<bool> waiting{false};
    server.shards()[0].PostReserved([&] {
        waiting = true;
        while (!open)
            std::this_thread::yield();
    });
    ASSERT_TRUE(TestServer::Eventually([&] { return waiting.load(); }));
    const std::string filler(1'000, 'x');
    for (int i = 0; i < 2'000; ++i)
        server.socketio().Broadcast(To("r", "\"" + std::to_string(i) + filler + "\""));
    open = true;
    for (int i = 0; i < 2'000; ++i)
        ASSERT_EQ(client->Text(), News("\"" + std::to_string(i) + filler + "\""));
}

/// Bytes the allocator has handed out.
std::size_t HeapBytes() {
    const struct mallinfo2 info = ::mallinfo2();
    return info.uordblks + info.hblkhd;
}

TEST(SocketIoMemory, Mem01_AnIdleSessionIsSmall) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    constexpr bool kMeasurable = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    constexpr bool kMeasurable = false;
#else
    constexpr bool kMeasurable = true;
#endif
#else
    constexpr bool kMeasurable = true;
#endif
    Script script = JoinR();
    TestServer server(With(1, script));
    constexpr std::size_t kSessions = 500;
    std::vector<std::unique_ptr<RawWebSocket>> clients;
    clients.reserve(kSessions + 1);
    clients.push_back(Joined(server.port()));  // what is made once is made now
    std::size_t clients_bytes = HeapBytes();
    {
        // What the test's own side of a connection costs.
        using Block = std::array<char, sizeof(RawWebSocket)>;
        std::vector<std::unique_ptr<Block>> own;
        for (std::size_t i = 0; i < kSessions; ++i)
            own.push_back(std::make_unique<Block>());
        clients_bytes = HeapBytes() - clients_bytes;
    }
    const std::size_t before = HeapBytes();
    for (std::size_t i = 0; i < kSessions; ++i) {
        clients.push_back(Joined(server.port()));
        clients.back()->ReleaseMemory();  // how it came in pieces differs from run to run
    }
    const std::size_t grown = HeapBytes() - before;
    const std::size_t server_bytes = grown > clients_bytes ? grown - clients_bytes : 0;
    const std::size_t per_session = server_bytes / kSessions;
    RecordProperty("bytes_per_idle_session", std::to_string(per_session));
    if (kMeasurable) {
        EXPECT_GT(per_session, 200u);  // or the measure is broken
        EXPECT_LE(per_session, 1 * KiB);
    }
    EXPECT_EQ(server.socketio().connected(), kSessions + 1);
}

}  // namespace
}  // namespace flux::socketio::testing
