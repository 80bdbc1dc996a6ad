#include "simulator/coinbase/decimal.h"

#include <gtest/gtest.h>

namespace flux::simulator {
namespace {

TEST(Decimal, IsWrittenWithoutZerosAtTheEnd) {
    EXPECT_EQ(FormatDecimal(6901000, 2), "69010");
    EXPECT_EQ(FormatDecimal(7051234, 2), "70512.34");
    EXPECT_EQ(FormatDecimal(7124050, 2), "71240.5");
    EXPECT_EQ(FormatDecimal(9, 8), "0.00000009");
    EXPECT_EQ(FormatDecimal(0, 8), "0");
    EXPECT_EQ(FormatDecimal(-150, 2), "-1.5");
    EXPECT_EQ(FormatDecimal(100, 0), "100");
    EXPECT_EQ(FormatFixed(1, 2), "0.01");
}

TEST(Decimal, IsReadAtAGivenScale) {
    EXPECT_EQ(ParseDecimal("70512.34", 2), 7051234);
    EXPECT_EQ(ParseDecimal("70512", 2), 7051200);
    EXPECT_EQ(ParseDecimal("0.00114705", 8), 114705);
    EXPECT_EQ(ParseDecimal("1.239", 2), 123);
    EXPECT_EQ(ParseDecimal("-1.5", 2), -150);
    for (const char* text :
         {"", ".", "1.", ".5", "1e5", "abc", "1 ", " 1", "--1", "1.2.3", "99999999999"})
        EXPECT_EQ(ParseDecimal(text, 2), std::nullopt) << text;
}

TEST(Decimal, CountsTheDigitsThatMatter) {
    EXPECT_EQ(FractionDigits("102228"), 0);
    EXPECT_EQ(FractionDigits("102228.0"), 0);
    EXPECT_EQ(FractionDigits("102228.50"), 1);
    EXPECT_EQ(FractionDigits("0.00012"), 5);
}

}  // namespace
}  // namespace flux::simulator
