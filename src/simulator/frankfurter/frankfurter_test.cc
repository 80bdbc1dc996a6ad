// The simulated Frankfurter over real sockets, checked field by field.
#include "simulator/frankfurter/frankfurter.h"

#include "json/json_fields.h"
#include "simulator/frankfurter/exchange_rates.h"
#include "simulator/simulator_fixture.h"
#include "simulator/wall_text.h"

#include <gtest/gtest.h>

namespace flux::simulator {
namespace {

using FrankfurterTest = SimulatorTest;

TEST_F(FrankfurterTest, TellsTheRupee) {
    Start();
    const std::string body = FetchJson("/frankfurter/v1/latest?base=USD&symbols=INR");
    ExpectFields(body, {{"amount", "n"}, {"base", "s"}, {"date", "s"}, {"rates", "o"}});
    ExpectFields(At(body, "rates"), {{"INR", "n"}});
    EXPECT_EQ(At(body, "amount"), "1.0");
    EXPECT_EQ(TextAt(body, "base"), "USD");
    EXPECT_NEAR(NumberAt(body, "rates.INR"), 88, 9);
    EXPECT_EQ(TextAt(body, "date"), DateText(RateDay(SystemClock::Instance().WallNow())));
    EXPECT_EQ(FetchJson("/frankfurter/v1/latest?from=USD&to=INR"), body) << "the older names";
}

TEST_F(FrankfurterTest, TellsAllOfTheThirty) {
    Start();
    const std::string body = FetchJson("/frankfurter/v1/latest");
    EXPECT_EQ(TextAt(body, "base"), "EUR");
    int count = 0;
    const std::string all = At(body, "rates");
    for (json::ObjectReader rates(all); rates.Next();)
        ++count;
    EXPECT_EQ(count, 29);
    const double dollar = NumberAt(body, "rates.USD");
    const double rupee = NumberAt(body, "rates.INR");
    const std::string other = FetchJson("/frankfurter/v1/latest?base=USD&symbols=INR,EUR");
    EXPECT_NEAR(NumberAt(other, "rates.INR"), rupee / dollar, 0.01);
    EXPECT_NEAR(NumberAt(other, "rates.EUR"), 1 / dollar, 0.0001);
}

TEST_F(FrankfurterTest, RefusesAsTheVendorDoes) {
    Start();
    for (const std::string path :
         {"/v1/latest?base=QQQ", "/v1/latest?base=USD&symbols=QQQ", "/v1/other", "", "/"}) {
        const WireAnswer answer = Fetch("/frankfurter" + path);
        EXPECT_EQ(answer.status, 404) << path;
        EXPECT_EQ(TextAt(answer.body, "message"), "not found");
    }
    Control("limits", R"({"source":"frankfurter","rule":"minute","most":6})");
    EXPECT_EQ(Fetch("/frankfurter/v1/latest").status, 200);
    EXPECT_EQ(Fetch("/frankfurter/v1/latest").status, 429);
}

TEST(ExchangeRates, AreOfWorkingDays) {
    constexpr WallMillis kHour = 3'600'000;
    // The 20th of March 2026 was a Friday.
    const WallMillis friday = 1'773'964'800'000;
    ASSERT_EQ(DateText(friday), "2026-03-20");
    EXPECT_EQ(DateText(RateDay(friday + 14 * kHour)), "2026-03-19");
    EXPECT_EQ(DateText(RateDay(friday + 16 * kHour)), "2026-03-20");
    EXPECT_EQ(DateText(RateDay(friday + 48 * kHour)), "2026-03-20");
    EXPECT_EQ(DateText(RateDay(friday + (3 * 24 + 16) * kHour)), "2026-03-23");
    EXPECT_EQ(Currencies().size(), 30u);
    EXPECT_EQ(PerDollar(1, "USD", friday), 1.0);
    EXPECT_NE(PerDollar(1, "INR", friday), PerDollar(1, "INR", friday + kDayMillis));
    EXPECT_EQ(PerDollar(1, "INR", friday), PerDollar(1, "INR", friday));
    EXPECT_FALSE(PerDollar(1, "inr", friday));
}

}  // namespace
}  // namespace flux::simulator
