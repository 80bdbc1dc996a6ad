// From what was seen of Kafka to what it means.
#pragma once

#include "app/doctor/finding.h"
#include "app/doctor/kafka_server.h"
#include "bus/event_bus.h"
#include "bus/kafka/kafka_admin.h"
#include "bus/kafka/kafka_options.h"
#include "bus/kafka/kafka_topic_shape.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace flux::app::doctor {

/// The servers of kafka.brokers. One that fails is a warning when another answers.
Findings JudgeServers(
    const std::vector<KafkaServerFacts>& servers, const bus::KafkaSecurity& security
);

/// What the versions of a broker say of its age: "Kafka 4 or newer". Nothing when it lacks what
/// Flux needs.
std::optional<std::string> AgeOf(const bus::KafkaVersions& versions);

/// Where Kafka says its brokers are, and whether they are there.
Finding JudgeBrokers(const std::vector<KafkaServerFacts>& brokers);

/// A topic that Flux reads or writes.
struct KafkaTopicFacts {
    std::string name;
    /// Whose it is. Flux starts only with as many partitions as it wants of its own topics and
    /// those of [[topic]] rows; one that only a route names may look any way, and is not made.
    enum class Owner : std::uint8_t { kFlux, kRow, kOthers } owner = Owner::kOthers;
    bus::KafkaTopicShape wanted;
    /// None when it is missing or nobody could tell.
    std::optional<bus::KafkaTopicShape> has;
    bus::KafkaTopicHealth health;
    std::optional<Error> error;  ///< kNotFound: missing
    /// Why it could not be made, if it is missing.
    std::optional<Error> create_error;
};

/// One finding per topic with something to say, and one for all that are well.
Findings JudgeTopics(const std::vector<KafkaTopicFacts>& topics, const std::string& brokers);

/// What the login lacks of what is wanted; topics that are missing lack nothing.
Finding JudgeRights(
    const std::optional<bus::KafkaRights>& rights,
    const KafkaWants& wants,
    const bus::KafkaOptions& kafka
);

Finding JudgeClock(const std::optional<KafkaClockGap>& gap);

}  // namespace flux::app::doctor
