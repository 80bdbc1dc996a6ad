#include "feeds/stock/stock_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace flux::feeds {
namespace {

using testing::HasSubstr;

TEST(StockOptions, TheDefaultsAreTheFiftyOfTheContract) {
    const StockOptions options;
    EXPECT_TRUE(Check(options).has_value());
    EXPECT_EQ(options.symbols.size(), 50U);
    EXPECT_EQ(options.symbols.front(), "AAPL");
    EXPECT_EQ(options.symbols[7], "BRK.B");
    EXPECT_EQ(options.symbols.back(), "LOW");
}

TEST(StockOptions, WhatCannotWorkIsRefusedBySetting) {
    const auto refused = [](auto change) {
        StockOptions options;
        change(options);
        const Result<void> fit = Check(options);
        return fit ? std::string("fits") : fit.error().context;
    };
    EXPECT_THAT(refused([](auto& o) { o.symbols = {"AAPL"}; }), HasSubstr("stock.symbols"));
    EXPECT_THAT(refused([](auto& o) { o.symbols = {"A", "A"}; }), HasSubstr("A twice"));
    EXPECT_THAT(refused([](auto& o) { o.symbols = {"A", "b"}; }), HasSubstr("no symbol"));
    EXPECT_THAT(refused([](auto& o) { o.symbols = {"A", "B&token=x"}; }), HasSubstr("no symbol"));
    EXPECT_THAT(refused([](auto& o) { o.base_url = "ws://x"; }), HasSubstr("finnhub.base_url"));
    EXPECT_THAT(refused([](auto& o) { o.base_url = "x"; }), HasSubstr("finnhub.base_url"));
    EXPECT_THAT(refused([](auto& o) { o.quotes_min_percent = 101; }), HasSubstr("quotes_min"));
    EXPECT_THAT(refused([](auto& o) { o.calls_per_second = 0; }), HasSubstr("calls_per_second"));
    EXPECT_THAT(refused([](auto& o) { o.interval = Milliseconds(0); }), HasSubstr("time of stock"));
    EXPECT_THAT(refused([](auto& o) { o.rows_max = 0; }), HasSubstr("stock.rows"));
}

}  // namespace
}  // namespace flux::feeds
