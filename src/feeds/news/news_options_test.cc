#include "feeds/news/news_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace flux::feeds {
namespace {

using testing::HasSubstr;

TEST(NewsOptions, TheDefaultsAskWhatTheContractSays) {
    const NewsOptions options;
    EXPECT_TRUE(Check(options).has_value());
    EXPECT_EQ(NewsEndpoint(options), "/latest?category=business,politics,technology&language=en");
    EXPECT_EQ(NewsCacheKey(options), "news:latest:global:en:business,politics,technology");
}

TEST(NewsOptions, TheOrderOfCategoriesMakesNoDifference) {
    NewsOptions options;
    options.categories = {"technology", "business", "politics"};
    EXPECT_EQ(NewsCacheKey(options), NewsCacheKey(NewsOptions()));
    EXPECT_EQ(NewsEndpoint(options), NewsEndpoint(NewsOptions()));
}

TEST(NewsOptions, WhatCannotWorkIsRefusedBySetting) {
    const auto refused = [](auto change) {
        NewsOptions options;
        change(options);
        const Result<void> fit = Check(options);
        return fit ? std::string("fits") : fit.error().context;
    };
    EXPECT_THAT(refused([](auto& o) { o.categories = {}; }), HasSubstr("news.categories"));
    EXPECT_THAT(refused([](auto& o) { o.categories = {"a", "a"}; }), HasSubstr("a twice"));
    EXPECT_THAT(
        refused([](auto& o) { o.categories = {"a&apikey=x"}; }), HasSubstr("news.categories")
    );
    EXPECT_THAT(refused([](auto& o) { o.language = ""; }), HasSubstr("news.language"));
    EXPECT_THAT(refused([](auto& o) { o.base_url = "wss://x"; }), HasSubstr("newsdata.base_url"));
    EXPECT_THAT(refused([](auto& o) { o.credits_per_day = 0; }), HasSubstr("credits_per_day"));
    EXPECT_THAT(
        refused([](auto& o) { o.cache_time = Milliseconds(0); }), HasSubstr("time of news")
    );
}

}  // namespace
}  // namespace flux::feeds
