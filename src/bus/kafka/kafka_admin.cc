#include "bus/kafka/kafka_admin.h"

#include "bus/kafka/kafka_client.h"
#include "bus/kafka/kafka_error.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fmt/format.h>
#include <optional>
#include <string_view>
#include <thread>

namespace flux::bus {
namespace {

/// Metadata of a topic that was just made, or has another leader, spreads among the brokers within
/// a fraction of a second.
constexpr Milliseconds kSpreadPause{20};

bool PassesByItself(rd_kafka_resp_err_t code) {
    return code == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION ||
           code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE ||
           code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
}

KafkaPtr<rd_kafka_NewTopic_t> Wanted(const TopicName& topic, const KafkaTopicShape& shape) {
    KafkaPtr<rd_kafka_NewTopic_t> wanted(rd_kafka_NewTopic_new(
        topic.value().c_str(), shape.partitions, shape.replication, nullptr, 0
    ));
    if (!wanted) return wanted;
    const auto set = [&wanted](const char* name, std::int64_t value) {
        rd_kafka_NewTopic_set_config(wanted.get(), name, std::to_string(value).c_str());
    };
    set("retention.ms", shape.retention.count());
    if (shape.min_insync) set("min.insync.replicas", *shape.min_insync);
    return wanted;
}

/// A topic's property as a number, if the answer has it.
std::optional<std::int64_t> NumberIn(rd_kafka_event_t* event, std::string_view name) {
    std::size_t count = 0;
    const auto* const result = rd_kafka_event_DescribeConfigs_result(event);
    const auto* const* resources = rd_kafka_DescribeConfigs_result_resources(result, &count);
    if (count != 1) return std::nullopt;
    const auto* const* entries = rd_kafka_ConfigResource_configs(resources[0], &count);
    for (std::size_t i = 0; i < count; ++i) {
        const char* const value = rd_kafka_ConfigEntry_value(entries[i]);
        if (name != rd_kafka_ConfigEntry_name(entries[i]) || value == nullptr) continue;
        return std::strtoll(value, nullptr, 10);
    }
    return std::nullopt;
}

rd_kafka_resp_err_t OutcomeOf(rd_kafka_event_t* event, std::string& why) {
    if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        why = rd_kafka_event_error_string(event);
        return rd_kafka_event_error(event);
    }
    std::size_t count = 0;
    const auto* const result = rd_kafka_event_CreateTopics_result(event);
    const auto* const* topics = rd_kafka_CreateTopics_result_topics(result, &count);
    if (count != 1) return RD_KAFKA_RESP_ERR__BAD_MSG;
    if (const char* text = rd_kafka_topic_result_error_string(topics[0])) why = text;
    return rd_kafka_topic_result_error(topics[0]);
}

}  // namespace

Result<void> KafkaTopic::TakesRecords(std::int32_t min_insync) const {
    if (!EveryPartitionHasALeader()) {
        return Error(
            ErrorCode::kUnavailable,
            Retry::kLater,
            fmt::format(
                "topic {} takes no records: {} of {} partitions have no leader; start the brokers "
                "that keep them",
                name,
                health.without_leader,
                partitions
            )
        );
    }
    // Kafka asks for no more copies than there are.
    const std::int32_t needed = std::min(min_insync, replication);
    if (health.least_in_sync >= needed) return {};
    return Error(
        ErrorCode::kUnavailable,
        Retry::kLater,
        fmt::format(
            "topic {} takes no records: {} copies must acknowledge (min.insync.replicas), and a "
            "partition has {} in sync; start the brokers that are missing",
            name,
            needed,
            health.least_in_sync
        )
    );
}

Result<std::unique_ptr<KafkaAdmin>> KafkaAdmin::Make(const KafkaOptions& options) {
    std::unique_ptr<KafkaAdmin> admin(new KafkaAdmin(options));
    KafkaClient settings(options, "admin");
    rd_kafka_conf_set_opaque(settings.conf(), &admin->complaint_);
    rd_kafka_conf_set_error_cb(settings.conf(), KafkaComplaint::OnError);
    Result<KafkaPtr<rd_kafka_t>> client = settings.Make(RD_KAFKA_PRODUCER);
    if (!client) return client.error();
    admin->client_ = std::move(*client);
    return admin;
}

KafkaAdmin::KafkaAdmin(const KafkaOptions& options)
    : request_timeout_(options.request_timeout),
      complaint_(options) {}

Result<std::string> KafkaAdmin::ClusterId() {
    char* const id = rd_kafka_clusterid(client_.get(), timeout());
    if (id == nullptr)
        return KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, "Kafka does not say who it is");
    std::string copy(id);
    rd_kafka_mem_free(client_.get(), id);
    return copy;
}

Result<void> KafkaAdmin::Probe() {
    const rd_kafka_metadata_t* found = nullptr;
    auto code = rd_kafka_metadata(client_.get(), 0, nullptr, &found, timeout());
    // Whoever was asked has gone; another one may answer.
    if (code == RD_KAFKA_RESP_ERR__TRANSPORT && several_brokers_)
        code = rd_kafka_metadata(client_.get(), 0, nullptr, &found, timeout());
    rd_kafka_poll(client_.get(), 0);  // hands over what it has to complain of
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return complaint_.Explain(code);
    complaint_.Forget();  // not before: what is said once is not said again for each try
    const KafkaPtr<const rd_kafka_metadata_t> metadata(found);
    several_brokers_ = metadata->broker_cnt > 1;
    return {};
}

Result<KafkaTopic> KafkaAdmin::Describe(const TopicName& topic) {
    const std::string doing = fmt::format("could not look topic {} up", topic.value());
    const KafkaPtr<rd_kafka_topic_t> handle(
        rd_kafka_topic_new(client_.get(), topic.value().c_str(), nullptr)
    );
    if (!handle) return KafkaError(rd_kafka_last_error(), doing);
    const rd_kafka_metadata_t* found = nullptr;
    const auto code = rd_kafka_metadata(client_.get(), 0, handle.get(), &found, timeout());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return KafkaError(code, doing);
    const KafkaPtr<const rd_kafka_metadata_t> metadata(found);
    if (metadata->topic_cnt != 1) return KafkaError(RD_KAFKA_RESP_ERR__BAD_MSG, doing);
    const rd_kafka_metadata_topic_t& told = metadata->topics[0];
    if (told.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
        return Error(
            ErrorCode::kNotFound,
            Retry::kNever,
            fmt::format("no topic {}; make it before it is used", topic.value())
        );
    }
    if (told.err != RD_KAFKA_RESP_ERR_NO_ERROR &&
        told.err != RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE)
        return KafkaError(told.err, doing);
    KafkaTopic described;
    described.name = topic.value();
    described.partitions = told.partition_cnt;
    KafkaTopicHealth& health = described.health;
    for (int i = 0; i < told.partition_cnt; ++i) {
        const rd_kafka_metadata_partition_t& partition = told.partitions[i];
        if (partition.leader < 0) ++health.without_leader;
        if (partition.isr_cnt < partition.replica_cnt) ++health.lagging;
        health.least_in_sync =
            i == 0 ? partition.isr_cnt : std::min(health.least_in_sync, partition.isr_cnt);
        described.replication =
            i == 0 ? partition.replica_cnt : std::min(described.replication, partition.replica_cnt);
    }
    return described;
}

Result<std::int32_t> KafkaAdmin::CountBrokers() {
    const Result<std::vector<std::string>> brokers = Brokers();
    if (!brokers) return brokers.error();
    return static_cast<std::int32_t>(brokers->size());
}

Result<std::vector<std::string>> KafkaAdmin::Brokers() {
    const rd_kafka_metadata_t* found = nullptr;
    const auto code = rd_kafka_metadata(client_.get(), 0, nullptr, &found, timeout());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return KafkaError(code, "could not count the brokers");
    const KafkaPtr<const rd_kafka_metadata_t> metadata(found);
    std::vector<std::string> brokers;
    brokers.reserve(static_cast<std::size_t>(metadata->broker_cnt));
    for (int i = 0; i < metadata->broker_cnt; ++i)
        brokers.push_back(fmt::format("{}:{}", metadata->brokers[i].host, metadata->brokers[i].port)
        );
    return brokers;
}

Result<KafkaTopicShape> KafkaAdmin::ShapeOf(const TopicName& topic) {
    const Result<KafkaTopic> described = Describe(topic);
    if (!described) return described.error();
    const std::string doing = fmt::format("could not ask for the settings of {}", topic.value());
    rd_kafka_ConfigResource_t* const resource =
        rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.value().c_str());
    if (resource == nullptr) return KafkaError(RD_KAFKA_RESP_ERR__INVALID_ARG, doing);
    std::array<rd_kafka_ConfigResource_t*, 1> resources{resource};
    const KafkaPtr<rd_kafka_queue_t> answers(rd_kafka_queue_new(client_.get()));
    rd_kafka_DescribeConfigs(client_.get(), resources.data(), 1, nullptr, answers.get());
    rd_kafka_ConfigResource_destroy(resource);
    const KafkaPtr<rd_kafka_event_t> event(rd_kafka_queue_poll(answers.get(), timeout()));
    if (!event) return KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, doing);
    if (const auto code = rd_kafka_event_error(event.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return KafkaError(code, doing);
    KafkaTopicShape shape;
    shape.partitions = described->partitions;
    shape.replication = described->replication;
    if (const auto number = NumberIn(event.get(), "min.insync.replicas"))
        shape.min_insync = static_cast<std::int32_t>(*number);
    if (const auto number = NumberIn(event.get(), "retention.ms"))
        shape.retention = std::chrono::milliseconds(*number);
    return shape;
}

Result<void> KafkaAdmin::CheckTakesRecords(const TopicName& topic) {
    const Result<KafkaTopic> described = Describe(topic);
    if (!described) return described.error();
    const Result<KafkaTopicShape> shape = ShapeOf(topic);
    if (!shape && shape.error().code != ErrorCode::kPermission) return shape.error();
    return described->TakesRecords(shape ? shape->min_insync.value_or(1) : 1);
}

Result<void> KafkaAdmin::Create(const TopicName& topic, const KafkaTopicShape& shape) {
    if (Result<void> made = AskToCreate(topic, shape, false); !made) return made;
    const Result<KafkaTopic> spread = DescribeNew(topic);
    if (!spread) return spread.error();
    return {};
}

Result<void> KafkaAdmin::TryCreate(const TopicName& topic, const KafkaTopicShape& shape) {
    return AskToCreate(topic, shape, true);
}

Result<void> KafkaAdmin::AskToCreate(
    const TopicName& topic, const KafkaTopicShape& shape, bool only_check
) {
    const std::string doing = fmt::format("could not make topic {}", topic.value());
    const KafkaPtr<rd_kafka_NewTopic_t> wanted = Wanted(topic, shape);
    if (!wanted) return KafkaError(RD_KAFKA_RESP_ERR__INVALID_ARG, doing);
    const KafkaPtr<rd_kafka_AdminOptions_t> how(
        rd_kafka_AdminOptions_new(client_.get(), RD_KAFKA_ADMIN_OP_CREATETOPICS)
    );
    std::array<char, 256> refused{};
    rd_kafka_AdminOptions_set_operation_timeout(
        how.get(), timeout(), refused.data(), refused.size()
    );
    rd_kafka_AdminOptions_set_validate_only(
        how.get(), only_check ? 1 : 0, refused.data(), refused.size()
    );
    const KafkaPtr<rd_kafka_queue_t> answers(rd_kafka_queue_new(client_.get()));
    std::array<rd_kafka_NewTopic_t*, 1> topics{wanted.get()};
    rd_kafka_CreateTopics(client_.get(), topics.data(), topics.size(), how.get(), answers.get());
    const KafkaPtr<rd_kafka_event_t> event(rd_kafka_queue_poll(answers.get(), 2 * timeout()));
    if (!event) return KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, doing);
    std::string why;
    const rd_kafka_resp_err_t code = OutcomeOf(event.get(), why);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        Error error = KafkaError(code, doing);
        if (!why.empty()) error.context = fmt::format("{}: {}", doing, why);
        return error;
    }
    return {};
}

Result<KafkaTopic> KafkaAdmin::DescribeNew(const TopicName& topic) {
    const SteadyTime until = SystemClock::Instance().Now() + request_timeout_;
    for (;;) {
        Result<KafkaTopic> seen = Describe(topic);
        if (seen && seen->EveryPartitionHasALeader()) return seen;
        if (SystemClock::Instance().Now() > until) {
            return Error(
                ErrorCode::kTimeout,
                Retry::kLater,
                fmt::format(
                    "topic {} was made, but not all partitions have a leader", topic.value()
                )
            );
        }
        std::this_thread::sleep_for(kSpreadPause);
    }
}

Result<std::pair<Offset, Offset>> KafkaAdmin::Watermarks(
    const TopicName& topic, Partition partition
) {
    std::int64_t oldest = 0;
    std::int64_t next = 0;
    const SteadyTime until = SystemClock::Instance().Now() + request_timeout_;
    for (;;) {
        const auto code = rd_kafka_query_watermark_offsets(
            client_.get(), topic.value().c_str(), partition.value(), &oldest, &next, timeout()
        );
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return std::pair(Offset(oldest), Offset(next));
        if (!PassesByItself(code) || SystemClock::Instance().Now() > until) {
            return KafkaError(
                code,
                fmt::format(
                    "could not ask for the offsets of {}/{}", topic.value(), partition.value()
                )
            );
        }
        std::this_thread::sleep_for(kSpreadPause);
    }
}

Result<std::vector<std::pair<Offset, Offset>>> KafkaAdmin::Watermarks(const TopicName& topic) {
    const Result<KafkaTopic> described = Describe(topic);
    if (!described) return described.error();
    std::vector<std::pair<Offset, Offset>> watermarks;
    for (std::int32_t i = 0; i < described->partitions; ++i) {
        const auto of_one = Watermarks(topic, Partition(i));
        if (!of_one) return of_one.error();
        watermarks.push_back(*of_one);
    }
    return watermarks;
}

}  // namespace flux::bus
