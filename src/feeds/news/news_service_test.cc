#include "feeds/news/news_service.h"

#include "feeds/upstream/odd_commands.h"
#include "feeds/upstream/service_rig.h"

#include <gmock/gmock.h>

namespace flux::feeds {
namespace {

using contract::Failure;
using contract::NewsTrigger;
using contract::ServiceState;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::HttpAnswer;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr const char* kCacheKey = "news:latest:global:en:business,politics,technology";

std::string Answer(const std::string& id) {
    return fmt::format(
        R"({{"status":"success","totalResults":1,"results":[{{"article_id":"{0}",)"
        R"("link":"https://news.example/{0}","title":"Title of {0}","pubDate":"2026-03-20 08:55:00",)"
        R"("source_id":"s"}},{{"article_id":null}}],"nextPage":null}})",
        id
    );
}

class NewsServiceTest : public testing::ServiceRig {
public:
    NewsServiceTest() {
        options.base_url = fmt::format("http://127.0.0.1:{}/api/1", peer.port());
        options.key = "hush";
        options.user_agent = "flux-test";
        options.retry_first = 20ms;
        options.call_time_max = 2s;
        AnswerInTurn({HttpAnswer(200, Answer("a1"))});
    }

    std::unique_ptr<NewsService> Make() {
        return std::make_unique<NewsService>(shard, bus(), options, metrics, 1, &cache);
    }

    Task<std::unique_ptr<NewsService>> Started() {
        co_await WatchService(contract::kNewsUpdated, contract::kNewsRefresh);
        std::unique_ptr<NewsService> service = Make();
        const Result<void> started = co_await service->Start();
        EXPECT_TRUE(started) << ToString(started.error());
        co_return service;
    }

    Task<> End(NewsService& service) {
        co_await service.Stop();
        co_await CloseReaders();
    }

    const std::string topic{contract::kNewsUpdated.name};
    contract::NewsEvent Event(std::size_t index) {
        return contract::DecodeNewsEvent(seen[topic].at(index).payload).value();
    }

    NewsOptions options;
    testing::MapCache cache;
};

TEST_F(NewsServiceTest, AsksOnceAndPublishesTheArticles) {
    Run([](NewsServiceTest& t) -> Task<> {
        const auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Sees(contract::kNewsUpdated, 1));
        const auto event = t.Event(0);
        EXPECT_EQ(event.trigger, NewsTrigger::kInitial);
        EXPECT_FALSE(event.from_cache);
        EXPECT_THAT(event.cards, SizeIs(1));
        EXPECT_EQ(event.cards[0].title, "Title of a1");
        EXPECT_EQ(t.seen[t.topic][0].key, "globalnews");
        EXPECT_THAT(
            t.peer.heard().at(0),
            AllOf(
                StartsWith("GET /api/1/latest?category=business,politics,technology&language=en"
                           "&apikey=hush HTTP/1.1\r\n"),
                HasSubstr("User-Agent: flux-test\r\n")
            )
        );
        EXPECT_TRUE(co_await t.Reaches(ServiceState::kLive));
        EXPECT_EQ(t.Status().domain, "news");
        EXPECT_EQ(service->stats().articles_dropped.value(), 1U);
        EXPECT_EQ(t.cache.lifetimes[kCacheKey], 720s);
        EXPECT_THAT(t.cache.values[kCacheKey], StartsWith(R"([{"id":"a1")"));
        co_await t.End(*service);
    }(*this));
}

TEST_F(NewsServiceTest, AnAnswerIsSentAgainWhileItIsYoung) {
    AnswerInTurn({HttpAnswer(200, Answer("a1")), HttpAnswer(200, Answer("a2"))});
    Run([](NewsServiceTest& t) -> Task<> {
        const auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Sees(contract::kNewsUpdated, 1));
        co_await t.Command(contract::kNewsRefresh);
        EXPECT_TRUE(co_await t.Sees(contract::kNewsUpdated, 2));
        EXPECT_EQ(t.calls(), 1U);
        EXPECT_TRUE(t.Event(1).from_cache);
        EXPECT_EQ(t.Event(1).trigger, NewsTrigger::kBff);
        EXPECT_EQ(t.Event(1).cards, t.Event(0).cards);
        t.clock.Advance(12min);
        t.cache.values.clear();  // what Valkey would have done by then
        co_await t.Command(contract::kNewsRefresh);
        EXPECT_TRUE(co_await t.Sees(contract::kNewsUpdated, 3));
        EXPECT_EQ(t.calls(), 2U);
        EXPECT_EQ(t.Event(2).cards.at(0).id, "a2");
        co_await t.End(*service);
    }(*this));
}

TEST_F(NewsServiceTest, AnInstanceThatStartsTakesTheAnswerOfAnother) {
    Run([](NewsServiceTest& t) -> Task<> {
        t.cache.values[kCacheKey] =
            R"([{"id":"kept","title":"t","description":null,"image":null,"url":"https://a.example/",)"
            R"("source":"s","publishedAt":"2026-03-20T08:55:00Z","category":[]}])";
        const auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Sees(contract::kNewsUpdated, 1));
        EXPECT_TRUE(t.Event(0).from_cache);
        EXPECT_EQ(t.Event(0).cards.at(0).id, "kept");
        EXPECT_EQ(t.calls(), 0U);
        co_await t.End(*service);
    }(*this));
}

class NewsServiceCacheTest : public NewsServiceTest,
                             public ::testing::WithParamInterface<const char*> {};

TEST_P(NewsServiceCacheTest, GarbageIsAMiss) {
    cache.values[kCacheKey] = GetParam();
    Run([](NewsServiceTest& t) -> Task<> {
        const auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Sees(contract::kNewsUpdated, 1));
        EXPECT_FALSE(t.Event(0).from_cache);
        co_await t.End(*service);
    }(*this));
}

INSTANTIATE_TEST_SUITE_P(
    Values, NewsServiceCacheTest, ::testing::Values("", "null", "[]", "{}", "[{}]", "}}", "[null]")
);

TEST_F(NewsServiceTest, AnEmptyAnswerOverwritesNothing) {
    AnswerInTurn(
        {HttpAnswer(200, R"({"status":"success","totalResults":0,"results":[],"nextPage":null})")}
    );
    Run([](NewsServiceTest& t) -> Task<> {
        const auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Reaches(ServiceState::kDown));
        EXPECT_EQ(t.Status().error, Failure::kBadData);
        EXPECT_TRUE(t.seen[t.topic].empty());
        EXPECT_FALSE(t.cache.values.contains(kCacheKey));
        EXPECT_EQ(service->stats().answers_empty.value(), 1U);
        co_await t.End(*service);
    }(*this));
    EXPECT_EQ(calls(), 1U);  // a further one would cost a credit
}

class NewsServiceAnswerTest : public NewsServiceTest,
                              public ::testing::WithParamInterface<std::pair<int, const char*>> {};

TEST_P(NewsServiceAnswerTest, WhatIsNoAnswerIsNotPublishedAndRetried) {
    AnswerInTurn(
        {HttpAnswer(GetParam().first, GetParam().second),
         HttpAnswer(GetParam().first, GetParam().second),
         HttpAnswer(200, Answer("good"))}
    );
    Run([](NewsServiceTest& t) -> Task<> {
        const auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Reaches(ServiceState::kDown));
        EXPECT_TRUE(co_await t.Sees(contract::kNewsUpdated, 1));
        EXPECT_EQ(t.Event(0).cards.at(0).id, "good");
        EXPECT_TRUE(co_await t.Reaches(ServiceState::kLive));
        co_await t.End(*service);
    }(*this));
}

INSTANTIATE_TEST_SUITE_P(
    Answers,
    NewsServiceAnswerTest,
    ::testing::Values(
        std::pair{200, "<html>busy</html>"},
        std::pair{200, R"({"status":"success","results":[{"article_id")"},
        std::pair{200, R"({"status":"error","results":{"message":"m","code":"c"}})"},
        std::pair{500, "oops"}
    )
);

TEST_F(NewsServiceTest, ARequestThatIsRefusedIsNotSentAgainSoon) {
    AnswerInTurn({HttpAnswer(422, R"({"status":"error","results":{"message":"m","code":"c"}})")});
    Run([](NewsServiceTest& t) -> Task<> {
        const auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Reaches(ServiceState::kDown));
        EXPECT_EQ(t.Status().error, Failure::kBadRequest);
        co_await t.End(*service);
    }(*this));
    EXPECT_EQ(calls(), 1U);
}

TEST_F(NewsServiceTest, ALimitIsHeeded) {
    AnswerInTurn({HttpAnswer(429, R"({"status":"error","message":"Rate Limit Exceeded"})")});
    Run([](NewsServiceTest& t) -> Task<> {
        const auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Reaches(ServiceState::kDegraded));
        EXPECT_EQ(t.Status().error, Failure::kLimit);
        const WallMillis wait = t.Status().retry_at.value_or(0) - t.clock.WallNow();
        EXPECT_GT(wait, Milliseconds(14min).count());
        EXPECT_LE(wait, Milliseconds(15min).count());
        co_await t.Command(contract::kNewsRefresh);
        auto refused = [&] { return service->stats().upstream.not_sent.value() == 1; };
        EXPECT_TRUE(co_await t.Eventually(std::move(refused)));
        t.AnswerInTurn({HttpAnswer(200, Answer("later"))});
        t.clock.Advance(15min);
        co_await t.Command(contract::kNewsRefresh);
        EXPECT_TRUE(co_await t.Sees(contract::kNewsUpdated, 1));
        co_await t.End(*service);
    }(*this));
    EXPECT_EQ(calls(), 2U);
}

TEST_F(NewsServiceTest, RetryAfterIsHeeded) {
    AnswerInTurn({HttpAnswer(429, "", "Retry-After: 77\r\n")});
    Run([](NewsServiceTest& t) -> Task<> {
        const auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Reaches(ServiceState::kDegraded));
        const WallMillis wait = t.Status().retry_at.value_or(0) - t.clock.WallNow();
        EXPECT_GT(wait, 60'000);
        EXPECT_LE(wait, 77'000);
        co_await t.End(*service);
    }(*this));
}

TEST_F(NewsServiceTest, TheSourcesOwnCountOfCreditsIsHeeded) {
    AnswerInTurn({HttpAnswer(
        200, Answer("a1"), "X-RateLimit-Remaining: 0\r\nX-API-Limit-Remaining: 120\r\n"
    )});
    Run([](NewsServiceTest& t) -> Task<> {
        const auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Sees(contract::kNewsUpdated, 1));
        EXPECT_EQ(service->stats().credits_left.value(), 120);
        t.clock.Advance(13min);
        t.cache.values.clear();
        co_await t.Command(contract::kNewsRefresh);
        EXPECT_TRUE(co_await t.Reaches(ServiceState::kDegraded));
        EXPECT_EQ(t.Status().error, Failure::kLimit);
        EXPECT_EQ(t.calls(), 1U);
        t.clock.Advance(2min);
        co_await t.Command(contract::kNewsRefresh);
        EXPECT_TRUE(co_await t.Sees(contract::kNewsUpdated, 2));
        EXPECT_TRUE(co_await t.Reaches(ServiceState::kLive));
        co_await t.End(*service);
    }(*this));
}

TEST_F(NewsServiceTest, FluxCountsCreditsItself) {
    options.credits_per_quarter_hour = 2;
    options.cache_time = 1ms;
    Run([](NewsServiceTest& t) -> Task<> {
        const auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Sees(contract::kNewsUpdated, 1));
        t.cache.values.clear();
        co_await t.Command(contract::kNewsRefresh);
        EXPECT_TRUE(co_await t.Sees(contract::kNewsUpdated, 2));
        t.cache.values.clear();
        co_await t.Command(contract::kNewsRefresh);
        EXPECT_TRUE(co_await t.Reaches(ServiceState::kDegraded));
        EXPECT_EQ(t.calls(), 2U);
        co_await t.End(*service);
    }(*this));
}

TEST_F(NewsServiceTest, ARefusedKeyIsNotTriedAgainAtOnce) {
    AnswerInTurn({HttpAnswer(401, R"({"status":"error","results":{"message":"hush","code":"c"}})")}
    );
    Run([](NewsServiceTest& t) -> Task<> {
        const auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Reaches(ServiceState::kDown));
        EXPECT_EQ(t.Status().error, Failure::kKeyRefused);
        co_await t.End(*service);
    }(*this));
    EXPECT_EQ(calls(), 1U);
}

TEST_F(NewsServiceTest, WithoutAKeyNothingIsAsked) {
    options.key.clear();
    Run([](NewsServiceTest& t) -> Task<> {
        const auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Reaches(ServiceState::kNoKey));
        EXPECT_EQ(t.Status().error, Failure::kNoKey);
        co_await t.End(*service);
    }(*this));
    EXPECT_EQ(calls(), 0U);
}

TEST_F(NewsServiceTest, WhatIsNoCommandIsCountedAndChangesNothing) {
    Run([](NewsServiceTest& t) -> Task<> {
        const auto service = co_await t.Started();
        EXPECT_TRUE(co_await t.Sees(contract::kNewsUpdated, 1));
        const std::string commands(contract::kNewsRefresh.name);
        for (const std::string_view odd : testing::kOddCommands)
            co_await t.Publish(commands, "k", std::string(odd));
        co_await t.Publish(commands, "k", std::string(testing::kNewerCommand));
        EXPECT_TRUE(co_await t.Sees(contract::kNewsUpdated, 2));
        EXPECT_THAT(t.metrics.Scrape(), HasSubstr(testing::CountOfOddCommands("news")));
        EXPECT_EQ(t.seen[std::string(contract::kNewsUpdated.name)].size(), 2U);
        EXPECT_EQ(t.calls(), 1U);
        co_await t.End(*service);
    }(*this));
}

TEST_F(NewsServiceTest, TwoInstancesAskNoMoreThanOne) {
    Run([](NewsServiceTest& t) -> Task<> {
        const auto first = co_await t.Started();
        EXPECT_TRUE(co_await t.Sees(contract::kNewsUpdated, 1));
        const auto second = t.Make();
        const Result<void> started = co_await second->Start();
        EXPECT_TRUE(started);
        co_await t.Command(contract::kNewsRefresh);
        EXPECT_TRUE(co_await t.Sees(contract::kNewsUpdated, 2));
        EXPECT_EQ(t.calls(), 1U);
        co_await second->Stop();
        co_await t.End(*first);
    }(*this));
}

}  // namespace
}  // namespace flux::feeds
