#include "simulator/coinbase/replay_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace flux::simulator {
namespace {

using testing::HasSubstr;

Result<std::vector<Recording>> Read(const std::string& text, std::string_view product = "BTC-USD") {
    std::istringstream in(text);
    return ReadRecordings(in, "prices.csv", product);
}

std::string ErrorOf(const std::string& text, std::string_view product = "BTC-USD") {
    const auto read = Read(text, product);
    return read ? "" : read.error().context;
}

TEST(ReplayFile, ReadsColumnsByTheirNames) {
    const auto read = Read(
        "volume,ignored,close,Low,HIGH,open,timestamp\n"
        "0.5,x,101.25,99,102,100,1736208060\n"
        "\n"
        "1.5,y,100.5,100.5,103,101.25,1736208120\r\n"
    );
    ASSERT_TRUE(read) << read.error().context;
    ASSERT_EQ(read->size(), 1u);
    const Recording& recording = read->front();
    EXPECT_EQ(recording.product, "BTC-USD");
    EXPECT_EQ(recording.price_decimals, 2);
    EXPECT_EQ(recording.bar_length(), Milliseconds(60'000));
    ASSERT_EQ(recording.bars.size(), 2u);
    EXPECT_EQ(recording.bars[0].time, 1736208060000);
    EXPECT_EQ(recording.bars[0].open, 10000);
    EXPECT_EQ(recording.bars[0].high, 10200);
    EXPECT_EQ(recording.bars[0].low, 9900);
    EXPECT_EQ(recording.bars[0].close, 10125);
    EXPECT_EQ(recording.bars[0].volume, 50'000'000);
}

TEST(ReplayFile, ReadsSeveralProductsAndKeepsTheirPrecision) {
    const std::string text =
        "\xEF\xBB\xBFtime,product,open,high,low,close,volume\n"
        "2026-03-20T09:55:00Z,BTC-USD,70000,70010,69990,70005,1\n"
        "2026-03-20T09:55:00Z,DOGE-USD,0.09412,0.0942,0.094,0.0941,1000\n"
        "2026-03-20T10:00:00Z,DOGE-USD,0.0941,0.0942,0.094,0.0942,1000\n";
    const auto all = Read(text, "");
    ASSERT_TRUE(all) << all.error().context;
    ASSERT_EQ(all->size(), 2u);
    EXPECT_EQ((*all)[1].product, "DOGE-USD");
    EXPECT_EQ((*all)[1].price_decimals, 5);
    EXPECT_EQ((*all)[1].bars[0].open, 9412);
    EXPECT_EQ((*all)[1].bar_length(), Milliseconds(300'000));

    const auto one = Read(text, "BTC-USD");
    ASSERT_TRUE(one);
    ASSERT_EQ(one->size(), 1u);
    EXPECT_EQ(one->front().bars.size(), 1u);
    EXPECT_EQ(one->front().bar_length(), Milliseconds(60'000));
}

TEST(ReplayFile, TakesTimesInThreeForms) {
    EXPECT_EQ(*ParseBarTime("1736208060"), 1736208060000);
    EXPECT_EQ(*ParseBarTime("1736208060.5"), 1736208060500);
    EXPECT_EQ(*ParseBarTime("1736208060123"), 1736208060123);
    EXPECT_EQ(*ParseBarTime("2025-01-07T00:01:00Z"), 1736208060000);
    EXPECT_EQ(*ParseBarTime("2025-01-07 00:01:00.250000"), 1736208060250);
    EXPECT_EQ(*ParseBarTime("2025-01-07 00:01"), 1736208060000);
    EXPECT_EQ(*ParseBarTime("2025-01-07T05:31:00+05:30"), 1736208060000);
    EXPECT_EQ(*ParseBarTime("2025-01-06T19:01:00-0500"), 1736208060000);
    EXPECT_EQ(*ParseBarTime("2025-01-07"), 1736208000000);
    for (const char* text :
         {"",
          "yesterday",
          "-5",
          "2025-13-01",
          "2025-02-30",
          "2025-01-07T25:00",
          "2025-01-07T00:01:00X",
          "2025-01-07T00:01:00+",
          "17362080601234567",
          "1736208060x"}) {
        EXPECT_FALSE(ParseBarTime(text)) << text;
    }
}

TEST(ReplayFile, NamesLineAndColumnOfWhatIsWrong) {
    const std::string head = "time,open,high,low,close,volume\n";
    EXPECT_THAT(ErrorOf(""), HasSubstr("no header line"));
    EXPECT_THAT(ErrorOf("time,open,high,low,close\n"), HasSubstr("line 1, column \"volume\""));
    EXPECT_THAT(ErrorOf(head, ""), HasSubstr("--product"));
    EXPECT_THAT(ErrorOf("time,time,open,high,low,close,volume\n"), HasSubstr("stands twice"));
    EXPECT_THAT(
        ErrorOf(head + "1,2,3,1,2,1\n2,abc,3,1,2,1\n"),
        HasSubstr("prices.csv, line 3, column \"open\": \"abc\"")
    );
    EXPECT_THAT(ErrorOf(head + "x,2,3,1,2,1\n"), HasSubstr("line 2, column \"time\""));
    EXPECT_THAT(ErrorOf(head + "1,2,3,1,2\n"), HasSubstr("has 5 fields, the header 6"));
    EXPECT_THAT(ErrorOf(head + "1,2,3,1,2,-1\n"), HasSubstr("column \"volume\""));
    EXPECT_THAT(ErrorOf(head + "1,0,3,0,2,1\n"), HasSubstr("column \"open\""));
    EXPECT_THAT(ErrorOf(head + "1,2,3,2.5,2,1\n"), HasSubstr("column \"low\""));
    EXPECT_THAT(ErrorOf(head + "1,2,2,1,2.5,1\n"), HasSubstr("column \"high\""));
    EXPECT_THAT(ErrorOf(head + "2,2,3,1,2,1\n2,2,3,1,2,1\n"), HasSubstr("line 3, column \"time\""));
    EXPECT_THAT(ErrorOf(head), HasSubstr("no price of BTC-USD"));
    EXPECT_THAT(ErrorOf(head + std::string(5000, '1')), HasSubstr("longer than 4096"));
    EXPECT_THAT(ErrorOf(std::string(5000, 'h')), HasSubstr("4096"));
}

TEST(ReplayFile, SaysThatAFileIsMissing) {
    const auto read = ReadRecordingFile("/nowhere/prices.csv", "BTC-USD");
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace flux::simulator
