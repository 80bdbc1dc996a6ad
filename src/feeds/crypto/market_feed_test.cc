// Movers and top coins from outside sources that a test plays, over real sockets and a real bus.
#include "contract/commands.h"
#include "contract/movers.h"
#include "contract/service_status.h"
#include "contract/top_coins.h"
#include "contract/topics.h"
#include "feeds/crypto/crypto_service.h"
#include "feeds/upstream/bus_rig.h"
#include "feeds/upstream/map_cache.h"
#include "feeds/upstream/odd_commands.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace flux::feeds {
namespace {

using contract::Failure;
using contract::ServiceState;
using contract::ServiceStatus;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kMovers(contract::kMoversUpdated.name);
const std::string kTopCoins(contract::kTopCoinsUpdated.name);
const std::string kStatus(contract::kServiceStatus.name);
const std::string kMoversCommand(contract::kMoversRefresh.name);
const std::string kTopCoinsCommand(contract::kTopCoinsRefresh.name);

constexpr std::string_view kMarketsPath = "/api/v3/coins/markets";
constexpr std::string_view kProductsPath = "/products";
constexpr std::string_view kRatePath = "/v1/latest";

std::string Row(std::string_view symbol, double cap, double change_1h) {
    return fmt::format(
        R"({{"id":"{0}-coin","symbol":"{0}","name":"{0}","image":"https://x.example/{0}.png",)"
        R"("current_price":10,"market_cap":{1},"market_cap_rank":1,"total_volume":5,)"
        R"("high_24h":null,"low_24h":9,"price_change_percentage_24h":-1.5,)"
        R"("price_change_percentage_1h_in_currency":{2},)"
        R"("last_updated":"2026-03-20T09:14:41.310Z"}})",
        symbol,
        cap,
        change_1h
    );
}

std::string GoodMarkets() {
    return fmt::format("[{},{},null]", Row("btc", 300, 1.5), Row("eth", 200, -2.5));
}

constexpr std::string_view kGoodProducts =
    R"([{"id":"BTC-USD","base_currency":"BTC","quote_currency":"USD","status":"online"},)"
    R"({"id":"ETH-USD","base_currency":"ETH","quote_currency":"USD","status":"online"},)"
    R"({"id":"SOL-USD","base_currency":"SOL","quote_currency":"USD","status":"online"}])";
constexpr std::string_view kGoodRate =
    R"({"amount":1.0,"base":"USD","date":"2026-03-19","rates":{"INR":88.15}})";

class MarketFeedTest : public testing::BusRig {
public:
    MarketFeedTest() {
        answers[kMarketsPath] = testing::HttpAnswer(200, GoodMarkets());
        answers[kProductsPath] = testing::HttpAnswer(200, kGoodProducts);
        answers[kRatePath] = testing::HttpAnswer(200, kGoodRate);
        peer.AnswerWith([this](const std::string& head) -> std::optional<std::string> {
            for (const auto& [path, answer] : answers) {
                if (head.starts_with(fmt::format("GET {}", path))) return answer;
            }
            return testing::HttpAnswer(404, "{}");
        });
        options.ws_url = fmt::format("ws://127.0.0.1:{}/feed", peer.port());
        options.rest_base_url = fmt::format("http://127.0.0.1:{}", peer.port());
        options.coingecko_url = fmt::format("http://127.0.0.1:{}/api/v3", peer.port());
        options.frankfurter_url = fmt::format("http://127.0.0.1:{}/v1", peer.port());
        options.products = {"BTC-USD"};
        options.silence_max = std::chrono::hours(1);  // no news of the ticker feed
        options.reconnect_first = std::chrono::hours(1);
        options.reconnect_longest = std::chrono::hours(1);
        options.movers_interval = std::chrono::hours(1);
        options.top_coins_interval = std::chrono::hours(1);
        options.simulated = true;
    }

    std::unique_ptr<CryptoService> Make() {
        return std::make_unique<CryptoService>(shard, bus(), options, metrics, 1, &cache);
    }

    /// Starts a service and reads what it publishes.
    Task<std::unique_ptr<CryptoService>> Started() {
        auto service = Make();
        const Result<void> started = co_await service->Start();
        EXPECT_TRUE(started) << started.error().context;
        co_await Watch(kMovers);
        co_await Watch(kTopCoins);
        co_await Watch(kStatus);
        co_return std::move(service);
    }

    Task<bool> Has(std::string topic, std::size_t count) {
        auto there = [this, topic, count] { return seen[topic].size() >= count; };
        const bool came = co_await Eventually(std::move(there));
        co_return came;
    }

    std::optional<ServiceStatus> Status() {
        if (seen[kStatus].empty()) return std::nullopt;
        return contract::DecodeServiceStatus(seen[kStatus].back().payload).value();
    }

    Task<bool> Says(ServiceState state) {
        auto said = [this, state] { return Status() && Status()->state == state; };
        const bool came = co_await Eventually(std::move(said));
        co_return came;
    }

    Task<> Command(const std::string& topic) {
        contract::RefreshCommand command;
        command.reason = "refresh_cache";
        co_await Publish(topic, "x", contract::Encode(command));
    }

    std::size_t Calls(std::string_view path) const {
        const std::string begin = fmt::format("GET {}", path);
        return static_cast<std::size_t>(std::count_if(
            peer.heard().begin(),
            peer.heard().end(),
            [&](const std::string& head) { return head.starts_with(begin); }
        ));
    }

    CryptoOptions options;
    testing::MapCache cache;
    std::map<std::string_view, std::optional<std::string>> answers;
};

TEST_F(MarketFeedTest, OneCallServesMoversAndTopCoins) {
    options.coingecko_key = "CG-key";
    Run([](MarketFeedTest& t) -> Task<> {
        auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Has(kMovers, 1));
        EXPECT_TRUE(co_await t.Has(kTopCoins, 1));
        EXPECT_TRUE(co_await t.Says(ServiceState::kLive));
        co_await service->Stop();
        co_await t.CloseReaders();
    }(*this));
    EXPECT_EQ(Calls(kMarketsPath), 1u);
    EXPECT_EQ(Calls(kProductsPath), 1u);
    EXPECT_EQ(Calls(kRatePath), 1u);
    EXPECT_TRUE(Status()->simulated);

    const auto movers = contract::DecodeMoversEvent(seen[kMovers][0].payload).value();
    EXPECT_EQ(seen[kMovers][0].key, "");
    ASSERT_EQ(movers.gainers.size(), 2u);
    EXPECT_EQ(movers.gainers[0].id, "btc-coin");
    EXPECT_EQ(movers.gainers[0].high_24h, 10);
    EXPECT_EQ(movers.losers[0].id, "eth-coin");
    EXPECT_GT(movers.timestamp, 0);
    const auto coins = contract::DecodeTopCoinsEvent(seen[kTopCoins][0].payload).value().coins;
    ASSERT_EQ(coins.size(), 2u);
    EXPECT_EQ(coins[0].symbol, "BTC-USD");
    EXPECT_EQ(coins[0].price_inr, 881.5);
    EXPECT_THAT(cache.values["crypto:markets:topCoins"], HasSubstr("[{\"symbol\":\"BTC-USD\""));
}

TEST_F(MarketFeedTest, RequestsAreTheVendorsToTheField) {
    options.coingecko_key = "CG-key";
    options.user_agent = "flux-test/1";
    Run([](MarketFeedTest& t) -> Task<> {
        auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Has(kTopCoins, 1));
        co_await service->Stop();
        co_await t.CloseReaders();
    }(*this));
    std::string markets;
    std::string others;
    for (const std::string& head : peer.heard())
        (head.find("/coins/markets") != std::string::npos ? markets : others) += head;
    EXPECT_THAT(
        markets,
        HasSubstr("GET /api/v3/coins/markets?vs_currency=usd&order=market_cap_desc&per_page=100"
                  "&page=1&price_change_percentage=1h,24h HTTP/1.1\r\n")
    );
    EXPECT_THAT(markets, HasSubstr("x-cg-demo-api-key: CG-key\r\n"));
    EXPECT_THAT(markets, HasSubstr("User-Agent: flux-test/1\r\n"));
    EXPECT_THAT(others, HasSubstr("GET /products HTTP/1.1\r\n"));
    EXPECT_THAT(others, HasSubstr("GET /v1/latest?base=USD&symbols=INR HTTP/1.1\r\n"));
    EXPECT_THAT(others, Not(HasSubstr("CG-key")));
}

/// The same sources over TLS.
class MarketFeedOverTls : public MarketFeedTest {
public:
    MarketFeedOverTls() {
        peer.UseTls(certificate);
        for (std::string* url :
             {&options.rest_base_url, &options.coingecko_url, &options.frankfurter_url})
            url->replace(0, 4, "https");
        options.ws_url.replace(0, 2, "wss");
    }

    net::testing::TestCertificate certificate = net::testing::MakeCertificate("127.0.0.1");
};

TEST_F(MarketFeedOverTls, IsReadFromWhoShowsATrustedCertificate) {
    options.ca_file = CertificateFile(certificate);
    Run([](MarketFeedOverTls& t) -> Task<> {
        auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Has(kMovers, 1));
        EXPECT_TRUE(co_await t.Has(kTopCoins, 1));
        co_await service->Stop();
        co_await t.CloseReaders();
    }(*this));
}

TEST_F(MarketFeedOverTls, NobodyElseHearsAWord) {
    const auto other = net::testing::MakeCertificate("127.0.0.1");
    options.ca_file = CertificateFile(other);
    Run([](MarketFeedOverTls& t) -> Task<> {
        auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Says(ServiceState::kDegraded));
        EXPECT_EQ(t.peer.heard().size(), 0u);
        co_await service->Stop();
        co_await t.CloseReaders();
    }(*this));
    EXPECT_EQ(seen[kMovers].size(), 0u);
}

TEST_F(MarketFeedTest, CommandsAreServedFromTheListOfTheLastMinute) {
    Run([](MarketFeedTest& t) -> Task<> {
        auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Has(kMovers, 1));
        EXPECT_TRUE(co_await t.Has(kTopCoins, 1));
        co_await t.Command(kMoversCommand);
        EXPECT_TRUE(co_await t.Has(kMovers, 2));
        co_await t.Command(kTopCoinsCommand);
        EXPECT_TRUE(co_await t.Has(kTopCoins, 2));
        EXPECT_EQ(t.Calls(kMarketsPath), 1u);
        t.clock.Advance(61s);
        co_await t.Command(kMoversCommand);
        EXPECT_TRUE(co_await t.Has(kMovers, 3));
        EXPECT_EQ(t.Calls(kMarketsPath), 2u);
        co_await t.Command(kTopCoinsCommand);
        EXPECT_TRUE(co_await t.Has(kTopCoins, 3));  // young enough: nobody is asked
        EXPECT_EQ(t.Calls(kMarketsPath), 2u);
        EXPECT_EQ(t.Calls(kRatePath), 1u);
        co_await service->Stop();
        co_await t.CloseReaders();
    }(*this));
    EXPECT_TRUE(contract::DecodeMoversEvent(seen[kMovers][1].payload)->from_cache);
    EXPECT_FALSE(contract::DecodeMoversEvent(seen[kMovers][2].payload)->from_cache);
}

TEST_F(MarketFeedTest, GarbageOnACommandTopicIsCounted) {
    Run([](MarketFeedTest& t) -> Task<> {
        auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Has(kMovers, 1));
        EXPECT_TRUE(co_await t.Has(kTopCoins, 1));
        for (const std::string& topic : {kMoversCommand, kTopCoinsCommand}) {
            for (const std::string_view odd : testing::kOddCommands)
                co_await t.Publish(topic, "x", std::string(odd));
            co_await t.Publish(topic, "x", std::string(testing::kNewerCommand));
        }
        EXPECT_TRUE(co_await t.Has(kMovers, 2));
        EXPECT_TRUE(co_await t.Has(kTopCoins, 2));
        EXPECT_EQ(t.Calls(kMarketsPath), 1u);
        for (const char* domain : {"crypto.movers", "crypto.top_coins"}) {
            EXPECT_THAT(t.metrics.Scrape(), HasSubstr(testing::CountOfOddCommands(domain)));
        }
        EXPECT_EQ(t.seen[kMovers].size(), 2u);
        EXPECT_EQ(t.seen[kTopCoins].size(), 2u);
        co_await service->Stop();
        co_await t.CloseReaders();
    }(*this));
}

/// An answer of CoinGecko that is none, and what everybody is told.
struct BadAnswer {
    const char* name;
    std::optional<std::string> answer;
    Failure failure;
};

class BadAnswers : public MarketFeedTest, public ::testing::WithParamInterface<BadAnswer> {};

TEST_P(BadAnswers, PublishNothingAndAreTold) {
    answers[kMarketsPath] = GetParam().answer;
    if (!GetParam().answer) options.market_time_max = 1s;  // good ones come in time, busy or not
    Run([](MarketFeedTest& t) -> Task<> {
        auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Says(ServiceState::kDegraded));
        auto both = [&] {
            return t.Status()->message->starts_with("Movers and top coins stay as they were");
        };
        EXPECT_TRUE(co_await t.Eventually(both)) << *t.Status()->message;
        EXPECT_EQ(t.seen[kMovers].size(), 0u);
        EXPECT_EQ(t.seen[kTopCoins].size(), 0u);
        EXPECT_EQ(t.Status()->error, GetParam().failure);

        t.answers[kMarketsPath] = testing::HttpAnswer(200, GoodMarkets());
        t.clock.Advance(120s);
        co_await t.Command(kMoversCommand);
        EXPECT_TRUE(co_await t.Has(kMovers, 1));
        co_await t.Command(kTopCoinsCommand);
        EXPECT_TRUE(co_await t.Has(kTopCoins, 1));
        EXPECT_TRUE(co_await t.Says(ServiceState::kLive));
        co_await service->Stop();
        co_await t.CloseReaders();
    }(*this));
}

INSTANTIATE_TEST_SUITE_P(
    CoinGecko,
    BadAnswers,
    ::testing::Values(
        BadAnswer{"Status500", testing::HttpAnswer(500, "<html>"), Failure::kSourceDown},
        BadAnswer{"Html", testing::HttpAnswer(200, "<html>busy</html>"), Failure::kBadData},
        BadAnswer{"Truncated", testing::HttpAnswer(200, R"([{"id":"btc")"), Failure::kBadData},
        BadAnswer{"Empty", testing::HttpAnswer(200, "[]"), Failure::kBadData},
        BadAnswer{"NoUsableRow", testing::HttpAnswer(200, "[null,{},7]"), Failure::kBadData},
        BadAnswer{
            "ThrottledWith200",
            testing::HttpAnswer(200, R"({"status":{"error_code":429,"error_message":"slow"}})"),
            Failure::kLimit},
        BadAnswer{
            "Throttled",
            testing::HttpAnswer(429, R"({"status":{"error_code":429}})", "Retry-After: 60\r\n"),
            Failure::kLimit},
        BadAnswer{"ThrottledSilently", testing::HttpAnswer(429, ""), Failure::kLimit},
        BadAnswer{"Firewall", testing::HttpAnswer(403, "error code: 1020"), Failure::kLimit},
        BadAnswer{
            "WrongKey",
            testing::HttpAnswer(400, R"({"error":{"status":{"error_code":10010}}})"),
            Failure::kKeyRefused},
        BadAnswer{"Refused", testing::HttpAnswer(401, R"({"error":"no"})"), Failure::kKeyRefused},
        BadAnswer{"Dropped", std::string(), Failure::kSourceDown},
        BadAnswer{"Silent", std::nullopt, Failure::kSourceDown}
    ),
    [](const auto& tested) { return std::string(tested.param.name); }
);

TEST_F(MarketFeedTest, WithoutARateThereAreMoversButNoTopCoins) {
    answers[kRatePath] = testing::HttpAnswer(200, R"({"base":"USD","rates":{}})");
    Run([](MarketFeedTest& t) -> Task<> {
        auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Has(kMovers, 1));
        EXPECT_TRUE(co_await t.Says(ServiceState::kDegraded));
        EXPECT_EQ(
            t.Status()->message,
            "Top coins stay as they were: Frankfurter gave an answer that cannot be used. Live "
            "prices go on."
        );
        EXPECT_EQ(t.seen[kTopCoins].size(), 0u);
        co_await service->Stop();
        co_await t.CloseReaders();
    }(*this));
}

TEST_F(MarketFeedTest, TheLastTopCoinsStandWhileASourceFails) {
    options.rate_age_max = std::chrono::hours(1);
    Run([](MarketFeedTest& t) -> Task<> {
        auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Has(kTopCoins, 1));
        // Made anew after three hours, not before.
        t.clock.Advance(std::chrono::hours(2));
        co_await t.Command(kTopCoinsCommand);
        EXPECT_TRUE(co_await t.Has(kTopCoins, 2));
        EXPECT_EQ(t.Calls(kRatePath), 1u);
        t.answers[kRatePath] = testing::HttpAnswer(500, "");
        t.clock.Advance(std::chrono::hours(2));
        co_await t.Command(kTopCoinsCommand);
        EXPECT_TRUE(co_await t.Has(kTopCoins, 3));
        EXPECT_TRUE(co_await t.Says(ServiceState::kDegraded));
        EXPECT_EQ(t.seen[kTopCoins][2].payload, t.seen[kTopCoins][0].payload);
        // Not for ever.
        t.clock.Advance(std::chrono::hours(24));
        const std::size_t calls = t.Calls(kRatePath);
        co_await t.Command(kTopCoinsCommand);
        auto asked = [&] { return t.Calls(kRatePath) > calls; };
        EXPECT_TRUE(co_await t.Eventually(asked));
        t.answers[kRatePath] = testing::HttpAnswer(200, kGoodRate);
        t.clock.Advance(std::chrono::minutes(10));
        co_await t.Command(kTopCoinsCommand);
        EXPECT_TRUE(co_await t.Has(kTopCoins, 4));
        EXPECT_EQ(service->market_stats().top_coins_published.value(), 4u);
        EXPECT_EQ(service->market_stats().top_coins_built.value(), 2u);
        co_await service->Stop();
        co_await t.CloseReaders();
    }(*this));
}

TEST_F(MarketFeedTest, AnInstanceThatStartsTakesTheTopCoinsOfAnother) {
    answers[kMarketsPath] = testing::HttpAnswer(500, "");
    cache.values["crypto:markets:topCoins"] =
        R"([{"symbol":"BTC-USD","name":"Bitcoin","price_inr":1,"change_24h":1,"market_cap_inr":1,)"
        R"("volume_24h_inr":1,"tradable":true}])";
    Run([](MarketFeedTest& t) -> Task<> {
        auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Has(kTopCoins, 1));
        EXPECT_TRUE(co_await t.Says(ServiceState::kDegraded));
        co_await service->Stop();
        co_await t.CloseReaders();
    }(*this));
    EXPECT_THAT(seen[kTopCoins][0].payload, HasSubstr("\"name\":\"Bitcoin\""));
}

TEST_F(MarketFeedTest, GarbageInTheCacheIsNoList) {
    answers[kMarketsPath] = testing::HttpAnswer(500, "");
    cache.values["crypto:markets:topCoins"] = "[{\"symbol\":";
    Run([](MarketFeedTest& t) -> Task<> {
        auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Says(ServiceState::kDegraded));
        co_await service->Stop();
        co_await t.CloseReaders();
    }(*this));
    EXPECT_EQ(seen[kTopCoins].size(), 0u);
}

TEST_F(MarketFeedTest, ASecondInstanceAsksNobodyAndSharesTheCommands) {
    Run([](MarketFeedTest& t) -> Task<> {
        auto first = co_await t.Started();
        EXPECT_TRUE(co_await t.Has(kMovers, 1));
        EXPECT_TRUE(co_await t.Has(kTopCoins, 1));
        auto second = t.Make();
        const Result<void> started = co_await second->Start();
        EXPECT_TRUE(started);
        for (int command = 0; command < 4; ++command) {
            co_await t.Command(kMoversCommand);
            EXPECT_TRUE(co_await t.Has(kMovers, 2 + static_cast<std::size_t>(command)));
        }
        EXPECT_EQ(t.seen[kMovers].size(), 5u);
        EXPECT_LE(t.Calls(kMarketsPath), 2u);  // whoever took the commands has asked once at most
        EXPECT_EQ(t.Calls(kRatePath), 1u);
        co_await second->Stop();
        co_await first->Stop();
        co_await t.CloseReaders();
    }(*this));
}

TEST_F(MarketFeedTest, NeitherPricesNorMoversIsDown) {
    answers[kMarketsPath] = testing::HttpAnswer(500, "");
    options.silence_max = 50ms;
    Run([](MarketFeedTest& t) -> Task<> {
        auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Says(ServiceState::kDown));
        EXPECT_THAT(*t.Status()->message, HasSubstr("Live prices stand still"));
        co_await service->Stop();
        co_await t.CloseReaders();
    }(*this));
}

TEST_F(MarketFeedTest, PricesThatStandStillAloneAreDegraded) {
    options.silence_max = 50ms;
    Run([](MarketFeedTest& t) -> Task<> {
        auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Says(ServiceState::kDegraded));
        EXPECT_EQ(
            t.Status()->message, "Live prices stand still: Coinbase's feed cannot be reached."
        );
        EXPECT_TRUE(co_await t.Has(kMovers, 1));
        EXPECT_TRUE(co_await t.Has(kTopCoins, 1));
        co_await service->Stop();
        co_await t.CloseReaders();
    }(*this));
}

TEST_F(MarketFeedTest, WhatAnotherInstanceMendsIsForgotten) {
    answers[kMarketsPath] = testing::HttpAnswer(500, "");
    options.silence_max = 200ms;  // looked at so often
    options.movers_interval = 30min;
    options.top_coins_interval = 30min;
    Run([](MarketFeedTest& t) -> Task<> {
        auto service = co_await t.Started();
        auto said = [&] {
            return t.Status() && t.Status()->message &&
                   t.Status()->message->find("overs and top coins stay") != std::string::npos;
        };
        EXPECT_TRUE(co_await t.Eventually(said));
        t.clock.Advance(61min);
        auto forgotten = [&] {
            return t.Status()->message ==
                   "Live prices stand still: Coinbase's feed cannot be "
                   "reached.";
        };
        EXPECT_TRUE(co_await t.Eventually(forgotten));
        co_await service->Stop();
        co_await t.CloseReaders();
    }(*this));
}

TEST_F(MarketFeedTest, StopsWhileASourceIsSilent) {
    answers[kMarketsPath] = std::nullopt;
    answers[kProductsPath] = std::nullopt;
    Run([](MarketFeedTest& t) -> Task<> {
        auto service = co_await t.Started();
        auto asked = [&] { return t.Calls(kMarketsPath) > 0 && t.Calls(kProductsPath) > 0; };
        EXPECT_TRUE(co_await t.Eventually(asked));
        co_await service->Stop();
        co_await t.CloseReaders();
    }(*this));
    EXPECT_EQ(seen[kMovers].size(), 0u);
}

}  // namespace
}  // namespace flux::feeds
