#include "net/address.h"

#include <gtest/gtest.h>

#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>

namespace flux::net {
namespace {

TEST(IpAddress, ReadsAndPrintsBothFamilies) {
    for (const char* text : {"127.0.0.1", "0.0.0.0", "255.1.2.3", "::1", "::", "2001:db8::7"}) {
        const Result<IpAddress> address = IpAddress::Parse(text);
        ASSERT_TRUE(address) << text;
        EXPECT_EQ(address->ToString(), text);
    }
    EXPECT_TRUE(IpAddress::Parse("10.0.0.1")->is_v4());
    EXPECT_FALSE(IpAddress::Parse("2001:db8::1")->is_v4());
}

TEST(IpAddress, AMappedAddressIsTheIpv4Address) {
    EXPECT_EQ(*IpAddress::Parse("::ffff:10.1.2.3"), *IpAddress::Parse("10.1.2.3"));
    EXPECT_EQ(IpAddress::Parse("::ffff:10.1.2.3")->ToString(), "10.1.2.3");
}

TEST(IpAddress, RefusesWhatIsNoAddress) {
    const std::string with_zero("127.0.0.1\0.evil", 15);
    for (const std::string& text : std::vector<std::string>{
             "",
             "localhost",
             "1.2.3",
             "1.2.3.4.5",
             "256.1.1.1",
             "::g",
             "1.2.3.4 ",
             "[::1]",
             with_zero,
             std::string(500, '1')}) {
        const Result<IpAddress> address = IpAddress::Parse(text);
        ASSERT_FALSE(address) << text;
        EXPECT_EQ(address.error().code, ErrorCode::kBadInput);
    }
}

TEST(IpAddress, KnowsLoopback) {
    EXPECT_TRUE(IpAddress::Parse("127.0.0.1")->is_loopback());
    EXPECT_TRUE(IpAddress::Parse("127.9.9.9")->is_loopback());
    EXPECT_TRUE(IpAddress::Parse("::1")->is_loopback());
    EXPECT_FALSE(IpAddress::Parse("128.0.0.1")->is_loopback());
    EXPECT_FALSE(IpAddress::Parse("::2")->is_loopback());
    EXPECT_FALSE(IpAddress::Parse("::")->is_loopback());
}

TEST(IpAddress, ComesFromTheKernelsForm) {
    sockaddr_storage storage{};
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_addr.s_addr = htonl(0x0a010203);
    std::memcpy(&storage, &v4, sizeof v4);
    EXPECT_EQ(IpAddress::From(storage).ToString(), "10.1.2.3");
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_addr = in6addr_loopback;
    std::memcpy(&storage, &v6, sizeof v6);
    EXPECT_EQ(IpAddress::From(storage).ToString(), "::1");
}

TEST(NetworkList, ContainsByPrefix) {
    const NetworkList list =
        *NetworkList::Parse({"10.0.0.0/8", "192.168.4.64/26", "::1", "fd00::/9"});
    const auto contains = [&](const char* text) { return list.Contains(*IpAddress::Parse(text)); };
    EXPECT_TRUE(contains("10.255.0.1"));
    EXPECT_FALSE(contains("11.0.0.1"));
    EXPECT_TRUE(contains("192.168.4.127"));
    EXPECT_FALSE(contains("192.168.4.128"));
    EXPECT_FALSE(contains("192.168.4.63"));
    EXPECT_TRUE(contains("::1"));
    EXPECT_FALSE(contains("::2"));
    EXPECT_TRUE(contains("fd7f::1"));
    EXPECT_FALSE(contains("fd80::1"));
}

TEST(IpAddress, CountsAsItsNetwork) {
    const auto network = [](std::string_view text) {
        return IpAddress::Parse(text).value().Network().ToString();
    };
    EXPECT_EQ(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    EXPECT_EQ(network("2001:db8:1:2::"), "2001:db8:1:2::");
    EXPECT_EQ(network("2001:db8:1:3::1"), "2001:db8:1:3::");
    EXPECT_EQ(network("203.0.113.7"), "203.0.113.7");
    EXPECT_EQ(network("::ffff:203.0.113.7"), "203.0.113.7");
}

TEST(NetworkList, ZeroBitsTakeTheirWholeFamilyOnly) {
    const NetworkList list = *NetworkList::Parse({"0.0.0.0/0"});
    EXPECT_TRUE(list.Contains(*IpAddress::Parse("203.0.113.1")));
    EXPECT_FALSE(list.Contains(*IpAddress::Parse("2001:db8::1")));
    EXPECT_FALSE(NetworkList().Contains(*IpAddress::Parse("127.0.0.1")));
}

TEST(NetworkList, NamesTheEntryThatIsWrong) {
    for (const char* entry :
         {"10.0.0.0/33",
          "10.0.0.0/",
          "10.0.0.0/-1",
          "10.0.0.0/-0",
          "10.0.0.0/8x",
          "host",
          "::/129"}) {
        const Result<NetworkList> list = NetworkList::Parse({"127.0.0.1", entry});
        ASSERT_FALSE(list) << entry;
        EXPECT_NE(list.error().context.find(entry), std::string::npos);
    }
}

}  // namespace
}  // namespace flux::net
