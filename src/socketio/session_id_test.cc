#include "socketio/session_id.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace flux::socketio {
namespace {

TEST(SessionId, SaysWhereItLives) {
    for (const std::uint16_t shard : {0, 1, 35, 36, 63, 1295}) {
        const SessionId id = SessionId::Make('q', ShardId(shard));
        EXPECT_EQ(id.view().size(), 25u);
        const auto place = PlaceOf(id.view());
        ASSERT_TRUE(place);
        EXPECT_EQ(place->gateway_id, 'q');
        EXPECT_EQ(place->shard.value(), shard);
    }
    EXPECT_EQ(SessionId::Make('a', ShardId(37)).view().substr(0, 3), "a11");
}

TEST(SessionId, IsNeverTheSame) {
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i)
        EXPECT_TRUE(seen.emplace(SessionId::Make('a', ShardId(0)).view()).second);
}

TEST(SessionId, WhatIsNoneHasNoPlace) {
    for (const std::string_view text :
         {"",
          "a00",
          "a00aaaaaaaaaaaaaaaaaaaaaaa",
          "A00aaaaaaaaaaaaaaaaaaaaaa",
          "a-0aaaaaaaaaaaaaaaaaaaaaa",
          "\"00aaaaaaaaaaaaaaaaaaaaaa"}) {
        EXPECT_FALSE(PlaceOf(text)) << text;
    }
}

TEST(SessionId, IsFoundInAQuery) {
    EXPECT_EQ(SidInQuery("EIO=4&sid=abc&transport=polling"), "abc");
    EXPECT_EQ(SidInQuery("sid=abc"), "abc");
    EXPECT_EQ(SidInQuery("xsid=abc&sid="), "");
    EXPECT_EQ(SidInQuery("EIO=4&&transport=polling"), "");
    EXPECT_EQ(SidInQuery(""), "");
}

}  // namespace
}  // namespace flux::socketio
