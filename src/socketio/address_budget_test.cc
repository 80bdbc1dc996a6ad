#include "socketio/address_budget.h"

#include <gtest/gtest.h>

namespace flux::socketio {
namespace {

net::IpAddress Address(std::string_view text) {
    return net::IpAddress::Parse(text).value();
}

TEST(AddressBudget, AllowsTheBurstThenTheRate) {
    ManualClock clock;
    AddressBudget budget(10, 5, 1);
    const net::IpAddress client = Address("203.0.113.7");
    for (int i = 0; i < 5; ++i)
        EXPECT_TRUE(budget.Admit(client, 1, clock.Now()));
    EXPECT_FALSE(budget.Admit(client, 1, clock.Now()));
    clock.Advance(std::chrono::milliseconds(100));
    EXPECT_TRUE(budget.Admit(client, 1, clock.Now()));
    EXPECT_FALSE(budget.Admit(client, 1, clock.Now()));
    clock.Advance(std::chrono::seconds(60));
    for (int i = 0; i < 5; ++i)
        EXPECT_TRUE(budget.Admit(client, 1, clock.Now()));
    EXPECT_FALSE(budget.Admit(client, 1, clock.Now()));
}

TEST(AddressBudget, OneAddressDoesNotSpendAnothers) {
    ManualClock clock;
    AddressBudget budget(1, 3, 2);
    for (int i = 0; i < 100; ++i)
        budget.Admit(Address("203.0.113.7"), 1, clock.Now());
    for (int last = 8; last < 250; ++last) {
        const net::IpAddress other = Address("203.0.113." + std::to_string(last));
        EXPECT_TRUE(budget.Admit(other, 1, clock.Now())) << last;
    }
}

TEST(AddressBudget, AnIpv6ClientIsItsNetwork) {
    ManualClock clock;
    AddressBudget budget(1, 2, 3);
    EXPECT_TRUE(budget.Admit(Address("2001:db8:1:2::1"), 1, clock.Now()));
    EXPECT_TRUE(budget.Admit(Address("2001:db8:1:2:ffff::9"), 1, clock.Now()));
    EXPECT_FALSE(budget.Admit(Address("2001:db8:1:2::7"), 1, clock.Now()));
    EXPECT_TRUE(budget.Admit(Address("2001:db8:1:3::1"), 1, clock.Now()));
}

TEST(AddressBudget, ZeroMeansNone) {
    ManualClock clock;
    AddressBudget budget(0, 0, 4);
    for (int i = 0; i < 10'000; ++i)
        EXPECT_TRUE(budget.Admit(Address("203.0.113.7"), 1, clock.Now()));
}

}  // namespace
}  // namespace flux::socketio
