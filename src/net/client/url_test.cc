#include "net/client/url.h"

#include <gtest/gtest.h>

namespace flux::net {
namespace {

Url Must(std::string_view text) {
    auto url = Url::Parse(text);
    EXPECT_TRUE(url) << (url ? "" : url.error().context);
    return url ? *url : Url{};
}

TEST(Url, TakesSchemeHostPortAndPathPrefix) {
    const Url url = Must("HTTPS://API.Coingecko.com/api/v3");
    EXPECT_EQ(url.scheme, "https");
    EXPECT_EQ(url.host, "api.coingecko.com");
    EXPECT_EQ(url.port, 443);
    EXPECT_EQ(url.path, "/api/v3");
    EXPECT_TRUE(url.secure());
    EXPECT_FALSE(url.web_socket());
    EXPECT_EQ(url.Target("/coins/markets?x=1"), "/api/v3/coins/markets?x=1");
    EXPECT_EQ(url.HostHeader(), "api.coingecko.com");
}

TEST(Url, KeepsAnOwnPortAndBracketsOfIpV6) {
    const Url local = Must("ws://127.0.0.1:9302/");
    EXPECT_EQ(local.port, 9302);
    EXPECT_EQ(local.path, "");
    EXPECT_EQ(local.Target(""), "/");
    EXPECT_EQ(local.HostHeader(), "127.0.0.1:9302");
    EXPECT_TRUE(local.host_is_address());
    EXPECT_TRUE(local.web_socket());

    const Url v6 = Must("wss://[2001:DB8::1]:8443/feed/");
    EXPECT_EQ(v6.host, "2001:db8::1");
    EXPECT_EQ(v6.HostHeader(), "[2001:db8::1]:8443");
    EXPECT_EQ(v6.ToString(), "wss://[2001:db8::1]:8443/feed");
    EXPECT_TRUE(v6.host_is_address());
    EXPECT_EQ(Must("ws://host:80").HostHeader(), "host");
}

TEST(Url, RefusesWhatIsNoBaseUrl) {
    for (const char* text :
         {"",
          "localhost:80",
          "ftp://host/",
          "http://",
          "http:///path",
          "http://ho st/",
          "http://host:0/",
          "http://host:65536/",
          "http://host:+1/",
          "http://host:80a/",
          "http://host:/",
          "http://-host/",
          "http://host-/",
          "http://a..b/",
          "http://user:secret@host/",
          "http://host/?q=1",
          "http://host/#f",
          "http://host/a b",
          "http://host/%zz",
          "http://host/\r\nX: y",
          "http://[::1/",
          "http://[host]/",
          "http://[127.0.0.1]/",
          "http://[::1]x/",
          "http://::1/"}) {
        const auto url = Url::Parse(text);
        EXPECT_FALSE(url) << text;
        if (!url) {
            EXPECT_EQ(url.error().code, ErrorCode::kBadInput) << text;
        }
    }
    EXPECT_FALSE(Url::Parse("http://" + std::string(3000, 'a')));
    EXPECT_FALSE(Url::Parse(std::string("http://[::1\0]/", 14)));
    EXPECT_FALSE(Url::Parse("http://[fe80::1%\r\nX: y]/"));
}

TEST(Url, NeverRepeatsAPasswordInItsError) {
    const auto url = Url::Parse("https://someone:hunter2@host/");
    ASSERT_FALSE(url);
    EXPECT_EQ(url.error().context.find("host/"), std::string::npos);
    // What stands before '@' is the user and the password.
    EXPECT_EQ(url.error().context.find("hunter2"), std::string::npos) << url.error().context;
}

}  // namespace
}  // namespace flux::net
