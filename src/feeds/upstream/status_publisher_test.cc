#include "feeds/upstream/status_publisher.h"

#include "contract/topics.h"
#include "feeds/upstream/bus_rig.h"

#include <gmock/gmock.h>

namespace flux::feeds {
namespace {

const std::string kTopic(contract::kServiceStatus.name);

class StatusPublisherTest : public testing::BusRig {
public:
    std::vector<contract::ServiceStatus> Seen() {
        std::vector<contract::ServiceStatus> statuses;
        for (const auto& record : seen[kTopic]) {
            EXPECT_EQ(record.key, "weather");
            statuses.push_back(contract::DecodeServiceStatus(record.payload).value());
        }
        return statuses;
    }

    Task<bool> Until(std::size_t count) {
        auto there = [this, count] { return seen[kTopic].size() >= count; };
        const bool came = co_await Eventually(std::move(there));
        co_return came;
    }
};

TEST_F(StatusPublisherTest, PublishesAtOnceOnChangeAndAtIntervals) {
    Run([](StatusPublisherTest& t) -> Task<> {
        co_await t.MakeTopic(kTopic);
        co_await t.Watch(kTopic);
        StatusPublisher publisher(t.shard, t.bus(), "weather", true, 50ms);
        publisher.Start();
        bool came = co_await t.Until(1);
        EXPECT_TRUE(came);
        contract::ServiceStatus down;
        down.domain = "somebody else";
        down.state = contract::ServiceState::kDown;
        down.error = contract::Failure::kSourceDown;
        down.message = "away";
        down.retry_at = 5;
        publisher.Set(down);
        came = co_await t.Until(4);
        EXPECT_TRUE(came);
        co_await publisher.Stop();
        co_await t.CloseReaders();
    }(*this));
    const auto statuses = Seen();
    EXPECT_EQ(statuses[0].state, contract::ServiceState::kLive);
    EXPECT_TRUE(statuses[0].simulated);
    EXPECT_GT(statuses[0].at, 0);
    for (std::size_t i = 1; i < statuses.size(); ++i) {
        EXPECT_EQ(statuses[i].domain, "weather");
        EXPECT_EQ(statuses[i].state, contract::ServiceState::kDown);
        EXPECT_EQ(statuses[i].error, contract::Failure::kSourceDown);
        EXPECT_EQ(statuses[i].message, "away");
        EXPECT_EQ(statuses[i].retry_at, 5);
    }
}

TEST_F(StatusPublisherTest, WhatHasNotChangedIsNotSaidAgain) {
    Run([](StatusPublisherTest& t) -> Task<> {
        co_await t.MakeTopic(kTopic);
        co_await t.Watch(kTopic);
        StatusPublisher publisher(t.shard, t.bus(), "weather", false);
        contract::ServiceStatus no_key;
        no_key.state = contract::ServiceState::kNoKey;
        publisher.Set(no_key);  // before the start: only kept
        publisher.Start();
        bool came = co_await t.Until(1);
        EXPECT_TRUE(came);
        for (int i = 0; i < 5; ++i) {
            publisher.Set(no_key);
            co_await SleepFor(2ms);
        }
        EXPECT_EQ(t.seen[kTopic].size(), 1u);
        publisher.Set(contract::ServiceStatus());
        came = co_await t.Until(2);
        EXPECT_TRUE(came);
        co_await publisher.Stop();
        co_await t.CloseReaders();
    }(*this));
    EXPECT_EQ(Seen()[0].state, contract::ServiceState::kNoKey);
    EXPECT_EQ(Seen()[1].state, contract::ServiceState::kLive);
}

TEST_F(StatusPublisherTest, WhatTheBusDidNotTakeComesWithTheNext) {
    Run([](StatusPublisherTest& t) -> Task<> {
        StatusPublisher publisher(t.shard, t.bus(), "weather", false, 20ms);
        publisher.Start();  // there is no such topic yet
        co_await SleepFor(5ms);
        co_await t.MakeTopic(kTopic);
        co_await t.Watch(kTopic);
        const bool came = co_await t.Until(1);
        EXPECT_TRUE(came);
        co_await publisher.Stop();
        co_await t.CloseReaders();
    }(*this));
}

}  // namespace
}  // namespace flux::feeds
