#include "net/host_rule.h"

#include "net/server_fixture.h"

#include <gtest/gtest.h>

namespace flux::net {
namespace {

using testing::ServerTest;
using testing::TestResponse;
using testing::TestSocket;

HttpRequest With(std::string_view host) {
    HttpRequest request;
    request.headers = {{"Host", host}};
    return request;
}

TEST(HostRule, OnThisMachineAHostThatNobodyElseCanOwnIsItsOwn) {
    const HostRule rule({"127.0.0.1", "::1"}, {"flux.internal"});
    for (const char* host :
         {"localhost",
          "LocalHost:9464",
          "app.localhost:80",
          "a.B.LOCALHOST",
          "127.0.0.1",
          "127.0.0.1:1",
          "10.1.2.3:9464",
          "[::1]",
          "[::1]:9464",
          "flux.internal",
          "FLUX.internal:80"}) {
        EXPECT_TRUE(rule.Allows(With(host))) << host;
    }
    EXPECT_TRUE(rule.Allows(HttpRequest{})) << "HTTP/1.0";
}

TEST(HostRule, OnThisMachineANameCouldBePointedHereByItsOwner) {
    const HostRule rule({"127.0.0.2"}, {"flux.internal"});
    for (const char* host :
         {"",
          ":9464",
          "evil.example",
          "localhost.evil.example",
          "evillocalhost",
          "ocalhost",
          "127.0.0.1.evil.example",
          "[::1",
          "[::1]evil.example",
          "[::1]:80x",
          "localhost:80.evil.example",
          "[evil]",
          "[localhost]",
          "[flux.internal]",
          "xflux.internal",
          "flux.internal."}) {
        EXPECT_FALSE(rule.Allows(With(host))) << host;
    }
}

TEST(HostRule, AListenerThatFacesTheWorldAnswersToAnyNameUntilItIsGivenSome) {
    const HostRule open({"127.0.0.1", "0.0.0.0"}, {});
    EXPECT_TRUE(open.Allows(With("anything.example")));
    EXPECT_TRUE(open.Allows(With("")));
    const HostRule named({"::"}, {"flux.example", "2001:db8::1", "10.1.2.3"});
    for (const char* host : {"flux.example", "Flux.Example:443", "[2001:db8::1]:80", "10.1.2.3"})
        EXPECT_TRUE(named.Allows(With(host))) << host;
    for (const char* host : {"", "localhost", "127.0.0.1", "evil.example", "[2001:db8::2]"})
        EXPECT_FALSE(named.Allows(With(host))) << host;
    EXPECT_FALSE(named.Allows(HttpRequest{})) << "HTTP/1.0";
}

TEST_F(ServerTest, ARequestForSomebodyElsesDomainReachesNoApplication) {
    ListenerOptions options = Loopback();
    options.hosts = {"flux.internal"};
    options.hosts_setting = "test.hosts";
    const std::uint16_t port = Listen(std::move(options));
    const auto ask = [&](std::string_view line, std::string_view host) {
        TestSocket client(port);
        return client.Ask(
            std::string(line) + " HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n"
        );
    };
    for (const char* line : {"GET /hello", "POST /echo", "GET /nowhere", "GET /home?shard=0"}) {
        const TestResponse refused = ask(line, "evil.example");
        EXPECT_EQ(refused.status, 403) << line;
        EXPECT_EQ(refused.Header("content-type"), "application/json");
        EXPECT_NE(refused.body.find("test.hosts"), std::string::npos) << refused.body;
    }
    EXPECT_EQ(Metric("flux_net_http_requests_total"), 0);
    EXPECT_EQ(Metric("flux_net_http_foreign_hosts_total"), 4);
    EXPECT_EQ(ask("GET /hello", "flux.internal").status, 200);
    EXPECT_EQ(ask("GET /hello", "localhost:5173").status, 200);
    TestSocket without(port);
    EXPECT_EQ(without.Ask("GET /hello HTTP/1.1\r\n\r\n").status, 400);
    TestSocket old(port);
    EXPECT_EQ(old.Ask("GET /hello HTTP/1.0\r\n\r\n").status, 200);
}

TEST_F(ServerTest, AWebSocketForSomebodyElsesDomainIsRefused) {
    const std::uint16_t port = Listen();
    std::string request = testing::UpgradeRequest("/ws");
    TestSocket own(port);
    EXPECT_EQ(own.Ask(request).status, 101);
    const std::size_t host = request.find("localhost");
    ASSERT_NE(host, std::string::npos);
    request.replace(host, std::string_view("localhost").size(), "evil.example");
    TestSocket foreign(port);
    EXPECT_EQ(foreign.Ask(request).status, 403);
    EXPECT_EQ(Metric("flux_net_websockets_total"), 1);
}

}  // namespace
}  // namespace flux::net
