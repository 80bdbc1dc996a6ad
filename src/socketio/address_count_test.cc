#include "socketio/address_count.h"

#include <gtest/gtest.h>

#include <string>

namespace flux::socketio {
namespace {

net::IpAddress Address(std::string_view text) {
    return net::IpAddress::Parse(text).value();
}

TEST(AddressCount, AllowsUpToItsMaximum) {
    AddressCount count(3, 1);
    const net::IpAddress client = Address("203.0.113.7");
    for (int i = 0; i < 3; ++i)
        EXPECT_TRUE(count.Enter(client));
    EXPECT_FALSE(count.Enter(client));
    EXPECT_FALSE(count.Enter(client));
    count.Leave(client);
    EXPECT_TRUE(count.Enter(client));
    EXPECT_FALSE(count.Enter(client));
}

TEST(AddressCount, OneAddressDoesNotUseAnothers) {
    AddressCount count(1, 2);
    for (int last = 1; last < 250; ++last) {
        const net::IpAddress client = Address("203.0.113." + std::to_string(last));
        EXPECT_TRUE(count.Enter(client)) << last;
        EXPECT_FALSE(count.Enter(client)) << last;
    }
}

TEST(AddressCount, AnIpv6ClientIsItsNetwork) {
    AddressCount count(2, 3);
    EXPECT_TRUE(count.Enter(Address("2001:db8:1:2::1")));
    EXPECT_TRUE(count.Enter(Address("2001:db8:1:2:ffff::9")));
    EXPECT_FALSE(count.Enter(Address("2001:db8:1:2::7")));
    EXPECT_TRUE(count.Enter(Address("2001:db8:1:3::1")));
    count.Leave(Address("2001:db8:1:2:ffff::9"));
    EXPECT_TRUE(count.Enter(Address("2001:db8:1:2::7")));
}

}  // namespace
}  // namespace flux::socketio
