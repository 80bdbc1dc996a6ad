// What is Kafka's own: producers that end, brokers that go and come back, partitions that are
// added, records that are gone before they were read.
#include "bus/kafka/kafka_bus_fixture.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace flux::bus {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

bool Ready(std::future<Result<Position>>& outcome) {
    return outcome.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

TEST_F(KafkaBusTest, ATopicThatTwoProcessesMakeAtOnceIsThereForBoth) {
    Open();
    MetricRegistry metrics_of_other;
    auto opened = KafkaBus::Open(options_, metrics_of_other, [] { return false; });
    ASSERT_TRUE(opened) << ToString(opened.error());
    const std::unique_ptr<KafkaBus> other = std::move(*opened);
    TopicOptions options;
    options.partitions = 3;
    for (int i = 0; i < 20; ++i) {
        const TopicName topic("kafka." + std::to_string(::getpid()) + ".both." + std::to_string(i));
        const auto made_by = [&](std::size_t shard, KafkaBus& bus) {
            return shards_.Start<Result<void>>(shard, [&bus, topic, options] {
                return bus.EnsureTopic(topic, options);
            });
        };
        auto mine = made_by(0, *bus_);
        auto theirs = made_by(1, *other);
        for (auto* const made : {&mine, &theirs}) {
            ASSERT_EQ(made->wait_for(kTestDeadline), std::future_status::ready);
            const Result<void> outcome = made->get();
            EXPECT_TRUE(outcome) << ToString(outcome.error());
        }
    }
}

TEST_F(KafkaBusTest, ATopicMayHaveMorePartitionsThanWantedButNotFewer) {
    Open();
    const TopicName topic = MakeTopic(3);
    const auto ensure = [&](std::int32_t partitions) {
        TopicOptions options;
        options.partitions = partitions;
        return shards_.Await<Result<void>>(0, [&] { return bus_->EnsureTopic(topic, options); });
    };
    const Result<void> fewer = ensure(1);
    EXPECT_TRUE(fewer) << ToString(fewer.error());
    GrowTopic(topic, 4);
    EXPECT_TRUE(Eventually([&] { return !ensure(5); }));
    const Result<void> more = ensure(5);
    ASSERT_FALSE(more);
    EXPECT_EQ(more.error().code, ErrorCode::kConflict);
    EXPECT_THAT(more.error().context, HasSubstr("flux topics apply"));
}

/// What became of records that were published while something failed, each with a payload of its
/// own, and whether the log agrees.
class Told {
public:
    void Take(const std::string& payload, const Result<Position>& outcome) {
        if (outcome) {
            stored_.insert(payload);
        } else if (outcome.error().code == ErrorCode::kUnknown) {
            unknown_.insert(payload);
        } else {
            EXPECT_EQ(outcome.error().code, ErrorCode::kUnavailable) << ToString(outcome.error());
            absent_.insert(payload);
        }
    }

    /// `log`: everything the topic holds of them.
    void Check(const std::vector<std::string>& log) const {
        for (const std::string& payload : stored_)
            EXPECT_EQ(std::count(log.begin(), log.end(), payload), 1) << payload;
        for (const std::string& payload : unknown_)
            EXPECT_LE(std::count(log.begin(), log.end(), payload), 1) << payload;
        for (const std::string& payload : absent_)
            EXPECT_EQ(std::count(log.begin(), log.end(), payload), 0)
                << payload << " was said not to be stored";
    }

    std::size_t unknown() const { return unknown_.size(); }
    std::size_t absent() const { return absent_.size(); }

private:
    std::set<std::string> stored_;
    std::set<std::string> unknown_;
    std::set<std::string> absent_;
};

/// librdkafka looks up what it does not know once a second: some of these would be given up.
TEST_F(KafkaBusTest, TheFirstRecordOfATopicNeedNotWait) {
    options_.publish_timeout = Milliseconds(500);
    Open();
    for (int i = 0; i < 8; ++i) {
        const Result<Position> stored = Publish(MakeTopic(3), "first");
        EXPECT_TRUE(stored) << ToString(stored.error());
    }
}

TEST_F(KafkaBusTest, AFatalProducerIsReplacedAndWhatWasUnderWayIsUnknown) {
    Open();
    const TopicName topic = MakeTopic();
    ASSERT_TRUE(Publish(topic, "before"));
    KafkaEngine::Control("pause 1");
    Outage outage("resume 1");
    std::vector<std::future<Result<Position>>> under_way;
    for (int i = 0; i < 10; ++i) {
        under_way.push_back(StartPublishing(topic, std::to_string(i)));
        // The first one is in the only request that is out at a time, the others wait behind it.
        ASSERT_TRUE(Eventually([&] { return Metric("flux_kafka_publish_waiting") > i; }));
    }
    bus_->producer().FailFatally();
    ASSERT_TRUE(Eventually([&] { return Metric("flux_kafka_producers_replaced_total") == 1; }));
    Told told;
    for (int i = 0; i < 10; ++i) {
        auto& outcome = under_way[static_cast<std::size_t>(i)];
        ASSERT_EQ(outcome.wait_for(kTestDeadline), std::future_status::ready);
        told.Take(std::to_string(i), outcome.get());
    }
    // As many as the one request holds; the first record alone, where it left at once.
    EXPECT_GE(told.unknown(), 1u);
    EXPECT_GE(told.absent(), 1u);
    EXPECT_EQ(told.unknown() + told.absent(), 10u);
    outage.End();
    EXPECT_TRUE(Publish(topic, "after"));
    told.Check(ReadUpTo(topic, "after"));
}

TEST_F(KafkaBusTest, WhatIsPublishedToABrokerThatHangsIsStoredWhenItGoesOn) {
    Open();
    const TopicName topic = MakeTopic();
    ASSERT_TRUE(Publish(topic, "before"));
    Recorder seen;
    const auto reader = Subscribe(topic, Group::EveryInstance(), seen.Handler());
    KafkaEngine::Control("pause 1");
    Outage outage("resume 1");
    auto waits = StartPublishing(topic, "meanwhile");
    ASSERT_TRUE(Eventually([&] { return Metric("flux_kafka_publish_waiting") == 1; }));
    EXPECT_FALSE(Ready(waits));
    outage.End();
    ASSERT_EQ(waits.wait_for(kTestDeadline), std::future_status::ready);
    EXPECT_TRUE(waits.get());
    EXPECT_TRUE(Eventually([&] { return seen.Has("meanwhile"); }));
}

TEST_F(KafkaBusTest, AStopDoesNotWaitForAnAcknowledgementThatDoesNotCome) {
    options_.request_timeout = Milliseconds(1'000);
    Open();
    const TopicName topic = MakeTopic();
    ASSERT_TRUE(Publish(topic, "before"));
    KafkaEngine::Control("pause 1");
    Outage outage("resume 1");
    auto sent = StartPublishing(topic, "sent");
    ASSERT_TRUE(Eventually([&] { return Metric("flux_kafka_publish_waiting") == 1; }));
    auto behind = StartPublishing(topic, "behind");
    ASSERT_TRUE(Eventually([&] { return Metric("flux_kafka_publish_waiting") == 2; }));
    bus_->BeginStop();
    Told told;
    for (auto* const outcome : {&sent, &behind}) {
        ASSERT_EQ(outcome->wait_for(std::chrono::seconds(10)), std::future_status::ready);
        told.Take(outcome == &sent ? "sent" : "behind", outcome->get());
    }
    EXPECT_GE(told.unknown(), 1u);
    EXPECT_EQ(told.unknown() + told.absent(), 2u);
    outage.End();
    ASSERT_NO_FATAL_FAILURE(Open());  // that one is stopped
    EXPECT_TRUE(Publish(topic, "after"));
    told.Check(ReadUpTo(topic, "after"));
}

TEST_F(KafkaBusTest, OnceAStopHasBegunNobodyAsksForATopic) {
    Open();
    const TopicName topic = MakeTopic();
    bus_->BeginStop();
    using All = Result<std::vector<std::pair<Offset, Offset>>>;
    const auto marks = shards_.Await<All>(0, [&] { return bus_->Watermarks(topic); });
    ASSERT_FALSE(marks);
    EXPECT_EQ(marks.error().code, ErrorCode::kClosed);
}

TEST_F(KafkaBusTest, ARecordThatIsNotAcknowledgedInTimeIsGivenUpHonestly) {
    options_.publish_timeout = Milliseconds(1'000);
    Open();
    const TopicName topic = MakeTopic();
    ASSERT_TRUE(Publish(topic, "before"));
    KafkaEngine::Control("pause 1");
    Outage outage("resume 1");
    auto sent = StartPublishing(topic, "sent");
    // Only one request is out at a time, so this one never is.
    ASSERT_TRUE(Eventually([&] { return Metric("flux_kafka_publish_waiting") == 1; }));
    auto behind = StartPublishing(topic, "behind");
    Told told;
    for (auto* const outcome : {&sent, &behind}) {
        ASSERT_EQ(outcome->wait_for(kTestDeadline), std::future_status::ready);
        const Result<Position> heard = outcome->get();
        ASSERT_FALSE(heard);
        EXPECT_THAT(heard.error().context, HasSubstr(topic.value()));
        told.Take(outcome == &sent ? "sent" : "behind", heard);
    }
    EXPECT_GE(told.unknown(), 1u) << "it was in the request that was out";
    outage.End();
    ASSERT_TRUE(Eventually([&] { return Publish(topic, "after").has_value(); }));
    told.Check(ReadUpTo(topic, "after"));
}

TEST_F(KafkaBusTest, AProducerWhoseRecordsAreNotAcknowledgedSaysSo) {
    options_.request_timeout = Milliseconds(1'000);
    options_.publish_timeout = Milliseconds(3'000);
    Open();
    const TopicName topic = MakeTopic();
    auto made = KafkaProducer::Make(options_);
    ASSERT_TRUE(made) << ToString(made.error());
    KafkaProducer& producer = **made;
    Outgoing record;
    record.topic = topic;
    record.payload = SharedBytes("x");
    const std::function<Task<Result<StoredAt>>()> publish = [&] {
        return producer.Publish(record);
    };
    const auto publish_and_wait = [&] { return shards_.Await<Result<StoredAt>>(0, publish); };
    ASSERT_TRUE(publish_and_wait());
    EXPECT_FALSE(producer.Stall()) << "all is well";
    KafkaEngine::Control("pause 1");
    Outage outage("resume 1");
    auto waits = shards_.Start<Result<StoredAt>>(0, publish);
    ASSERT_TRUE(Eventually([&] { return producer.Stall().has_value(); }));
    EXPECT_GE(producer.Stall()->lasts, options_.request_timeout);
    EXPECT_FALSE(producer.Stall()->ask) << "a record waits";
    ASSERT_EQ(waits.wait_for(kTestDeadline), std::future_status::ready);
    EXPECT_FALSE(waits.get());
    EXPECT_TRUE(producer.Stall()) << "it was given up, which is no good news";
    ASSERT_TRUE(Eventually([&] {
        const auto stall = producer.Stall();
        return stall && stall->ask == topic;
    }));
    producer.ForgetStall();
    EXPECT_FALSE(producer.Stall());
    EXPECT_FALSE(publish_and_wait());
    EXPECT_TRUE(producer.Stall());
    outage.End();
    EXPECT_TRUE(Eventually([&] { return publish_and_wait().has_value(); }));
    EXPECT_FALSE(producer.Stall()) << "one was acknowledged";
}

TEST_F(KafkaBusTest, RefusedRecordsAreNoOutage) {
    options_.request_timeout = Milliseconds(1'000);
    Open();
    std::atomic<int> changes{0};
    bus_->OnHealth([&](bool) { ++changes; });
    const TopicName topic = MakeTopic();
    SetTopicProperty(topic, "max.message.bytes", "1000");
    // The broker is told of it a moment later.
    ASSERT_TRUE(Eventually([&] { return !Publish(topic, std::string(5'000, 'x')); }));
    const SteadyTime until = SystemClock::Instance().Now() + 3 * options_.request_timeout;
    EXPECT_TRUE(Eventually([&] {
        EXPECT_EQ(Publish(topic, std::string(5'000, 'x')).error().code, ErrorCode::kTooLarge);
        return SystemClock::Instance().Now() > until;
    }));
    EXPECT_EQ(changes, 1) << "it was told once, that all is well";
    bus_->OnHealth({});
}

TEST_F(KafkaBusTest, AFullQueueRefusesAndStoresNothingOfIt) {
    options_.queue_records_max = 5;
    Open();
    const TopicName topic = MakeTopic();
    ASSERT_TRUE(Publish(topic, "before"));
    KafkaEngine::Control("pause 1");
    Outage outage("resume 1");
    std::vector<std::future<Result<Position>>> waiting;
    for (int i = 0; i < 5; ++i)
        waiting.push_back(StartPublishing(topic, "waits"));
    ASSERT_TRUE(Eventually([&] { return Metric("flux_kafka_publish_waiting") == 5; }));
    const Result<Position> refused = Publish(topic, "one too many");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kFull);
    EXPECT_EQ(refused.error().retry, Retry::kLater);
    EXPECT_EQ(Metric("flux_kafka_publish_refused_total"), 1);
    outage.End();
    for (auto& outcome : waiting) {
        ASSERT_EQ(outcome.wait_for(kTestDeadline), std::future_status::ready);
        EXPECT_TRUE(outcome.get());
    }
    Recorder seen;
    const auto reader = Subscribe(topic, Group::EveryInstance(StartAt::kBeginning), seen.Handler());
    ASSERT_TRUE(Publish(topic, "last"));
    ASSERT_TRUE(Eventually([&] { return seen.Has("last"); }));
    EXPECT_FALSE(seen.Has("one too many"));
}

TEST_F(KafkaBusTest, ABrokerThatIsKilledAndComesBackCostsNothing) {
    Open();
    const TopicName topic = MakeTopic(2);
    std::atomic<int> changes{0};
    std::atomic<bool> up{true};
    bus_->OnHealth([&](bool now) {
        up = now;
        ++changes;
    });
    EXPECT_EQ(changes, 1) << "it is told at once";
    Recorder all;
    Recorder shared;
    const auto reader = Subscribe(topic, Group::EveryInstance(), all.Handler());
    auto worker = Subscribe(topic, Group::Shared("killed"), shared.Handler());
    std::vector<std::string> expected;
    const auto publish = [&](const std::string& name) {
        for (int i = 0; i < 10; ++i) {
            expected.push_back(name + "-" + std::to_string(i));
            const Result<Position> stored = Publish(topic, expected.back(), std::to_string(i));
            EXPECT_TRUE(stored) << ToString(stored.error());
        }
    };
    publish("before");
    ASSERT_TRUE(all.WaitForDistinct(10));
    ASSERT_TRUE(shared.WaitForDistinct(10));
    KafkaEngine::Control("kill 1");
    Outage outage("start 1");
    ASSERT_TRUE(Eventually([&] { return !up; }));
    EXPECT_EQ(Metric("flux_kafka_up"), 0);
    EXPECT_EQ(Metric("flux_kafka_outages_total"), 1);
    auto meanwhile = StartPublishing(topic, "meanwhile", "0");
    expected.emplace_back("meanwhile");
    outage.End();
    ASSERT_TRUE(Eventually([&] { return up.load(); }));
    EXPECT_EQ(Metric("flux_kafka_up"), 1);
    ASSERT_EQ(meanwhile.wait_for(kTestDeadline), std::future_status::ready);
    EXPECT_TRUE(meanwhile.get());
    publish("after");
    ASSERT_TRUE(all.WaitForDistinct(expected.size()));
    ASSERT_TRUE(shared.WaitForDistinct(expected.size()));
    EXPECT_THAT(all.payloads(), ::testing::UnorderedElementsAreArray(expected)) << "once each";
    worker.Close();
}

TEST_F(KafkaBusTest, PartitionsThatAreAddedAreReadFromTheirBeginning) {
    options_.probe_interval = Milliseconds(50);
    options_.growth_interval = Milliseconds(100);
    Open();
    const TopicName topic = MakeTopic(1);
    Recorder seen;
    Recorder shared;
    const auto reader = Subscribe(topic, Group::EveryInstance(), seen.Handler());
    auto worker = Subscribe(topic, Group::Shared("growing", StartAt::kEnd), shared.Handler());
    GrowTopic(topic, 6);
    KafkaOptions other = options_;
    other.probe_interval = Milliseconds(60'000);
    MetricRegistry metrics;
    // Another process knows the new partitions at once.
    auto opened = KafkaBus::Open(other, metrics, [] { return false; });
    ASSERT_TRUE(opened);
    std::set<Partition> used;
    for (int i = 0; i < 40; ++i) {
        Outgoing record;
        record.topic = topic;
        record.key = std::to_string(i);
        record.payload = SharedBytes(std::to_string(i));
        const auto stored =
            shards_.Await<Result<Position>>(0, [&] { return (*opened)->Publish(record); });
        ASSERT_TRUE(stored);
        used.insert(stored->partition);
    }
    EXPECT_GT(used.size(), 3u);
    EXPECT_TRUE(seen.WaitForDistinct(40));
    EXPECT_EQ(seen.messages().size(), 40u);
    EXPECT_TRUE(shared.WaitForDistinct(40));
    worker.Close();
}

TEST_F(KafkaBusTest, AGroupBehindRetentionGoesOnAtTheOldestAndCountsWhatIsMissing) {
    Open();
    const TopicName topic = MakeTopic();
    ASSERT_TRUE(Publish(topic, "handled"));
    {
        Recorder seen;
        auto member = Subscribe(topic, Group::Shared("late"), seen.Handler());
        ASSERT_TRUE(seen.WaitForDistinct(1));
        member.Close();
    }
    for (int i = 0; i < 5; ++i)
        ASSERT_TRUE(Publish(topic, "gone"));
    ASSERT_TRUE(Publish(topic, "kept"));
    DeleteRecordsBefore(topic, Offset(6));
    Recorder seen;
    auto member = Subscribe(topic, Group::Shared("late"), seen.Handler());
    ASSERT_TRUE(Eventually([&] { return seen.Has("kept"); }));
    EXPECT_THAT(seen.payloads(), ElementsAre("kept"));
    EXPECT_EQ(Metric("flux_kafka_missed_total"), 5);
    member.Close();
}

TEST_F(KafkaBusTest, ALogThatWasReplacedIsReadFromItsBeginning) {
    Open();
    const TopicName topic = MakeTopic();
    Recorder all;
    Recorder shared;
    const auto reader = Subscribe(topic, Group::EveryInstance(), all.Handler());
    auto worker = Subscribe(topic, Group::Shared("replaced"), shared.Handler());
    std::vector<std::string> expected;
    for (int i = 0; i < 5; ++i) {
        expected.push_back("old-" + std::to_string(i));
        ASSERT_TRUE(Publish(topic, expected.back()));
    }
    ASSERT_TRUE(all.WaitForDistinct(5));
    ASSERT_TRUE(shared.WaitForDistinct(5));
    KafkaEngine::Control("wipe");
    Ensure(topic, 1);
    // Each try has a payload of its own: one that failed may be in the log all the same.
    int tries = 0;
    const auto publish = [&] { return Publish(topic, "new-" + std::to_string(tries++)); };
    for (int i = 0; i < 3; ++i)
        ASSERT_TRUE(Eventually([&] { return publish().has_value(); }));
    for (const std::string& payload : PayloadsIn(topic))
        expected.push_back(payload);
    ASSERT_GE(expected.size(), 5U + 3U);
    EXPECT_TRUE(all.WaitForDistinct(expected.size()));
    EXPECT_TRUE(shared.WaitForDistinct(expected.size()));
    worker.Close();
    EXPECT_EQ(all.payloads(), expected) << "what the old log had, then the new one, once, in order";
    EXPECT_EQ(shared.payloads(), expected);
}

TEST_F(KafkaBusTest, WhatTheFilterRefusesIsPassedOverAndCounted) {
    Open();
    const TopicName topic = MakeTopic();
    Recorder seen;
    const KeyFilter only_a = [](std::optional<std::string_view> key) { return key == "a"; };
    auto reader = Subscribe(topic, Group::Shared("choosy"), seen.Handler(), only_a);
    ASSERT_TRUE(Publish(topic, "1", "a"));
    for (int i = 0; i < 10; ++i)
        ASSERT_TRUE(Publish(topic, "not wanted", "b"));
    ASSERT_TRUE(Publish(topic, "2", "a"));
    ASSERT_TRUE(Publish(topic, "not wanted", "b"));
    ASSERT_TRUE(seen.WaitForDistinct(2));
    ASSERT_TRUE(Eventually([&] { return Metric("flux_kafka_records_skipped_total") == 11; }));
    EXPECT_THAT(seen.payloads(), ElementsAre("1", "2"));
    reader.Close();
    // What was passed over counts as handled.
    Recorder again;
    auto next = Subscribe(topic, Group::Shared("choosy"), again.Handler());
    ASSERT_TRUE(Publish(topic, "3", "a"));
    ASSERT_TRUE(again.WaitForDistinct(1));
    EXPECT_THAT(again.payloads(), ElementsAre("3"));
    next.Close();
}

/// Another program's transaction: its commit takes an offset, and no reader is given a record
/// there.
void PublishInATransaction(const KafkaOptions& options, const TopicName& topic) {
    KafkaClient settings(options, "transactions");
    settings.Set("transactional.id", topic.value());
    const auto producer = settings.Make(RD_KAFKA_PRODUCER);
    ASSERT_TRUE(producer) << ToString(producer.error());
    constexpr int kTimeoutMs = 60'000;
    const auto went_well = [](rd_kafka_error_t* error) {
        const KafkaPtr<rd_kafka_error_t> owned(error);
        EXPECT_EQ(error, nullptr) << rd_kafka_error_string(error);
        return error == nullptr;
    };
    ASSERT_TRUE(went_well(rd_kafka_init_transactions(producer->get(), kTimeoutMs)));
    ASSERT_TRUE(went_well(rd_kafka_begin_transaction(producer->get())));
    std::string payload = "1";
    const KafkaPtr<rd_kafka_topic_t> handle(
        rd_kafka_topic_new(producer->get(), topic.value().c_str(), nullptr)
    );
    const int sent = rd_kafka_produce(
        handle.get(), 0, RD_KAFKA_MSG_F_COPY, payload.data(), payload.size(), nullptr, 0, nullptr
    );
    ASSERT_EQ(sent, 0);
    ASSERT_TRUE(went_well(rd_kafka_commit_transaction(producer->get(), kTimeoutMs)));
}

TEST_F(KafkaBusTest, AGapInTheOffsetsIsCountedAndCostsNoRecord) {
    Open();
    const TopicName topic = MakeTopic();
    Recorder seen;
    const auto reader = Subscribe(topic, Group::EveryInstance(), seen.Handler());
    ASSERT_TRUE(Publish(topic, "before"));
    ASSERT_TRUE(seen.WaitForDistinct(1));
    EXPECT_EQ(Metric("flux_kafka_offset_gaps_total"), 0);
    ASSERT_NO_FATAL_FAILURE(PublishInATransaction(options_, topic));
    using Ends = Result<std::vector<std::pair<Offset, Offset>>>;
    ASSERT_TRUE(Eventually([&] {
        const Ends ends = shards_.Await<Ends>(0, [&] { return bus_->Watermarks(topic); });
        return ends && ends->front().second == Offset(3);  // "before", "1" and the marker
    }));
    ASSERT_TRUE(Publish(topic, "after"));
    ASSERT_TRUE(seen.WaitForDistinct(3));
    EXPECT_THAT(seen.payloads(), ElementsAre("before", "1", "after"));
    EXPECT_EQ(Metric("flux_kafka_offset_gaps_total"), 1);
}

TEST_F(KafkaBusTest, ReadingEndsAtTheEndAlsoWhereNoRecordStands) {
    options_.request_timeout = std::chrono::seconds(25);
    Open();
    const TopicName topic = MakeTopic();
    ASSERT_NO_FATAL_FAILURE(PublishInATransaction(options_, topic));
    const auto read = [&](Position from) {
        using Records = Result<std::vector<Message>>;
        return shards_.Await<Records>(0, [&] { return bus_->Read(topic, from, 100); });
    };
    Position from;
    from.log_identity = bus_->identity();
    const auto began = std::chrono::steady_clock::now();
    // The brokers write the marker after the commit was acknowledged.
    ASSERT_TRUE(Eventually([&] {
        const auto all = read(from);
        return all && all->size() == 1;
    }));
    from.offset = Offset(1);
    const auto none = read(from);
    ASSERT_TRUE(none) << ToString(none.error());
    EXPECT_TRUE(none->empty());
    EXPECT_LT(std::chrono::steady_clock::now() - began, options_.request_timeout);
}

TEST_F(KafkaBusTest, ATombstoneIsARecordWithoutPayload) {
    Open();
    const TopicName topic = MakeTopic();
    Recorder seen;
    const auto reader = Subscribe(topic, Group::EveryInstance(), seen.Handler());
    ASSERT_TRUE(Publish(topic, ""));
    ASSERT_TRUE(seen.WaitForDistinct(1));
    EXPECT_TRUE(seen.messages().front().payload.empty());
    EXPECT_EQ(seen.messages().front().key, "k");
}

TEST(KafkaBusStart, WithoutABrokerItSaysWhatIsMissingOnceTheDeadlineHasPassed) {
    KafkaOptions options;
    options.brokers = "127.0.0.1:1";
    options.start_timeout = Milliseconds(2'500);
    options.request_timeout = Milliseconds(1'000);
    MetricRegistry metrics;
    const auto opened = KafkaBus::Open(options, metrics, [] { return false; });
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::kUnavailable);
    EXPECT_THAT(opened.error().context, HasSubstr("127.0.0.1:1"));
    EXPECT_THAT(opened.error().context, HasSubstr("kafka.brokers"));
}

TEST(KafkaBusStart, ItCanBeAbandoned) {
    KafkaOptions options;
    options.brokers = "127.0.0.1:1";
    options.request_timeout = Milliseconds(1'000);
    MetricRegistry metrics;
    const auto opened = KafkaBus::Open(options, metrics, [] { return true; });
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::kClosed);
}

TEST(KafkaBusStart, ASettingThatLibrdkafkaRefusesIsNamed) {
    KafkaOptions options;
    options.brokers = "127.0.0.1:1";
    options.security.protocol = "carrier-pigeon";
    MetricRegistry metrics;
    const auto opened = KafkaBus::Open(options, metrics, [] { return false; });
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::kBadInput);
    EXPECT_THAT(opened.error().context, HasSubstr("security.protocol"));
}

}  // namespace
}  // namespace flux::bus
