#include "net/inbound_budget.h"

#include "net/server_fixture.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace flux::net {
namespace {

using testing::ClientFrame;
using testing::Eventually;
using testing::ServerTest;
using testing::TestSocket;
using Charge = InboundBudget::Charge;

IpAddress Address(std::string_view text) {
    return IpAddress::Parse(text).value();
}

TEST(InboundBudget, CountsInStepsAndGivesBack) {
    InboundBudget budget(100 * KiB, 64 * KiB);
    {
        Charge charge(budget, Address("192.0.2.1"));
        EXPECT_TRUE(charge.Cover(limits::kInboundFreeBytes));
        EXPECT_EQ(budget.bytes(), 0u);
        EXPECT_TRUE(charge.Cover(limits::kInboundFreeBytes + 1));
        EXPECT_EQ(budget.bytes(), limits::kInboundStepBytes);
        EXPECT_TRUE(charge.Cover(64 * KiB));
        EXPECT_FALSE(charge.Cover(64 * KiB + 1));
        EXPECT_EQ(budget.bytes(), 64 * KiB);
    }
    EXPECT_EQ(budget.bytes(), 0u);
}

TEST(InboundBudget, HoldsForANetworkAndForAll) {
    InboundBudget budget(112 * KiB, 64 * KiB);
    Charge first(budget, Address("2001:db8:1:2::1"));
    Charge neighbour(budget, Address("2001:db8:1:2::2"));
    Charge other(budget, Address("2001:db8:1:3::1"));
    Charge proxy(budget);
    EXPECT_TRUE(first.Cover(48 * KiB));
    EXPECT_FALSE(neighbour.Cover(32 * KiB));
    EXPECT_TRUE(other.Cover(48 * KiB));
    EXPECT_TRUE(proxy.Cover(16 * KiB));
    EXPECT_FALSE(proxy.Cover(17 * KiB));
    EXPECT_EQ(budget.bytes(), 112 * KiB);
}

/// A listener where one address may leave 128 KiB unfinished.
class InboundTest : public ServerTest {
protected:
    std::uint16_t ListenNarrowly() {
        ListenerOptions options = Loopback();
        options.inbound_bytes_per_address_max = 128 * KiB;
        return Listen(std::move(options));
    }
    double Refused() const { return Metric("flux_net_refused_total", R"(reason="inbound_full")"); }
    static std::string Post(std::size_t body_bytes) {
        return "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
               std::to_string(body_bytes) + "\r\n\r\n";
    }
};

// LIM-16
TEST_F(InboundTest, UnfinishedBodiesOfOneAddressAreBounded) {
    const std::uint16_t port = ListenNarrowly();
    const std::string most(80'000, 'b');
    std::vector<TestSocket> clients;
    for (int i = 0; i < 10; ++i)
        ASSERT_TRUE(clients.emplace_back(port).Send(Post(90'000) + most));
    ASSERT_TRUE(Eventually([&] { return Refused() >= 9; }));
    // The one that was let in ends well; then there is room again.
    int whole = 0;
    for (TestSocket& client : clients) {
        client.Send(std::string(10'000, 'b'));
        const int status = client.ReadResponse().status;
        whole += status == 200 ? 1 : 0;
        EXPECT_TRUE(status == 200 || status == 503) << status;
    }
    EXPECT_LE(whole, 1);
    TestSocket again(port);
    EXPECT_EQ(again.Ask(Post(90'000) + std::string(90'000, 'c')).body, std::string(90'000, 'c'));
}

// LIM-16
TEST_F(InboundTest, BodiesInChunksAndHeadsCountToo) {
    const std::uint16_t port = ListenNarrowly();
    std::vector<TestSocket> clients;
    for (int i = 0; i < 10; ++i) {
        ASSERT_TRUE(clients.emplace_back(port).Send(
            "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: "
            "chunked\r\n\r\n15f90\r\n" +
            std::string(80'000, 'b')
        ));
    }
    EXPECT_TRUE(Eventually([&] { return Refused() >= 9; }));
    clients.clear();
    ASSERT_TRUE(Eventually([&] { return Metric("flux_net_connections_open") == 0; }));
    const double before = Refused();
    for (int i = 0; i < 20; ++i) {
        ASSERT_TRUE(clients.emplace_back(port).Send(
            "GET / HTTP/1.1\r\nHost: localhost\r\na: " + std::string(12'000, 'h')
        ));
    }
    EXPECT_TRUE(Eventually([&] { return Refused() >= before + 10; }));
}

// LIM-16
TEST_F(InboundTest, UnfinishedMessagesOfOneAddressAreBounded) {
    const std::uint16_t port = ListenNarrowly();
    const std::string frame = ClientFrame(Opcode::kBinary, std::string(90'000, 'm'));
    std::vector<TestSocket> clients;
    for (int i = 0; i < 10; ++i) {
        TestSocket& client = clients.emplace_back(port);
        ASSERT_EQ(client.Ask(testing::UpgradeRequest("/ws")).status, 101);
        // Whole ones need no room, however many there are.
        ASSERT_TRUE(client.Send(ClientFrame(Opcode::kText, "whole")));
        EXPECT_EQ(client.ReadFrame().payload, "whole");
        ASSERT_TRUE(client.Send(frame.substr(0, 80'000)));
    }
    EXPECT_TRUE(Eventually([&] { return seen_.last_fault == 1013; }));
    EXPECT_TRUE(Eventually([&] { return seen_.sockets_closed >= 9; }));
    EXPECT_GE(Refused(), 9);
}

}  // namespace
}  // namespace flux::net
