// What the tests of the Kafka bus itself share.
#pragma once

#include "bus/event_bus_contract.h"
#include "bus/kafka/kafka_bus.h"
#include "bus/kafka/kafka_client.h"
#include "bus/kafka/kafka_engine.h"
#include "bus/kafka/kafka_ptr.h"

#include <gtest/gtest.h>

#include <array>
#include <future>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace flux::bus {

/// Brings the broker back, whatever became of the test.
class Outage {
public:
    explicit Outage(std::string cure)
        : cure_(std::move(cure)) {}
    Outage(const Outage&) = delete;
    Outage& operator=(const Outage&) = delete;
    ~Outage() { End(); }
    void End() {
        if (!cure_.empty()) KafkaEngine::Control(std::exchange(cure_, {}));
    }

private:
    std::string cure_;
};

class KafkaBusTest : public ::testing::Test {
protected:
    void Open() {
        bus_.reset();
        auto opened = KafkaBus::Open(options_, metrics_, [] { return false; });
        ASSERT_TRUE(opened) << ToString(opened.error());
        bus_ = std::move(*opened);
    }

    TopicName MakeTopic(std::int32_t partitions = 1) {
        static int next = 0;
        const TopicName topic("kafka." + std::to_string(::getpid()) + "." + std::to_string(next++));
        Ensure(topic, partitions);
        return topic;
    }
    void Ensure(const TopicName& topic, std::int32_t partitions) {
        TopicOptions options;
        options.partitions = partitions;
        const auto made =
            shards_.Await<Result<void>>(0, [&] { return bus_->EnsureTopic(topic, options); });
        EXPECT_TRUE(made) << ToString(made.error());
    }

    /// Publishes on shard 0; the future has the outcome.
    std::future<Result<Position>> StartPublishing(
        const TopicName& topic, std::string_view payload, std::string_view key = "k"
    ) {
        Outgoing record;
        record.topic = topic;
        record.key = std::string(key);
        record.payload = SharedBytes(payload);
        return shards_.Start<Result<Position>>(0, [this, record] { return bus_->Publish(record); });
    }
    Result<Position> Publish(
        const TopicName& topic, std::string_view payload, std::string_view key = "k"
    ) {
        auto stored = StartPublishing(topic, payload, key);
        FLUX_ASSERT(stored.wait_for(kTestDeadline) == std::future_status::ready);
        return stored.get();
    }

    /// What a topic of one partition holds, from its beginning on. The log may be another one than
    /// the bus was opened with.
    std::vector<std::string> PayloadsIn(const TopicName& topic) {
        MetricRegistry metrics;
        auto opened = KafkaBus::Open(options_, metrics, [] { return false; });
        EXPECT_TRUE(opened) << ToString(opened.error());
        Position from;
        from.log_identity = (*opened)->identity();
        from.partition = Partition(0);
        constexpr std::size_t kMany = 1'000;
        using Records = Result<std::vector<Message>>;
        const Records records =
            shards_.Await<Records>(0, [&] { return (*opened)->Read(topic, from, kMany); });
        EXPECT_TRUE(records) << ToString(records.error());
        std::vector<std::string> payloads;
        for (const Message& record : *records)
            payloads.emplace_back(record.payload.view());
        return payloads;
    }

    TestSubscription Subscribe(
        const TopicName& topic, const Group& group, BatchHandler handler, KeyFilter wants = {}
    ) {
        SubscribeOptions options;
        options.topic = topic;
        options.group = group;
        options.wants = std::move(wants);
        using Subscribed = Result<std::unique_ptr<Subscription>>;
        auto subscribed = shards_.Await<Subscribed>(1, [&] {
            return bus_->Subscribe(options, std::move(handler));
        });
        EXPECT_TRUE(subscribed) << ToString(subscribed.error());
        return TestSubscription(shards_, 1, subscribed ? std::move(*subscribed) : nullptr);
    }

    /// Every payload of a topic of one partition, up to the last one, which must be there.
    std::vector<std::string> ReadUpTo(const TopicName& topic, const std::string& last) {
        Recorder seen;
        auto reader = Subscribe(topic, Group::EveryInstance(StartAt::kBeginning), seen.Handler());
        EXPECT_TRUE(Eventually([&] { return seen.Has(last); }));
        reader.Close();
        return seen.payloads();
    }

    /// The sum of a metric over its labels.
    double Metric(const std::string& name) const {
        double sum = 0;
        std::istringstream lines(metrics_.Scrape());
        for (std::string line; std::getline(lines, line);) {
            const bool named = line.rfind(name + "{", 0) == 0 || line.rfind(name + " ", 0) == 0;
            if (named) sum += std::stod(line.substr(line.rfind(' ') + 1));
        }
        return sum;
    }

    /// What an operator does to a topic, by a client of its own.
    void GrowTopic(const TopicName& topic, std::size_t partitions) {
        Operate([&](rd_kafka_t* client, rd_kafka_queue_t* done) {
            std::array<char, 256> why{};
            std::array<rd_kafka_NewPartitions_t*, 1> wanted{rd_kafka_NewPartitions_new(
                topic.value().c_str(), partitions, why.data(), why.size()
            )};
            rd_kafka_CreatePartitions(client, wanted.data(), 1, nullptr, done);
            rd_kafka_NewPartitions_destroy(wanted[0]);
        });
    }
    void DeleteTopic(const TopicName& topic) {
        Operate([&](rd_kafka_t* client, rd_kafka_queue_t* done) {
            std::array<rd_kafka_DeleteTopic_t*, 1> wanted{
                rd_kafka_DeleteTopic_new(topic.value().c_str())};
            rd_kafka_DeleteTopics(client, wanted.data(), 1, nullptr, done);
            rd_kafka_DeleteTopic_destroy(wanted[0]);
        });
    }
    void SetTopicProperty(
        const TopicName& topic, const std::string& name, const std::string& value
    ) {
        Operate([&](rd_kafka_t* client, rd_kafka_queue_t* done) {
            std::array<rd_kafka_ConfigResource_t*, 1> wanted{
                rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.value().c_str())};
            rd_kafka_ConfigResource_set_config(wanted[0], name.c_str(), value.c_str());
            rd_kafka_AlterConfigs(client, wanted.data(), 1, nullptr, done);
            rd_kafka_ConfigResource_destroy(wanted[0]);
        });
    }
    void DeleteRecordsBefore(const TopicName& topic, Offset before) {
        Operate([&](rd_kafka_t* client, rd_kafka_queue_t* done) {
            const KafkaPtr<rd_kafka_topic_partition_list_t> places(
                rd_kafka_topic_partition_list_new(1)
            );
            rd_kafka_topic_partition_list_add(places.get(), topic.value().c_str(), 0)->offset =
                before.value();
            std::array<rd_kafka_DeleteRecords_t*, 1> wanted{
                rd_kafka_DeleteRecords_new(places.get())};
            rd_kafka_DeleteRecords(client, wanted.data(), 1, nullptr, done);
            rd_kafka_DeleteRecords_destroy(wanted[0]);
        });
    }

    KafkaOptions options_ = KafkaEngine::Options();
    ShardHarness shards_{2};
    MetricRegistry metrics_;
    std::unique_ptr<KafkaBus> bus_;

private:
    template <class Ask>
    void Operate(Ask ask) {
        KafkaClient settings(options_, "operator");
        auto client = settings.Make(RD_KAFKA_PRODUCER);
        ASSERT_TRUE(client) << ToString(client.error());
        const KafkaPtr<rd_kafka_queue_t> done(rd_kafka_queue_new(client->get()));
        ask(client->get(), done.get());
        const KafkaPtr<rd_kafka_event_t> event(rd_kafka_queue_poll(done.get(), 30'000));
        ASSERT_TRUE(event);
        EXPECT_EQ(rd_kafka_event_error(event.get()), RD_KAFKA_RESP_ERR_NO_ERROR)
            << rd_kafka_event_error_string(event.get());
    }
};

}  // namespace flux::bus
