#include "contract/stock.h"
#include "feeds/stock/stock_service.h"
#include "simulated_rig.h"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace flux {
namespace {

using contract::Failure;
using contract::ServiceState;
using simulator::FaultKind;

/// What the domain says of a fault that meets every quote; nothing: there are quotes all the same.
struct Case {
    FaultKind kind;
    std::optional<Failure> failure;
};

const std::vector<Case> kCases{
    {FaultKind::kDown, Failure::kSourceDown},
    {FaultKind::kDropConnection, Failure::kSourceDown},
    {FaultKind::kHttpStall, Failure::kSourceDown},
    {FaultKind::kSlowHeader, Failure::kSourceDown},
    {FaultKind::kSlowBody, Failure::kSourceDown},
    {FaultKind::kHttp429, Failure::kLimit},
    {FaultKind::kHttp500, Failure::kSourceDown},
    {FaultKind::kHttp503, Failure::kSourceDown},
    {FaultKind::kHttp401, Failure::kKeyRefused},
    {FaultKind::kHttp403, Failure::kBadRequest},
    {FaultKind::kHttp302, Failure::kBadData},
    {FaultKind::kHttpHtml, Failure::kBadData},
    {FaultKind::kPlainError, Failure::kSourceDown},
    {FaultKind::kEmptyBody, Failure::kBadData},
    {FaultKind::kTruncatedJson, Failure::kBadData},
    {FaultKind::kCutBody, Failure::kSourceDown},
    {FaultKind::kWrongLength, Failure::kSourceDown},
    {FaultKind::kGzip, Failure::kBadData},
    {FaultKind::kNulls, std::nullopt},
    {FaultKind::kMissingFields, std::nullopt},
    {FaultKind::kExponents, std::nullopt},
    {FaultKind::kInfiniteNumbers, Failure::kBadData},
    {FaultKind::kWrongTypes, Failure::kBadData},
    {FaultKind::kHtmlTexts, std::nullopt},
    {FaultKind::kHugeTexts, std::nullopt},
    {FaultKind::kBrokenRows, std::nullopt},
    {FaultKind::kZeroQuote, Failure::kBadData},
    {FaultKind::kMarketClosed, std::nullopt}};

class SimulatedStock : public testing::SimulatedRig<feeds::StockService> {
protected:
    SimulatedStock()
        : SimulatedRig("finnhub") {
        options_.key = "any-key";
        options_.simulated = true;
        options_.symbols = {"AAPL", "MSFT", "NVDA", "KO"};
        options_.calls_per_minute = 100'000;
        options_.calls_per_second = 1'000;
        options_.interval = std::chrono::hours(1);  // a test commands
        options_.retry_first = std::chrono::hours(1);
        options_.cache_time = 1ms;
        options_.call_time_max = 1s;
        simulator_options_.limits = {{"finnhub", "minute", 0}, {"finnhub", "second", 0}};
    }

    void Start() {
        options_.base_url = StartSimulator() + "/finnhub/api/v1";
        StartService(options_, contract::kStockUpdated);
    }

    bool Publishes(std::size_t events) {
        return Soon([&] { return Count(contract::kStockUpdated) >= events; });
    }

    contract::StockEvent Newest() {
        return contract::DecodeStockEvent(Payloads(contract::kStockUpdated).back()).value();
    }

    /// The next batch, when nothing keeps it from asking.
    void GoToNext() {
        clock_.Advance(61s);
        Command(contract::kStockRefresh);
    }

    void Meet(const Case& fault);

    feeds::StockOptions options_;
};

/// Puts it up, waits for what becomes of the next batch, takes it down, and waits for a good one.
void SimulatedStock::Meet(const Case& fault) {
    const std::size_t before = Count(contract::kStockUpdated);
    const std::uint64_t failed = Answers("failed");
    const std::uint64_t limited = Answers("limited");
    Put(fault.kind, "", 1);
    GoToNext();
    if (!fault.failure) {
        EXPECT_TRUE(Publishes(before + 1));
        EXPECT_EQ(Newest().gainers.size() + Newest().losers.size(), options_.symbols.size());
        EXPECT_EQ(Status().state, ServiceState::kLive);
    } else {
        const bool limit = fault.failure == Failure::kLimit;
        EXPECT_TRUE(BecomesState(limit ? ServiceState::kDegraded : ServiceState::kDown));
        const contract::ServiceStatus status = Status();
        EXPECT_EQ(status.error, fault.failure);
        EXPECT_FALSE(status.message.value_or("").empty());
        EXPECT_EQ(status.message.value_or("").find(options_.key), std::string::npos);
        EXPECT_TRUE(status.simulated);
        EXPECT_EQ(Count(contract::kStockUpdated), before);  // what was shown stands
        const bool of_symbols =
            fault.failure == Failure::kBadRequest || fault.kind == FaultKind::kInfiniteNumbers ||
            fault.kind == FaultKind::kWrongTypes || fault.kind == FaultKind::kZeroQuote;
        if (limit) EXPECT_GT(Answers("limited"), limited);
        if (!limit && !of_symbols) EXPECT_GT(Answers("failed"), failed);
    }
    ClearFaults();
    const std::size_t then = Count(contract::kStockUpdated);
    if (fault.failure != Failure::kLimit) GoToNext();  // that batch goes on by itself
    EXPECT_TRUE(Publishes(then + 1));
    EXPECT_TRUE(BecomesState(ServiceState::kLive));
}

TEST(SimulatedStockFaults, AreAllOfTheSources) {
    std::set<FaultKind> tested;
    for (const Case& fault : kCases)
        tested.insert(fault.kind);
    simulator::ExpectEveryFault("finnhub", tested);
}

TEST_F(SimulatedStock, EveryFaultIsToldAndNoneOutlivesItself) {
    Start();
    ASSERT_TRUE(Publishes(1));
    for (const Case& fault : kCases) {
        SCOPED_TRACE(std::string(ToString(fault.kind)));
        Meet(fault);
    }
}

TEST_F(SimulatedStock, ALimitInMidBatchIsWaitedForAndNoSymbolIsLost) {
    Start();
    ASSERT_TRUE(Publishes(1));
    Put(FaultKind::kHttp429, "NVDA", 1);
    GoToNext();
    EXPECT_TRUE(BecomesState(ServiceState::kDegraded));
    EXPECT_GT(Status().retry_at.value_or(0), clock_.WallNow() - 500);
    EXPECT_LE(Status().retry_at.value_or(0), clock_.WallNow() + 1'000);
    ClearFaults();
    EXPECT_TRUE(Publishes(2));
    EXPECT_EQ(Newest().gainers.size() + Newest().losers.size(), 4U);
    EXPECT_TRUE(BecomesState(ServiceState::kLive));
    simulator_->With([](simulator::SourceSet& sources) {
        EXPECT_EQ(sources.Find("finnhub")->log().calls().value(), 9U);  // none was asked twice
    });
}

TEST_F(SimulatedStock, TheFirstMinutesCallsGoAtOnceAndThenNoMoreThanThePlanAllows) {
    const feeds::StockOptions usual;
    options_.symbols = usual.symbols;
    options_.calls_per_second = usual.calls_per_second;
    options_.calls_per_minute = 53;
    simulator_options_.limits = {{"finnhub", "minute", 53}, {"finnhub", "second", 10}};
    Start();
    ASSERT_TRUE(Publishes(1));  // 50 calls
    Command(contract::kStockRefresh);
    const auto calls = [this] {
        std::uint64_t count = 0;
        simulator_->With([&](simulator::SourceSet& sources) {
            count = sources.Find("finnhub")->log().calls().value();
        });
        return count;
    };
    ASSERT_TRUE(Soon([&] { return calls() == 53; }));
    // A further one is due after one more spacing, but the minute is full.
    EXPECT_FALSE(bus::Eventually([&] { return calls() > 53; }, 2s));
    simulator_->With([](simulator::SourceSet& sources) {
        EXPECT_EQ(sources.Find("finnhub")->log().refused().value(), 0U);
    });
}

TEST_F(SimulatedStock, AKeyThatTheSourceRefusesIsNamed) {
    options_.key = "refused-key";
    Start();
    EXPECT_TRUE(BecomesState(ServiceState::kDown));
    EXPECT_EQ(Status().error, Failure::kKeyRefused);
    EXPECT_EQ(Count(contract::kStockUpdated), 0U);
}

}  // namespace
}  // namespace flux
