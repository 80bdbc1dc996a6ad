#include "feeds/stock/stock_service.h"

#include "contract/iso_time.h"
#include "feeds/upstream/odd_commands.h"
#include "feeds/upstream/service_rig.h"

#include <gmock/gmock.h>

#include <set>

namespace flux::feeds {
namespace {

using contract::Failure;
using contract::ServiceState;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::HttpAnswer;
using ::testing::SizeIs;
using ::testing::StartsWith;

/// A quote that has risen by `percent`.
std::string Quote(double percent) {
    return fmt::format(
        R"({{"c":{},"d":null,"dp":null,"h":300,"l":50,"o":100,"pc":100,"t":1774015202}})",
        100 + percent
    );
}

class StockServiceTest : public testing::ServiceRig {
public:
    StockServiceTest() {
        options.base_url = fmt::format("http://127.0.0.1:{}/api/v1", peer.port());
        options.key = "hush";
        options.user_agent = "flux-test";
        options.symbols = {"AAA", "BBB", "BRK.B", "DDD", "EEE"};
        options.calls_per_minute = 10'000;
        options.calls_per_second = 1'000;
        options.retry_first = 20ms;
        options.call_time_max = 2s;
        AnswerBySymbol({});
    }

    /// Each symbol rises by its place, but for those with an answer of their own ("": the
    /// connection is dropped).
    void AnswerBySymbol(std::map<std::string, std::string> own) {
        peer.AnswerWith([this, own = std::move(own)](const std::string& head) {
            const std::string symbol = SymbolOf(head);
            if (const auto found = own.find(symbol); found != own.end())
                return std::optional<std::string>(found->second);
            const auto& all = options.symbols;
            const auto at = std::find(all.begin(), all.end(), symbol) - all.begin();
            return std::optional<std::string>(HttpAnswer(200, Quote(static_cast<double>(at))));
        });
    }

    static std::string SymbolOf(const std::string& head) {
        const std::size_t begin = head.find("symbol=") + 7;
        return head.substr(begin, head.find('&', begin) - begin);
    }

    std::unique_ptr<StockService> Make() {
        return std::make_unique<StockService>(shard, bus(), options, metrics, 1, &cache);
    }

    Task<std::unique_ptr<StockService>> Started() {
        co_await WatchService(contract::kStockUpdated, contract::kStockRefresh);
        std::unique_ptr<StockService> service = Make();
        const Result<void> started = co_await service->Start();
        EXPECT_TRUE(started) << ToString(started.error());
        co_return service;
    }

    Task<> End(StockService& service) {
        co_await service.Stop();
        co_await CloseReaders();
    }

    contract::StockEvent Event(std::size_t index) {
        return contract::DecodeStockEvent(
                   seen[std::string(contract::kStockUpdated.name)].at(index).payload
        )
            .value();
    }
    /// Of whoever was asked, after no more than a breaker's failures.
    void ExpectARefusedKey() {
        Run([](StockServiceTest& t) -> Task<> {
            const auto service = co_await t.Started();
            EXPECT_TRUE(co_await t.Reaches(ServiceState::kDown));
            EXPECT_EQ(t.Status().error, Failure::kKeyRefused);
            EXPECT_EQ(t.events(), 0U);
            co_await t.End(*service);
        }(*this));
        EXPECT_LE(calls(), 3U);
    }

    std::size_t events() { return seen[std::string(contract::kStockUpdated.name)].size(); }

    StockOptions options;
    testing::MapCache cache;
};

std::set<std::string> SymbolsOf(const contract::StockEvent& event) {
    std::set<std::string> symbols;
    for (const auto* list : {&event.gainers, &event.losers})
        for (const auto& row : *list)
            symbols.insert(row.symbol);
    return symbols;
}

TEST_F(StockServiceTest, AsksForEachSymbolAndPublishesTheBestAndTheWorst) {
    Run([](StockServiceTest& t) -> Task<> {
        const auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Sees(contract::kStockUpdated, 1));
        const auto event = t.Event(0);
        EXPECT_THAT(event.gainers, SizeIs(3));
        EXPECT_EQ(event.gainers[0].symbol, "EEE");
        EXPECT_EQ(event.gainers[0].change_percent, 4);
        EXPECT_EQ(event.losers[0].symbol, "AAA");
        EXPECT_THAT(SymbolsOf(event), SizeIs(5));
        EXPECT_EQ(t.calls(), 5U);
        EXPECT_THAT(
            t.peer.heard()[2],
            AllOf(
                StartsWith("GET /api/v1/quote?symbol=BRK.B&token=hush HTTP/1.1\r\n"),
                HasSubstr("User-Agent: flux-test\r\n")
            )
        );
        EXPECT_TRUE(co_await t.Reaches(ServiceState::kLive));
        EXPECT_EQ(t.Status().domain, "stock");
        EXPECT_EQ(t.seen[std::string(contract::kStockUpdated.name)][0].key, "");
        co_await t.End(*service);
    }(*this));
}

TEST_F(StockServiceTest, ALimitIsWaitedForAndTheBatchGoesOn) {
    int limited = 0;
    peer.AnswerWith([&](const std::string& head) -> std::optional<std::string> {
        if (SymbolOf(head) == "BRK.B" && ++limited <= 2) {
            return HttpAnswer(
                429, R"({"error":"API limit reached."})", limited == 1 ? "Retry-After: 1\r\n" : ""
            );
        }
        return HttpAnswer(200, Quote(1));
    });
    Run([](StockServiceTest& t) -> Task<> {
        const auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Reaches(ServiceState::kDegraded));
        EXPECT_EQ(t.Status().error, Failure::kLimit);
        EXPECT_TRUE(t.Status().retry_at.has_value());
        EXPECT_EQ(t.events(), 0U);  // half a batch is none
        auto again = [&] { return service->stats().upstream.limited.value() == 2; };
        EXPECT_TRUE(co_await t.Eventually(std::move(again)));
        co_await t.End(*service);
    }(*this));
    EXPECT_EQ(limited, 2);
}

TEST_F(StockServiceTest, AfterALimitEverySymbolIsThere) {
    int limited = 0;
    peer.AnswerWith([&](const std::string& head) -> std::optional<std::string> {
        if (SymbolOf(head) == "BBB" && ++limited == 1) {
            const auto reset = clock.WallNow() / 1000 + 1;
            return HttpAnswer(429, "slow down", fmt::format("X-Ratelimit-Reset: {}\r\n", reset));
        }
        return HttpAnswer(200, Quote(1));
    });
    Run([](StockServiceTest& t) -> Task<> {
        const auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Sees(contract::kStockUpdated, 1));
        EXPECT_THAT(SymbolsOf(t.Event(0)), SizeIs(5));
        EXPECT_TRUE(co_await t.Reaches(ServiceState::kLive));
        co_await t.End(*service);
    }(*this));
}

TEST(JudgeFinnhub, SaysWhenALimitEnds) {
    constexpr WallMillis kNow = 1'774'000'000'500;
    const auto ends = [&](const std::string& reset) {
        net::HttpReply reply;
        reply.status = 429;
        if (!reset.empty()) reply.headers.emplace_back("X-Ratelimit-Reset", reset);
        const auto error = JudgeFinnhub(reply, kNow);
        EXPECT_EQ(error->failure, Failure::kLimit);
        return error->retry_at;
    };
    EXPECT_EQ(ends("1774000007"), 1'774'000'007'000);
    EXPECT_EQ(ends("1774000000"), kNow);  // it is over
    EXPECT_EQ(ends("1773999950"), kNow);
    for (const std::string nonsense : {"", "0", "x", "1773990000", "9999999999", "-5", "60"})
        EXPECT_EQ(ends(nonsense), std::nullopt) << nonsense;
}

TEST_F(StockServiceTest, BadAnswersCostTheirRowAlone) {
    AnswerBySymbol(
        {{"AAA", HttpAnswer(200, R"({"c":0,"d":null,"dp":null,"h":0,"l":0,"o":0,"pc":0,"t":0})")},
         {"BRK.B", HttpAnswer(200, "<html>busy</html>")},
         {"EEE", HttpAnswer(200, R"({"c":null,"pc":1})")}}
    );
    options.quotes_min_percent = 40;
    Run([](StockServiceTest& t) -> Task<> {
        const auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Sees(contract::kStockUpdated, 1));
        EXPECT_EQ(SymbolsOf(t.Event(0)), (std::set<std::string>{"BBB", "DDD"}));
        EXPECT_TRUE(co_await t.Reaches(ServiceState::kDegraded));
        EXPECT_EQ(t.Status().error, Failure::kBadData);
        EXPECT_EQ(service->stats().quotes_unknown.value(), 1U);
        EXPECT_EQ(service->stats().quotes_malformed.value(), 1U);
        EXPECT_EQ(service->stats().quotes_failed.value(), 1U);
        co_await t.End(*service);
    }(*this));
}

TEST_F(StockServiceTest, TooFewQuotesAreNotPublished) {
    AnswerBySymbol(
        {{"AAA", HttpAnswer(403, R"({"error":"You don't have access to this resource."})")},
         {"BRK.B", HttpAnswer(403, "")},
         {"EEE", HttpAnswer(403, "no")}}
    );
    options.retry_first = 60s;
    Run([](StockServiceTest& t) -> Task<> {
        const auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Reaches(ServiceState::kDegraded));
        EXPECT_EQ(t.events(), 0U);
        EXPECT_THAT(t.Status().message.value_or(""), HasSubstr("2 of 5"));
        EXPECT_EQ(service->stats().batches_too_small.value(), 1U);
        EXPECT_FALSE(t.cache.values.contains("stock:top:performers"));
        co_await t.End(*service);
    }(*this));
}

TEST_F(StockServiceTest, ASourceThatIsDownIsAskedAgainSoonAndSaysSo) {
    int asked = 0;
    peer.AnswerWith([&](const std::string&) -> std::optional<std::string> {
        return ++asked <= 2 ? HttpAnswer(500, "oops") : HttpAnswer(200, Quote(1));
    });
    options.symbols = {"AAA", "BBB"};
    Run([](StockServiceTest& t) -> Task<> {
        const auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Reaches(ServiceState::kDegraded));
        EXPECT_TRUE(co_await t.Sees(contract::kStockUpdated, 1));
        EXPECT_TRUE(co_await t.Reaches(ServiceState::kLive));
        EXPECT_GE(service->refresh_stats().retries.value(), 1U);
        co_await t.End(*service);
    }(*this));
}

TEST_F(StockServiceTest, ARefusedKeyEndsTheBatch) {
    AnswerInTurn({HttpAnswer(401, R"({"error":"Invalid API key"})")});
    ExpectARefusedKey();
}

TEST_F(StockServiceTest, TheAdviceToSignUpIsARefusedKeyAndNoLimit) {
    AnswerInTurn({HttpAnswer(429, R"({"error":"Please sign up for a free account."})")});
    ExpectARefusedKey();
}

TEST_F(StockServiceTest, WithoutAKeyNothingIsAsked) {
    options.key.clear();
    Run([](StockServiceTest& t) -> Task<> {
        const auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Reaches(ServiceState::kNoKey));
        EXPECT_EQ(t.Status().error, Failure::kNoKey);
        EXPECT_FALSE(t.Status().message.value_or("").empty());
        co_await t.Command(contract::kStockRefresh);
        co_await t.End(*service);
    }(*this));
    EXPECT_EQ(calls(), 0U);
}

TEST_F(StockServiceTest, ACommandGetsAYoungBatchAgainAndAnOldOneAnew) {
    Run([](StockServiceTest& t) -> Task<> {
        const auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Sees(contract::kStockUpdated, 1));
        co_await t.Command(contract::kStockRefresh);
        EXPECT_TRUE(co_await t.Sees(contract::kStockUpdated, 2));
        EXPECT_EQ(t.calls(), 5U);
        EXPECT_EQ(t.Event(1), t.Event(0));
        t.clock.Advance(t.options.cache_time);
        co_await t.Command(contract::kStockRefresh);
        EXPECT_TRUE(co_await t.Sees(contract::kStockUpdated, 3));
        EXPECT_EQ(t.calls(), 10U);
        co_await t.End(*service);
    }(*this));
}

TEST_F(StockServiceTest, GarbageOnTheCommandTopicIsCountedAndPassedOver) {
    Run([](StockServiceTest& t) -> Task<> {
        const auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Sees(contract::kStockUpdated, 1));
        for (const std::string payload : {"", "null", "[]", "\"x\"", "{", "\xFF"})
            co_await t.Publish(std::string(contract::kStockRefresh.name), "k", payload);
        co_await t.Command(contract::kStockRefresh);
        EXPECT_TRUE(co_await t.Sees(contract::kStockUpdated, 2));
        EXPECT_EQ(service->refresh_stats().commands_malformed.value(), 6U);
        co_await t.End(*service);
    }(*this));
}

TEST_F(StockServiceTest, AnInstanceThatStartsTakesTheBatchOfAnother) {
    Run([](StockServiceTest& t) -> Task<> {
        contract::StockEvent kept;
        kept.timestamp = contract::IsoTime(t.clock.WallNow() - 5'000);
        kept.gainers = {contract::StockPerformance{.symbol = "KEPT"}};
        const std::string encoded = contract::Encode(kept);
        t.cache.values["stock:top:performers"] = encoded.substr(8, encoded.size() - 9);
        const auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Sees(contract::kStockUpdated, 1));
        EXPECT_EQ(t.Event(0), kept);
        EXPECT_EQ(t.calls(), 0U);
        co_await t.End(*service);
    }(*this));
}

class StockServiceCacheTest : public StockServiceTest,
                              public ::testing::WithParamInterface<const char*> {};

TEST_P(StockServiceCacheTest, GarbageIsAMiss) {
    cache.values["stock:top:performers"] = GetParam();
    Run([](StockServiceTest& t) -> Task<> {
        const auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Sees(contract::kStockUpdated, 1));
        co_await t.End(*service);
    }(*this));
    EXPECT_EQ(calls(), 5U);
    EXPECT_THAT(cache.values["stock:top:performers"], StartsWith(R"({"meta":)"));
    EXPECT_EQ(cache.lifetimes["stock:top:performers"], 300s);
}

INSTANTIATE_TEST_SUITE_P(
    Values,
    StockServiceCacheTest,
    ::testing::Values("", "null", "{}", "garbage", R"({"timestamp":"x"})")
);

TEST_F(StockServiceTest, WhatIsNoCommandIsCountedAndChangesNothing) {
    Run([](StockServiceTest& t) -> Task<> {
        const auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Sees(contract::kStockUpdated, 1));
        const std::string commands(contract::kStockRefresh.name);
        for (const std::string_view odd : testing::kOddCommands)
            co_await t.Publish(commands, "k", std::string(odd));
        co_await t.Publish(commands, "k", std::string(testing::kNewerCommand));
        EXPECT_TRUE(co_await t.Sees(contract::kStockUpdated, 2));
        EXPECT_THAT(t.metrics.Scrape(), HasSubstr(testing::CountOfOddCommands("stock")));
        EXPECT_EQ(t.seen[std::string(contract::kStockUpdated.name)].size(), 2U);
        EXPECT_EQ(t.calls(), 5U);
        co_await t.End(*service);
    }(*this));
}

TEST_F(StockServiceTest, TwoInstancesAskNoMoreThanOne) {
    Run([](StockServiceTest& t) -> Task<> {
        const auto first = co_await t.Started();
        EXPECT_TRUE(co_await t.Sees(contract::kStockUpdated, 1));
        const auto second = t.Make();
        const Result<void> started = co_await second->Start();
        EXPECT_TRUE(started);
        co_await t.Command(contract::kStockRefresh);
        EXPECT_TRUE(co_await t.Sees(contract::kStockUpdated, 2));
        EXPECT_EQ(t.calls(), 5U);
        EXPECT_EQ(
            first->refresh_stats().commands.value() + second->refresh_stats().commands.value(), 1U
        );
        co_await second->Stop();
        co_await t.End(*first);
    }(*this));
}

TEST_F(StockServiceTest, TwoThatBeginTogetherAndACommandAreOneBatch) {
    options.calls_per_second = 20;
    Run([](StockServiceTest& t) -> Task<> {
        const auto first = co_await t.Started();
        const auto second = t.Make();
        const Result<void> started = co_await second->Start();
        EXPECT_TRUE(started);
        co_await t.Command(contract::kStockRefresh);
        EXPECT_TRUE(co_await t.Sees(contract::kStockUpdated, 1));
        const auto left = first->refresh_stats().left_to_another.value() +
                          second->refresh_stats().left_to_another.value();
        EXPECT_GE(left, 1U);
        EXPECT_THAT(SymbolsOf(t.Event(0)), SizeIs(5));
        co_await second->Stop();
        co_await t.End(*first);
    }(*this));
    EXPECT_EQ(calls(), 5U);
    EXPECT_FALSE(cache.values.contains("lease:stock.service.event.updated"));
}

TEST_F(StockServiceTest, TheFirstBatchIsQuickAndTheNextIsSpread) {
    options.symbols = {"AAA", "BBB", "CCC"};
    options.calls_per_second = 50;
    options.calls_per_minute = 120;  // 600 ms apart
    options.cache_time = 1ms;
    Run([](StockServiceTest& t) -> Task<> {
        const SteadyTime begin = SystemClock::Instance().Now();
        const auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Sees(contract::kStockUpdated, 1));
        const SteadyTime first = SystemClock::Instance().Now();
        EXPECT_GE(first - begin, 40ms);
        co_await t.Command(contract::kStockRefresh);
        EXPECT_TRUE(co_await t.Sees(contract::kStockUpdated, 2));
        EXPECT_GE(SystemClock::Instance().Now() - first, 1100ms);
        co_await t.End(*service);
    }(*this));
}

}  // namespace
}  // namespace flux::feeds
