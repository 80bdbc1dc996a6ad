#include "net/server.h"

#include "net/server_fixture.h"

#include <latch>
#include <set>
#include <sys/resource.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(undefined_behavior_sanitizer)
#define FLUX_UNDEFINED_BEHAVIOR_SANITIZER 1
#endif
#endif

namespace flux::net {
namespace {

using testing::Eventually;
using testing::ServerTest;
using testing::TestResponse;
using testing::TestSocket;

constexpr std::string_view kHello = "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n";

TEST_F(ServerTest, AnswersRequestsOnOneConnection) {
    TestSocket client(Listen());
    for (int i = 0; i < 3; ++i) {
        const TestResponse response = client.Get("/hello");
        EXPECT_EQ(response.status, 200);
        EXPECT_EQ(response.body, "shard 0");
        EXPECT_EQ(response.Header("content-type"), "text/plain; charset=utf-8");
        EXPECT_EQ(response.Header("date").size(), 29u);
        EXPECT_EQ(response.Header("connection"), "");
    }
    EXPECT_EQ(Metric("flux_net_http_requests_total"), 3);
    EXPECT_EQ(Metric("flux_net_accepted_total"), 1);
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
    TestSocket client(Listen());
    std::string requests;
    constexpr int kCount = 200;
    for (int i = 0; i < kCount; ++i) {
        const std::string body = std::to_string(i);
        requests += "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
                    std::to_string(body.size()) + "\r\n\r\n" + body;
    }
    ASSERT_TRUE(client.Send(requests));
    for (int i = 0; i < kCount; ++i)
        ASSERT_EQ(client.ReadResponse().body, std::to_string(i));
}

TEST_F(ServerTest, APipelinedRequestWaitsForADeferredAnswer) {
    const std::uint16_t port = Listen();
    TestSocket client(port);
    TestSocket other(port);
    ASSERT_TRUE(client.Send("GET /later HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    ASSERT_TRUE(client.Send(kHello));
    ASSERT_TRUE(Eventually([&] { return seen_.waiting == 1; }));
    EXPECT_EQ(other.Get("/release").status, 200);
    EXPECT_EQ(client.ReadResponse().body, "released");
    EXPECT_EQ(client.ReadResponse().body, "shard 0");
    EXPECT_EQ(client.Get("/hello").body, "shard 0");
}

TEST_F(ServerTest, RequestsReadTogetherWaitForADeferredAnswer) {
    const std::uint16_t port = Listen();
    TestSocket client(port);
    TestSocket other(port);
    const std::string both = "GET /later HTTP/1.1\r\nHost: localhost\r\n\r\n" + std::string(kHello);
    ASSERT_TRUE(client.Send(both));
    ASSERT_TRUE(Eventually([&] { return seen_.waiting == 1; }));
    EXPECT_EQ(other.Get("/release").status, 200);
    EXPECT_EQ(client.ReadResponse().body, "released");
    EXPECT_EQ(client.ReadResponse().body, "shard 0");
}

TEST_F(ServerTest, TellsTheApplicationWhenAWaitingClientLeaves) {
    const std::uint16_t port = Listen();
    TestSocket client(port);
    ASSERT_TRUE(client.Send("GET /later HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    ASSERT_TRUE(Eventually([&] { return seen_.waiting == 1; }));
    client.Close();
    EXPECT_TRUE(Eventually([&] { return seen_.aborted == 1; }));
    EXPECT_EQ(TestSocket(port).Get("/release").status, 200);
    EXPECT_TRUE(Eventually([&] { return Metric("flux_net_connections_open") == 0; }));
    EXPECT_EQ(Metric("flux_net_http_aborted_total"), 1);
}

TEST_F(ServerTest, StopTellsTheApplicationOfWaitingRequests) {
    TestSocket client(Listen());
    ASSERT_TRUE(client.Send("GET /later HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    ASSERT_TRUE(Eventually([&] { return seen_.waiting == 1; }));
    server_->Stop();
    EXPECT_EQ(seen_.aborted, 1);
    EXPECT_TRUE(client.ReadsEnd());
}

TEST_F(ServerTest, AHeadRequestGetsNoBody) {
    TestSocket client(Listen());
    ASSERT_TRUE(client.Send("HEAD /large?bytes=5000 HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    const TestResponse head = client.ReadResponse(true);
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.Header("content-length"), "5000");
    EXPECT_EQ(client.Get("/hello").body, "shard 0");
}

TEST_F(ServerTest, ClosesWhenAskedTo) {
    const std::uint16_t port = Listen();
    TestSocket modern(port);
    const TestResponse closing = modern.Get("/hello", "Connection: close\r\n");
    EXPECT_EQ(closing.Header("connection"), "close");
    EXPECT_TRUE(modern.ReadsEnd());
    TestSocket old(port);
    EXPECT_EQ(old.Ask("GET /hello HTTP/1.0\r\n\r\n").Header("connection"), "close");
    EXPECT_TRUE(old.ReadsEnd());
    TestSocket kept(port);
    constexpr std::string_view kKeep = "GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
    EXPECT_EQ(kept.Ask(kKeep).Header("connection"), "keep-alive");
    EXPECT_EQ(kept.Ask(kKeep).status, 200);
}

TEST_F(ServerTest, AClientThatEndsItsSideStillGetsItsAnswer) {
    TestSocket client(Listen());
    ASSERT_TRUE(client.Send("GET /large?bytes=3000000 HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    client.ShutdownWrite();
    EXPECT_EQ(client.ReadResponse().body.size(), 3'000'000u);
    EXPECT_TRUE(client.ReadsEnd());
}

TEST_F(ServerTest, TakesABodyInPiecesAndInChunks) {
    TestSocket client(Listen());
    ASSERT_TRUE(
        client.Send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n0123")
    );
    ASSERT_TRUE(client.Send("456789"));
    EXPECT_EQ(client.ReadResponse().body, "0123456789");
    ASSERT_TRUE(
        client.Send("POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n4")
    );
    ASSERT_TRUE(client.Send("\r\nWiki\r\n5;x=y\r\npedia\r\n0\r\nTrailer: t\r\n\r\n"));
    EXPECT_EQ(client.ReadResponse().body, "Wikipedia");
    EXPECT_EQ(client.Get("/hello").status, 200);
}

TEST_F(ServerTest, SaysContinueToAClientThatWaitsForIt) {
    TestSocket client(Listen());
    ASSERT_TRUE(
        client.Send("POST /echo HTTP/1.1\r\nHost: localhost\r\nExpect: "
                    "100-continue\r\nContent-Length: 3\r\n\r\n")
    );
    EXPECT_EQ(client.ReadResponse().status, 100);
    ASSERT_TRUE(client.Send("abc"));
    EXPECT_EQ(client.ReadResponse().body, "abc");
}

TEST_F(ServerTest, RefusesAnOversizedBodyUnread) {
    const std::uint16_t port = Listen();
    TestSocket announced(port);
    EXPECT_EQ(
        announced.Ask("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100001\r\n\r\n")
            .status,
        413
    );
    EXPECT_TRUE(announced.ReadsEnd());
    TestSocket chunked(port);
    EXPECT_EQ(
        chunked
            .Ask("POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: "
                 "chunked\r\n\r\n186a1\r\n")
            .status,
        413
    );
}

TEST_F(ServerTest, RefusesWhatIsNoRequestAndCloses) {
    TestSocket client(Listen());
    const TestResponse response = client.Ask("GET / HTTP/1.1\r\nHost : a\r\n\r\n");
    EXPECT_EQ(response.status, 400);
    EXPECT_NE(response.body.find("header line"), std::string::npos);
    EXPECT_EQ(response.Header("connection"), "close");
    EXPECT_TRUE(client.ReadsEnd());
    EXPECT_EQ(Metric("flux_net_http_faults_total"), 1);
}

// LIM-08
TEST_F(ServerTest, AnEndlessHeadIsRefusedWhileItArrives) {
    TestSocket client(Listen());
    client.Send("GET /" + std::string(60'000, 'a'));
    EXPECT_EQ(client.ReadResponse().status, 431);
    EXPECT_TRUE(client.ReadsEnd());
}

TEST_F(ServerTest, MountsByTheLongestPrefix) {
    StartShards(1);
    const auto app = [this](Shard& shard) { return testing::MakeTestApp(shard, seen_); };
    const Result<std::uint16_t> port = server_->Listen(Loopback(), {{"/api", app}});
    ASSERT_TRUE(port);
    TestSocket client(*port);
    EXPECT_EQ(client.Get("/api").status, 200);
    EXPECT_EQ(client.Get("/api/x").status, 200);
    EXPECT_EQ(client.Get("/apix").status, 404);
    EXPECT_EQ(client.Get("/").status, 404);
}

TEST_F(ServerTest, ALargeAnswerReachesASlowReader) {
    TestSocket client(Listen(), false, 4096);
    ASSERT_TRUE(client.Send("GET /large?bytes=5000000 HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    const TestResponse response = client.ReadResponse();
    EXPECT_EQ(response.body, std::string(5'000'000, 'x'));
    EXPECT_EQ(client.Get("/hello").status, 200);
}

// --- deadlines ---

// LIM-09
TEST_F(ServerTest, ASlowHeadAndASlowBodyAreGivenUp) {
    ListenerOptions options = Loopback();
    options.head_time_max = Milliseconds(50);
    options.body_time_max = Milliseconds(50);
    const std::uint16_t port = Listen(options);
    TestSocket slow_head(port);
    ASSERT_TRUE(slow_head.Send("GET / HTT"));
    EXPECT_EQ(slow_head.ReadResponse().status, 408);
    EXPECT_TRUE(slow_head.ReadsEnd());
    TestSocket slow_body(port);
    ASSERT_TRUE(
        slow_body.Send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nab")
    );
    EXPECT_EQ(slow_body.ReadResponse().status, 408);
    EXPECT_TRUE(slow_body.ReadsEnd());
    EXPECT_EQ(Metric("flux_net_timed_out_total"), 2);
}

TEST_F(ServerTest, AnIdleConnectionIsClosedQuietly) {
    ListenerOptions options = Loopback();
    options.keep_alive_time_max = Milliseconds(50);
    const std::uint16_t port = Listen(options);
    TestSocket silent(port);
    EXPECT_TRUE(silent.ReadsEnd());
    TestSocket idle(port);
    EXPECT_EQ(idle.Get("/hello").status, 200);
    EXPECT_EQ(idle.Read(1), "");
}

TEST_F(ServerTest, AReaderThatNeverReadsIsClosed) {
    ListenerOptions options = Loopback();
    options.body_time_max = Milliseconds(100);
    TestSocket client(Listen(options), false, 4096);
    ASSERT_TRUE(client.Send("GET /large?bytes=20000000 HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    // In this order: before the connection is accepted, none is open either.
    EXPECT_TRUE(Eventually([&] { return Metric("flux_net_timed_out_total") == 1; }));
    EXPECT_TRUE(Eventually([&] { return Metric("flux_net_connections_open") == 0; }));
}

TEST_F(ServerTest, TheListenerSaysHowLargeAHeadMayBe) {
    ListenerOptions options = Loopback();
    options.head_bytes_max = 200;
    options.head_lines_max = 3;
    const std::uint16_t port = Listen(options);
    const auto ask = [&](const std::string& headers) {
        return TestSocket(port).Ask(
            "GET /hello HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n"
        );
    };
    EXPECT_EQ(ask("a: 1\r\nb: 2\r\n").status, 200);
    EXPECT_EQ(ask("a: 1\r\nb: 2\r\nc: 3\r\n").status, 431);
    EXPECT_EQ(ask("a: " + std::string(100, 'x') + "\r\n").status, 200);
    EXPECT_EQ(ask("a: " + std::string(200, 'x') + "\r\n").status, 431);
}

// --- caps ---

// LIM-14
TEST_F(ServerTest, RefusesConnectionsOverTheListenersCap) {
    ListenerOptions options = Loopback();
    options.connections_max = 2;
    const std::uint16_t port = Listen(options);
    TestSocket first(port);
    TestSocket second(port);
    EXPECT_EQ(first.Get("/hello").status, 200);
    EXPECT_EQ(second.Get("/hello").status, 200);
    TestSocket third(port);
    const TestResponse refused = third.Get("/hello");
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.Header("retry-after"), "5");
    EXPECT_TRUE(third.ReadsEnd());
    first.Close();
    ASSERT_TRUE(Eventually([&] { return Metric("flux_net_connections_open") == 1; }));
    EXPECT_EQ(TestSocket(port).Get("/hello").status, 200);
    EXPECT_EQ(Metric("flux_net_refused_total", R"(reason="listener_full")"), 1);
    EXPECT_EQ(Metric("flux_net_refused_total"), 1);
}

// LIM-14
TEST_F(ServerTest, RefusesConnectionsOverOneAddressesCap) {
    ListenerOptions options = Loopback();
    options.addresses = {"127.0.0.1", "::1"};
    options.connections_per_address_max = 1;
    const std::uint16_t port = Listen(options);
    TestSocket first(port);
    EXPECT_EQ(first.Get("/hello").status, 200);
    EXPECT_EQ(TestSocket(port).Get("/hello").status, 503);
    EXPECT_EQ(Metric("flux_net_refused_total", R"(reason="address_full")"), 1);
    EXPECT_EQ(Metric("flux_net_refused_total"), 1);
    TestSocket other_address(port, true);
    if (other_address.connected()) {
        EXPECT_EQ(other_address.Get("/hello").status, 200);
    }
}

/// The status of an upgrade that a proxy sends for the client `from`.
int UpgradeFor(TestSocket& client, std::string_view from) {
    const std::string header = "X-Forwarded-For: " + std::string(from) + "\r\n";
    return client.Ask(testing::UpgradeRequest("/ws", header)).status;
}

TEST_F(ServerTest, BehindATrustedProxyTheClientIsCountedAtTheUpgrade) {
    ListenerOptions options = Loopback();
    options.connections_per_address_max = 1;
    options.trusted_proxies = *NetworkList::Parse({"127.0.0.0/8"});
    const std::uint16_t port = Listen(options);
    TestSocket first(port);
    TestSocket second(port);
    TestSocket third(port);
    EXPECT_EQ(UpgradeFor(first, "203.0.113.7"), 101);
    EXPECT_EQ(UpgradeFor(second, "203.0.113.8"), 101);
    EXPECT_EQ(UpgradeFor(third, "203.0.113.7"), 503);
    EXPECT_EQ(Metric("flux_net_refused_total", R"(reason="address_full")"), 1);
}

TEST_F(ServerTest, AddressesOfOneIpv6NetworkShareItsCap) {
    ListenerOptions options = Loopback();
    options.connections_per_address_max = 2;
    options.trusted_proxies = *NetworkList::Parse({"127.0.0.0/8"});
    const std::uint16_t port = Listen(options);
    TestSocket first(port);
    EXPECT_EQ(UpgradeFor(first, "2001:db8:1:2::1"), 101);
    TestSocket second(port);
    EXPECT_EQ(UpgradeFor(second, "2001:db8:1:2:ffff::2"), 101);
    TestSocket third(port);
    EXPECT_EQ(UpgradeFor(third, "2001:db8:1:2:3::3"), 503);
    TestSocket neighbour(port);
    EXPECT_EQ(UpgradeFor(neighbour, "2001:db8:1:3::1"), 101);
    first.Close();
    ASSERT_TRUE(Eventually([&] { return Metric("flux_net_connections_open") == 3; }));
    TestSocket fourth(port);
    EXPECT_EQ(UpgradeFor(fourth, "2001:db8:1:2:4::4"), 101) << "its place was given back";
}

// --- metrics ---

TEST_F(ServerTest, ServersOfOneProcessShareARegistryAndAreToldApart) {
    const std::uint16_t port = Listen();
    Server other(*shards_, metrics_, "other");
    const auto make = [this](Shard& shard) { return testing::MakeTestApp(shard, seen_); };
    const std::uint16_t other_port = other.Listen(Loopback(), {Mount{"/", make}}).value();
    EXPECT_EQ(TestSocket(port).Get("/hello").status, 200);
    EXPECT_EQ(TestSocket(other_port).Get("/hello").status, 200);
    EXPECT_EQ(TestSocket(other_port).Get("/hello").status, 200);
    const std::string text = metrics_.Scrape();
    const auto has = [&](std::string_view line) { return text.find(line) != std::string::npos; };
    EXPECT_TRUE(has("flux_net_http_requests_total{server=\"test\",shard=\"0\"} 1\n")) << text;
    EXPECT_TRUE(has("flux_net_http_requests_total{server=\"other\",shard=\"0\"} 2\n")) << text;
    EXPECT_TRUE(has("flux_net_connections_open{server=\"other\",listener=\"test\"} ")) << text;
    // Prometheus refuses a page that has a family or a sample twice.
    std::set<std::string> seen_lines;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const std::string identity = line.substr(0, line.rfind(line[0] == '#' ? '\n' : ' '));
        EXPECT_TRUE(seen_lines.insert(identity).second) << line;
    }
    other.Stop();
}

// --- listeners ---

TEST_F(ServerTest, OnePortServesBothLoopbackAddresses) {
    ListenerOptions options = Loopback();
    options.addresses = {"127.0.0.1", "::1"};
    const std::uint16_t port = Listen(options);
    EXPECT_EQ(TestSocket(port).Get("/hello").status, 200);
    TestSocket v6(port, true);
    if (v6.connected()) {
        EXPECT_EQ(v6.Get("/who").body, "::1");
    }
}

TEST_F(ServerTest, APortInUseIsNamedWithItsOwnerAndItsSetting) {
    ListenerOptions options = Loopback();
    options.port = Listen();
    options.name = "web";
    options.port_setting = "web.port";
    const auto app = [this](Shard& shard) { return testing::MakeTestApp(shard, seen_); };
    const Result<std::uint16_t> second = server_->Listen(options, {{"/", app}});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::kConflict);
    const std::string& why = second.error().context;
    EXPECT_NE(why.find("127.0.0.1:" + std::to_string(options.port)), std::string::npos) << why;
    EXPECT_NE(why.find("pid " + std::to_string(::getpid())), std::string::npos) << why;
    EXPECT_NE(why.find("net_test"), std::string::npos) << why;
    EXPECT_NE(why.find("web.port"), std::string::npos) << why;
}

TEST_F(ServerTest, AnAddressThatIsNoneIsNamed) {
    StartShards(1);
    ListenerOptions options = Loopback();
    options.addresses = {"localhost"};
    const Result<std::uint16_t> bad = server_->Listen(options, {});
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().code, ErrorCode::kBadInput);
    options.addresses = {"203.0.113.1"};
    const Result<std::uint16_t> foreign = server_->Listen(options, {});
    ASSERT_FALSE(foreign);
    EXPECT_EQ(foreign.error().code, ErrorCode::kBadInput);
    EXPECT_NE(foreign.error().context.find("no such address"), std::string::npos);
}

TEST_F(ServerTest, StopAcceptingEndsIdleConnectionsAndFinishesOpenRequests) {
    const std::uint16_t port = Listen();
    TestSocket idle(port);
    TestSocket busy(port);
    TestSocket third(port);
    EXPECT_EQ(idle.Get("/hello").status, 200);
    ASSERT_TRUE(busy.Send("GET /later HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    ASSERT_TRUE(Eventually([&] { return seen_.waiting == 1; }));
    ASSERT_TRUE(third.Send("GET /release HTTP"));
    ASSERT_TRUE(Eventually([&] { return Metric("flux_net_received_bytes_total") > 80; }));
    server_->StopAccepting();
    EXPECT_TRUE(idle.ReadsEnd());
    EXPECT_FALSE(TestSocket(port).connected());
    EXPECT_EQ(third.Ask("/1.1\r\nHost: localhost\r\n\r\n").status, 200);
    const TestResponse last = busy.ReadResponse();
    EXPECT_EQ(last.body, "released");
    EXPECT_EQ(last.Header("connection"), "close");
    EXPECT_TRUE(busy.ReadsEnd());
}

// --- shards ---

TEST_F(ServerTest, SpreadsConnectionsOverShards) {
    StartShards(2);
    const std::uint16_t port = Listen();
    std::set<std::string> shards;
    std::vector<TestSocket> clients;
    for (int i = 0; i < 4; ++i)
        shards.insert(clients.emplace_back(port).Get("/hello").body);
    EXPECT_EQ(shards, (std::set<std::string>{"shard 0", "shard 1"}));
    EXPECT_EQ(Metric("flux_net_connections_open"), 4);
}

TEST_F(ServerTest, MovesAConnectionToTheShardOfItsSession) {
    StartShards(2);
    const std::uint16_t port = Listen();
    TestSocket client(port);
    for (const char* shard : {"1", "0", "0", "1", "1"}) {
        const std::string target = std::string("/home?shard=") + shard;
        EXPECT_EQ(client.Get(target).body, std::string("shard ") + shard);
    }
    EXPECT_EQ(Metric("flux_net_connections_open"), 1);
    EXPECT_EQ(Metric("flux_net_accepted_total"), 1);
    EXPECT_GE(Metric("flux_net_moved_total"), 2);
}

TEST_F(ServerTest, MovesABodyAndPipelinedRequestsAlong) {
    StartShards(2);
    TestSocket client(Listen());
    std::string requests;
    for (int i = 0; i < 20; ++i) {
        requests += "POST /echo?shard=" + std::to_string(i % 2) +
                    " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n" +
                    std::to_string(10 + i);
    }
    const std::size_t half = requests.size() - 1;
    ASSERT_TRUE(client.Send(std::string_view(requests).substr(0, half)));
    for (int i = 0; i < 19; ++i)
        ASSERT_EQ(client.ReadResponse().body, std::to_string(10 + i));
    ASSERT_TRUE(client.Send(std::string_view(requests).substr(half)));
    EXPECT_EQ(client.ReadResponse().body, "29");
}

TEST_F(ServerTest, TwoListenersServeOnTwoShards) {
    StartShards(2);
    const std::uint16_t one = Listen();
    const std::uint16_t two = Listen();
    for (const std::uint16_t port : {one, two, one, two})
        EXPECT_EQ(TestSocket(port).Get("/hello").status, 200);
    server_->Stop();
    EXPECT_FALSE(TestSocket(one).connected());
    EXPECT_FALSE(TestSocket(two).connected());
}

TEST_F(ServerTest, StopsUnderLoad) {
    StartShards(2);
    const std::uint16_t port = Listen();
    std::vector<TestSocket> clients;
    for (int i = 0; i < 40; ++i) {
        TestSocket& client = clients.emplace_back(port);
        std::string requests;
        for (int j = 0; j < 50; ++j)
            requests +=
                "GET /home?shard=" + std::to_string(j % 2) + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
        client.Send(requests);
    }
    server_->Stop();
    for (TestSocket& client : clients)
        EXPECT_TRUE(client.ReadsEnd());
}

TEST_F(ServerTest, AShardThatIsSwampedRefusesItsSessionsAndTakesNoNewConnections) {
    StartShards(2);
    const std::uint16_t port = Listen();
    std::latch blocked(1);
    std::latch release(1);
    (*shards_)[1].PostReserved([&] {
        blocked.count_down();
        release.wait();
    });
    blocked.wait();
    while ((*shards_)[1].Post([] {})) {
    }
    for (int i = 0; i < 3; ++i) {  // every second one is dealt to shard 1 and stays here instead
        TestSocket client(port);
        EXPECT_EQ(client.Get("/hello").body, "shard 0");
        const TestResponse refused = client.Get("/home?shard=1");
        EXPECT_EQ(refused.status, 503);
        EXPECT_NE(refused.body.find("overloaded"), std::string::npos);
        EXPECT_TRUE(client.ReadsEnd());
    }
    EXPECT_EQ(Metric("flux_net_refused_total", R"(reason="shard_busy")"), 3);
    EXPECT_EQ(Metric("flux_net_refused_total"), 3);
    release.count_down();
    EXPECT_TRUE(Eventually([&] { return TestSocket(port).Get("/home?shard=1").body == "shard 1"; })
    );
}

// The undefined-behaviour sanitizer opens a pipe to look at an object's type: it cannot work while
// this test leaves the process without a descriptor.
#if !defined(FLUX_UNDEFINED_BEHAVIOR_SANITIZER)
TEST_F(ServerTest, WaitsWithoutSpinningWhenOutOfDescriptors) {
    const std::uint16_t port = Listen();
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    const int lowest_free = ::dup(STDIN_FILENO);
    ::close(lowest_free);
    const rlimit tight{static_cast<rlim_t>(lowest_free) + 1, files.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &tight);
    TestSocket client(port);  // takes the last one
    const bool connected = client.connected();
    const std::uint64_t turns_before = (*shards_)[0].stats().turns.value();
    const SteadyTime begin = SystemClock::Instance().Now();
    const bool paused_often =
        Eventually([&] { return Metric("flux_net_accept_paused_total") >= 3; });
    const std::uint64_t turns = (*shards_)[0].stats().turns.value() - turns_before;
    ::setrlimit(RLIMIT_NOFILE, &files);
    EXPECT_TRUE(connected);
    EXPECT_TRUE(paused_often);
    EXPECT_GE(SystemClock::Instance().Now() - begin, Milliseconds(200)) << "three pauses of 100 ms";
    EXPECT_LT(turns, 100u) << "the shard spins on a connection it cannot accept";
    EXPECT_EQ(client.Get("/hello").status, 200);
}
#endif

// --- proxies ---

TEST_F(ServerTest, BelievesForwardedHeadersOfTrustedProxiesOnly) {
    constexpr std::string_view kForwarded =
        "X-Forwarded-For: 198.51.100.1, 203.0.113.9, 10.0.0.2\r\nX-Forwarded-Proto: https\r\n";
    TestSocket direct(Listen());
    EXPECT_EQ(direct.Get("/who", kForwarded).body, "127.0.0.1");
    ListenerOptions options = Loopback();
    options.trusted_proxies = *NetworkList::Parse({"127.0.0.1", "10.0.0.0/8"});
    TestSocket proxied(Listen(options));
    EXPECT_EQ(proxied.Get("/who", kForwarded).body, "203.0.113.9 secure");
    EXPECT_EQ(proxied.Get("/who").body, "127.0.0.1");
    EXPECT_EQ(proxied.Get("/who", "X-Forwarded-For: junk\r\n").body, "127.0.0.1");
    EXPECT_EQ(proxied.Get("/who", "X-Forwarded-For: [2001:db8::1]:99\r\n").body, "2001:db8::1");
    EXPECT_EQ(
        proxied.Get("/who", "X-Forwarded-For: 192.0.2.1:4711\r\nX-Forwarded-For: 10.1.1.1\r\n")
            .body,
        "192.0.2.1"
    );
}

}  // namespace
}  // namespace flux::net
