// Asks Kafka about topics, and makes them.
#pragma once

#include "base/result.h"
#include "bus/event_bus.h"
#include "bus/kafka/kafka_complaint.h"
#include "bus/kafka/kafka_options.h"
#include "bus/kafka/kafka_ptr.h"
#include "bus/kafka/kafka_topic_shape.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace flux::bus {

/// How the copies of a topic are.
struct KafkaTopicHealth {
    std::int32_t without_leader = 0;  ///< partitions that nobody serves
    std::int32_t lagging = 0;         ///< partitions with a copy that is away or behind
    std::int32_t least_in_sync = 0;   ///< copies of the partition that has fewest
};

/// What a topic is, as the brokers tell it.
struct KafkaTopic {
    std::string name;
    std::int32_t partitions = 0;
    std::int32_t replication = 0;  ///< the least of all partitions
    KafkaTopicHealth health;
    bool EveryPartitionHasALeader() const { return partitions > 0 && health.without_leader == 0; }

    /// Whether every partition takes records that `min_insync` copies must acknowledge. Errors:
    /// kUnavailable, naming what is missing.
    Result<void> TakesRecords(std::int32_t min_insync) const;
};

/// A client for questions. Every member blocks for up to KafkaOptions::request_timeout. Thread: any
/// that may block, several at a time.
class KafkaAdmin {
public:
    /// Errors: kBadInput (a setting that librdkafka refuses).
    static Result<std::unique_ptr<KafkaAdmin>> Make(const KafkaOptions& options);

    /// The identity of the cluster's log. Errors: kUnavailable.
    Result<std::string> ClusterId();

    /// Whether any broker answers. Errors: kUnavailable, kPermission (the login is refused), saying
    /// what is wrong as far as known. Thread: one at a time.
    Result<void> Probe();

    /// Errors: kNotFound, kUnavailable, kPermission.
    Result<KafkaTopic> Describe(const TopicName& topic);

    /// Makes a topic and waits until every partition has a leader. Errors: kConflict (it exists),
    /// kBadInput, kUnavailable, kPermission.
    Result<void> Create(const TopicName& topic, const KafkaTopicShape& shape);

    /// As Describe, of a topic that somebody has just made: waits, at most request_timeout, until
    /// the brokers know it and every partition has a leader. Errors: as Describe, kTimeout.
    Result<KafkaTopic> DescribeNew(const TopicName& topic);

    /// What Create would answer, without making anything. Errors: as Create.
    Result<void> TryCreate(const TopicName& topic, const KafkaTopicShape& shape);

    /// How an existing topic looks. Errors: as Describe.
    Result<KafkaTopicShape> ShapeOf(const TopicName& topic);

    /// Whether every partition of the topic takes records now, as far as this login may know.
    /// Errors: kUnavailable, naming what is missing; as Describe.
    Result<void> CheckTakesRecords(const TopicName& topic);

    /// How many brokers the cluster has now. Errors: kUnavailable.
    Result<std::int32_t> CountBrokers();

    /// Where the brokers that run now say they are: "host:port". Errors: kUnavailable.
    Result<std::vector<std::string>> Brokers();

    /// {first kept offset, next offset} of one partition. Errors: as Describe.
    Result<std::pair<Offset, Offset>> Watermarks(const TopicName& topic, Partition partition);

    /// As Watermarks, of every partition.
    Result<std::vector<std::pair<Offset, Offset>>> Watermarks(const TopicName& topic);

private:
    explicit KafkaAdmin(const KafkaOptions& options);
    Result<void> AskToCreate(const TopicName& topic, const KafkaTopicShape& shape, bool only_check);
    int timeout() const { return static_cast<int>(request_timeout_.count()); }

    const Milliseconds request_timeout_;
    KafkaComplaint complaint_;      // Probe's
    bool several_brokers_ = false;  // Probe's: there were when somebody answered
    KafkaPtr<rd_kafka_t> client_;   // set by Make
};

}  // namespace flux::bus
