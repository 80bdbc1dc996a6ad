// The gateway and the cache: written behind, asked at a cold start, never waited for.
#include "cache/memory_cache.h"
#include "gateway/gateway_fixture.h"
#include "gateway/recovery_fixture.h"
#include "runtime/answer_slot.h"

#include <memory>
#include <vector>

namespace flux::gateway {
namespace {

using net::testing::Eventually;
using testing::GatewayTest;
using testing::RawClient;
using testing::RunOn;
using Value = std::optional<std::string>;

constexpr std::string_view kNews = R"(
[[route]]
name = "news"
topic = "news"
room = "news.{region}"
event = "headline"
where = { kind = "n" }
snapshot = "latest"
cache_key = "bff:news:{region}"
cache_ttl = "12m"
[[route]]
name = "marks"
topic = "marks"
room = "marks"
event = "mark"
[[route]]
name = "orders"
topic = "orders"
room = "orders.{key}"
event = "order"
snapshot = "latest"
cache_key = "shop:order:{key}"
[[intent]]
event = "order:watch"
rooms = ["orders.{}", "marks"]
[[intent]]
event = "news:watch"
rooms = ["news.{region}", "marks"]
[[intent]]
event = "marks:watch"
rooms = ["news.eu", "marks"]
snapshots = ["marks"]
)";

constexpr std::string_view kWatch = R"(["news:watch",{"region":"eu"}])";

std::string Story(const std::string& title, const std::string& region = "eu") {
    return R"({"kind":"n","region":")" + region + R"(","title":")" + title + "\"}";
}

std::string Headline(const std::string& title) {
    return "[\"headline\"," + Story(title) + "]";
}

/// A cache whose answers come when the test says so.
class HeldCaches final : public cache::CacheSet {
public:
    explicit HeldCaches(ShardSet& shards)
        : shards_(shards) {
        for (std::size_t shard = 0; shard < shards.size(); ++shard)
            views_.push_back(std::make_unique<View>(shards[shard], *this));
    }

    Task<> Start() override { co_return; }
    Task<> Stop() override {
        views_[Shard::Current()->id().value()]->AnswerAll(std::nullopt);
        co_return;
    }
    cache::Cache& Of(ShardId shard) override { return *views_[shard.value()]; }

    void AnswerAll(const Value& value) {
        shards_.OnEachShard([&](Shard& shard) { views_[shard.id().value()]->AnswerAll(value); });
        shards_.OnEachShard([](Shard&) {});  // who waited goes on in a turn of its own
    }

    SharedCounter asked;

private:
    class View final : public cache::Cache {
    public:
        View(Shard& shard, HeldCaches& all)
            : shard_(shard),
              all_(all) {}

        Task<Value> Get(std::string) override {
            all_.asked.Add();
            const auto slot = std::make_shared<AnswerSlot<Value>>(shard_);
            waiting_.push_back(slot);
            std::optional<Value> answer = co_await slot->Wait(20s);
            co_return answer ? *std::move(answer) : std::nullopt;
        }
        Task<Value> Take(std::string key, std::string, std::chrono::seconds, Milliseconds)
            override {
            return Get(std::move(key));
        }
        bool SetRanked(std::string, std::string, std::chrono::seconds, cache::StoreDone) override {
            return true;
        }
        void OnBack(std::function<void()>) override {}
        void Set(std::string, std::string, std::chrono::seconds) override {}
        void Delete(std::string) override {}

        void AnswerAll(const Value& value) {
            for (const auto& slot : std::exchange(waiting_, {}))
                slot->Fill(value);
        }

    private:
        Shard& shard_;
        HeldCaches& all_;
        std::vector<std::shared_ptr<AnswerSlot<Value>>> waiting_;
    };

    ShardSet& shards_;
    std::vector<std::unique_ptr<View>> views_;
};

class GatewayCacheTest : public GatewayTest {
protected:
    HeldCaches& UseHeld() {
        make_caches_ = [](ShardSet& shards) { return std::make_unique<HeldCaches>(shards); };
        Start(kNews);
        return dynamic_cast<HeldCaches&>(*caches_);
    }

    void Cache(const std::string& key, const std::string& value) {
        const auto set = [&]() -> Task<bool> {
            caches_->Of(ShardId(0)).Set(key, value, 60s);
            co_return true;
        };
        RunOn((*shards_)[0], set());
    }

    Value Cached(const std::string& key) {
        return RunOn((*shards_)[0], caches_->Of(ShardId(0)).Get(key));
    }

    /// The next event is this one: nothing else came before it.
    void ExpectNothingBut(RawClient& client, const std::string& event) {
        EXPECT_EQ(client.ReadEvent(), event);
    }

    /// An event to everybody who watches anything.
    void Mark(const std::string& text) { Publish("marks", std::nullopt, "\"" + text + "\""); }
};

TEST_F(GatewayCacheTest, AColdGatewayIsHydratedFromTheCache) {
    UseMemoryCache();
    Start(kNews);
    Cache("bff:news:eu", Story("kept"));
    for (int n = 0; n < 6; ++n) {
        RawClient client = Connect();
        client.ReadEvent();
        EXPECT_EQ(client.Ask(kWatch), R"([{"status":"success","rooms":["news.eu","marks"]}])");
        EXPECT_EQ(client.ReadEvent(), Headline("kept"));
    }
    EXPECT_EQ(Sum(&GatewayShardStats::cache_asked), 2u);  // once a shard, then it is in memory
    EXPECT_EQ(Sum(&GatewayShardStats::cache_hydrations), 2u);
    EXPECT_EQ(Sum(&GatewayShardStats::hydrations), 4u);

    RawClient other = Connect();
    other.ReadEvent();
    other.Ask(R"(["news:watch",{"region":"us"}])");
    Mark("1");
    ExpectNothingBut(other, R"(["mark","1"])");
}

// REC-19: on the shard that asked the cache before, and on the other one.
TEST_F(GatewayCacheTest, WhatCameFromTheCacheComesAgainToWhoMayNotHaveReadIt) {
    UseMemoryCache();
    Start(kNews);
    Cache("bff:news:eu", Story("kept"));
    const std::string watch(kWatch);
    for (int n = 0; n < 6; ++n) {
        testing::ReplayClient client(port_);
        client.Event();
        client.Send("421" + watch);
        const std::string headline = client.Event();
        EXPECT_NE(headline.find("kept"), std::string::npos) << headline;
        client.Cut();
        testing::ReplayClient again(port_, &client);
        EXPECT_EQ(again.sid, client.sid);
        again.Event();
        EXPECT_EQ(again.Event(), headline);
    }
}

TEST_F(GatewayCacheTest, ALiveRecordReplacesWhatCameFromTheCache) {
    UseMemoryCache();
    Start(kNews);
    Cache("bff:news:eu", Story("older"));
    RawClient client = Connect();
    client.ReadEvent();
    client.Ask(kWatch);
    EXPECT_EQ(client.ReadEvent(), Headline("older"));
    Publish("news", "any key", Story("newer"));
    EXPECT_EQ(client.ReadEvent(), Headline("newer"));
    for (int n = 0; n < 4; ++n) {
        RawClient late = Connect();
        late.ReadEvent();
        late.Ask(kWatch);
        EXPECT_EQ(late.ReadEvent(), Headline("newer"));
        Mark(std::to_string(n));
        ExpectNothingBut(late, "[\"mark\",\"" + std::to_string(n) + "\"]");
        EXPECT_EQ(client.ReadEvent(), "[\"mark\",\"" + std::to_string(n) + "\"]");
    }
}

TEST_F(GatewayCacheTest, AJoinWaitsForNobodyAndALiveRecordThatComesMeanwhileWins) {
    HeldCaches& caches = UseHeld();
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int n = 0; n < 4; ++n) {
        clients.push_back(std::make_unique<RawClient>(port_));
        clients.back()->ReadEvent();
        EXPECT_EQ(
            clients.back()->Ask(kWatch), R"([{"status":"success","rooms":["news.eu","marks"]}])"
        );
    }
    Publish("news", std::nullopt, Story("live"));
    for (const auto& client : clients)
        EXPECT_EQ(client->ReadEvent(), Headline("live"));
    caches.AnswerAll(Story("older"));
    EXPECT_EQ(Sum(&GatewayShardStats::cache_overtaken), caches.asked.value());
    Mark("1");
    for (const auto& client : clients)
        ExpectNothingBut(*client, R"(["mark","1"])");
}

TEST_F(GatewayCacheTest, ATombstoneThatComesMeanwhileWinsToo) {
    HeldCaches& caches = UseHeld();
    RawClient client = Connect();
    client.ReadEvent();
    client.Ask(R"(["order:watch",7])");
    Publish("orders", "7", "1");
    EXPECT_EQ(client.ReadEvent(), R"(["order",1])");
    Publish("orders", "7", "");
    AwaitRecords("orders", 2);
    caches.AnswerAll("0");
    Mark("1");
    ExpectNothingBut(client, R"(["mark","1"])");
}

TEST_F(GatewayCacheTest, ManyWhoJoinOneRoomAskOnce) {
    HeldCaches& caches = UseHeld();
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int n = 0; n < 10; ++n) {
        clients.push_back(std::make_unique<RawClient>(port_));
        clients.back()->ReadEvent();
        clients.back()->Ask(kWatch);
    }
    EXPECT_EQ(caches.asked.value(), 2u);  // one for each shard
    RawClient elsewhere = Connect();
    elsewhere.ReadEvent();
    elsewhere.Ask(R"(["marks:watch"])");  // in the room, but its intent wants no headline
    caches.AnswerAll(Story("kept"));
    for (const auto& client : clients)
        EXPECT_EQ(client->ReadEvent(), Headline("kept"));
    Mark("1");
    ExpectNothingBut(elsewhere, R"(["mark","1"])");
}

TEST_F(GatewayCacheTest, WhatIsNoRecordOfTheRoomIsPassedOver) {
    UseMemoryCache();
    Start(kNews);
    const std::vector<std::string> wrong{
        "{\"kind\":\"n\",\"region\":\"eu\"} x",
        "nonsense",
        "\xff",
        std::string(100, '['),
        Story("for another room", "us"),
        R"({"kind":"other","region":"eu"})",
        R"({"kind":"n"})"};
    for (const std::string& value : wrong) {
        Cache("bff:news:eu", value);
        RawClient client = Connect();
        client.ReadEvent();
        client.Ask(kWatch);
        Mark(value.substr(0, 1) == "n" ? "n" : "m");
        EXPECT_TRUE(client.ReadEvent().starts_with("[\"mark\",")) << value;
    }
    EXPECT_TRUE(Eventually([&] { return Sum(&GatewayShardStats::cache_rejected) == wrong.size(); })
    );
    EXPECT_EQ(Sum(&GatewayShardStats::cache_hydrations), 0u);
}

TEST_F(GatewayCacheTest, RecordsAreWrittenBehindTheNewestOnly) {
    UseMemoryCache();
    options_.cache_write_interval = 50ms;
    Start(kNews);
    for (int n = 0; n < 100; ++n)
        Publish("news", std::nullopt, Story(std::to_string(n)));
    Publish("news", std::nullopt, R"({"kind":"other","region":"eu"})");
    Publish("news", std::nullopt, Story("us", "us"));
    EXPECT_TRUE(Eventually([&] { return Cached("bff:news:us") == Story("us", "us"); }));
    EXPECT_TRUE(Eventually([&] { return Cached("bff:news:eu") == Story("99"); }));
    const std::string metrics = metrics_.Scrape();
    EXPECT_EQ(metrics.find("flux_gateway_cache_written_total 101\n"), std::string::npos)
        << "every record was written";
}

TEST_F(GatewayCacheTest, WhatWaitsIsWrittenWhenTheGatewayStops) {
    UseMemoryCache();
    options_.cache_write_interval = 1min;
    Start(kNews);
    Publish("news", std::nullopt, Story("last"));
    AwaitRecords("news", 1);
    EXPECT_EQ(Cached("bff:news:eu"), std::nullopt);
    RunOn((*shards_)[0], gateway_->Stop());
    EXPECT_EQ(Cached("bff:news:eu"), Story("last"));
}

TEST_F(GatewayCacheTest, ATombstoneRemovesFromTheCache) {
    UseMemoryCache();
    options_.cache_write_interval = 1ms;
    Start(kNews);

    Publish("orders", "7", "1");
    EXPECT_TRUE(Eventually([&] { return Cached("shop:order:7") == "1"; }));
    Publish("orders", "7", "");
    EXPECT_TRUE(Eventually([&] { return !Cached("shop:order:7"); }));
    Cache("shop:order:8", "8");
    RawClient client = Connect();
    client.ReadEvent();
    client.Ask(R"(["order:watch",8])");
    EXPECT_EQ(client.ReadEvent(), R"(["order",8])");
}

}  // namespace
}  // namespace flux::gateway
