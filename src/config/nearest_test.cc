#include "config/nearest.h"

#include <gtest/gtest.h>

namespace flux::config {
namespace {

const std::vector<std::string> kNames{
    "http.port", "http.addresses", "admin.port", "socketio.ping_interval", "socketio.ping_timeout"};

TEST(Nearest, FindsSlips) {
    EXPECT_EQ(Nearest("http.prot", kNames), "http.port");
    EXPECT_EQ(Nearest("htp.port", kNames), "http.port");
    EXPECT_EQ(Nearest("socketio.ping_intervall", kNames), "socketio.ping_interval");
    EXPECT_EQ(Nearest("socketio.pingtimeout", kNames), "socketio.ping_timeout");
}

TEST(Nearest, FindsANameWithoutOrWithAnotherSection) {
    EXPECT_EQ(Nearest("ping_interval", kNames), "socketio.ping_interval");
    EXPECT_EQ(Nearest("port", kNames), "http.port") << "the earlier of two";
}

TEST(Nearest, DoesNotGuessWildly) {
    EXPECT_EQ(Nearest("weather.city", kNames), std::nullopt);
    EXPECT_EQ(Nearest("", kNames), std::nullopt);
    EXPECT_EQ(Nearest(std::string(100'000, 'a'), kNames), std::nullopt);
    EXPECT_EQ(DidYouMean("weather.city", kNames), "");
    EXPECT_EQ(DidYouMean("admin.prt", kNames), "; did you mean admin.port?");
}

}  // namespace
}  // namespace flux::config
