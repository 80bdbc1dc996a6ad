#include "bus/kafka/kafka_topic_shape.h"

#include <algorithm>
#include <fmt/format.h>

namespace flux::bus {
namespace {

constexpr std::int32_t kCopies = 3;
constexpr std::int32_t kCopiesThatAcknowledge = 2;

std::string SetConfig(
    const TopicName& topic, const std::string& brokers, std::string_view name, std::int64_t value
) {
    return fmt::format(
        "kafka-configs.sh --bootstrap-server {} --alter --entity-type topics --entity-name {} "
        "--add-config {}={}",
        brokers,
        topic.value(),
        name,
        value
    );
}

}  // namespace

KafkaTopicShape ShapeFor(const TopicOptions& options, std::int32_t brokers) {
    KafkaTopicShape shape;
    shape.partitions = options.partitions;
    shape.replication = std::clamp<std::int32_t>(brokers, 1, kCopies);
    if (shape.replication >= kCopies) shape.min_insync = kCopiesThatAcknowledge;
    shape.retention = options.retention_time;
    return shape;
}

std::vector<TopicDifference> DifferencesOf(
    const TopicName& topic,
    const KafkaTopicShape& has,
    const KafkaTopicShape& wanted,
    const std::string& brokers
) {
    std::vector<TopicDifference> found;
    if (has.partitions != wanted.partitions) {
        TopicDifference& partitions = found.emplace_back();
        partitions.what =
            fmt::format("has {} partitions, not {}", has.partitions, wanted.partitions);
        partitions.remedy =
            has.partitions > wanted.partitions
                ? "partitions cannot be taken away; leave them, or make the topic anew"
                : fmt::format(
                      "kafka-topics.sh --bootstrap-server {} --alter --topic {} --partitions {}  "
                      "(moves keys to other partitions)",
                      brokers,
                      topic.value(),
                      wanted.partitions
                  );
    }
    if (has.replication < wanted.replication) {
        TopicDifference& copies = found.emplace_back();
        copies.what = fmt::format("has {} copies, not {}", has.replication, wanted.replication);
        copies.remedy = "kafka-reassign-partitions.sh, with a plan that names the brokers";
    }
    if (wanted.min_insync && has.min_insync != wanted.min_insync) {
        TopicDifference& insync = found.emplace_back();
        insync.what = fmt::format(
            "is acknowledged by {} copies, not {}", has.min_insync.value_or(1), *wanted.min_insync
        );
        insync.remedy = SetConfig(topic, brokers, "min.insync.replicas", *wanted.min_insync);
    }
    if (has.retention != wanted.retention) {
        TopicDifference& retention = found.emplace_back();
        retention.what = fmt::format(
            "keeps records for {} ms, not {}", has.retention.count(), wanted.retention.count()
        );
        retention.remedy = SetConfig(topic, brokers, "retention.ms", wanted.retention.count());
    }
    return found;
}

}  // namespace flux::bus
