// What a topic on Kafka looks like, and how two looks differ.
#pragma once

#include "bus/event_bus.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace flux::bus {

struct KafkaTopicShape {
    std::int32_t partitions = 1;
    std::int32_t replication = -1;           ///< -1: what the brokers do by themselves
    std::optional<std::int32_t> min_insync;  ///< min.insync.replicas; none: the brokers'
    std::chrono::milliseconds retention{std::chrono::hours(24)};
};

/// What Flux asks for on a cluster of so many brokers: three copies of which two must acknowledge,
/// where there are three brokers; as many as there are below.
KafkaTopicShape ShapeFor(const TopicOptions& options, std::int32_t brokers);

/// One property that is not as wanted, and the command of Kafka's own tools that would make it so.
struct TopicDifference {
    std::string what;    ///< "has 1 partition, not 3"
    std::string remedy;  ///< a command line, or why there is none
};

/// `brokers` is for the command lines.
std::vector<TopicDifference> DifferencesOf(
    const TopicName& topic,
    const KafkaTopicShape& has,
    const KafkaTopicShape& wanted,
    const std::string& brokers
);

}  // namespace flux::bus
