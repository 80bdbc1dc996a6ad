#include "bus/kafka/kafka_browser.h"

#include "bus/kafka/kafka_client.h"
#include "bus/kafka/kafka_error.h"
#include "bus/kafka/kafka_record.h"
#include "limits/limits.h"

#include <chrono>
#include <fmt/format.h>
#include <string>
#include <utility>

namespace flux::bus {

Result<void> KafkaBrowser::Connect() {
    if (client_) return {};
    KafkaClient settings(options_, "browser");
    settings.Set("auto.offset.reset", "error").Set("enable.auto.commit", "false");
    // The end may hold no record of ours: markers of transactions stand there too.
    settings.Set("enable.partition.eof", "true");
    // Each read waits for the answer to the last question of the one before, which asks past the
    // end as often as not: the broker is not to hold that back until there is news.
    settings.Set("fetch.wait.max.ms", "5");
    Result<KafkaPtr<rd_kafka_t>> made = settings.Make(RD_KAFKA_CONSUMER);
    if (!made) return made.error();
    client_ = std::move(*made);
    return {};
}

Result<void> KafkaBrowser::CheckPartition(const TopicName& topic, Partition partition) {
    const Result<KafkaTopic> described = admin_.Describe(topic);
    if (!described) return described.error();
    if (partition.value() >= 0 && partition.value() < described->partitions) return {};
    return Error(
        ErrorCode::kNotFound,
        Retry::kNever,
        fmt::format("no partition {} in topic {}", partition.value(), topic.value())
    );
}

Result<std::vector<Message>> KafkaBrowser::Read(
    const TopicName& topic, Partition partition, Offset from, std::size_t records_max
) {
    if (Result<void> there = CheckPartition(topic, partition); !there) return there.error();
    if (Result<void> connected = Connect(); !connected) return connected.error();
    const auto watermarks = admin_.Watermarks(topic, partition);
    if (!watermarks) return watermarks.error();
    const auto [oldest, next] = *watermarks;
    const std::string doing =
        fmt::format("could not read {}/{} from {}", topic.value(), partition.value(), from.value());
    if (from < oldest) {
        return Error(
            ErrorCode::kNotFound,
            Retry::kNever,
            fmt::format(
                "{}: that record is no longer kept; the oldest is {}", doing, oldest.value()
            )
        );
    }
    if (from > next) {
        return Error(
            ErrorCode::kConflict,
            Retry::kNever,
            fmt::format("{}: the position is past the end, which is {}", doing, next.value())
        );
    }
    return Fetch(topic, partition, from, next, records_max);
}

Result<std::vector<Message>> KafkaBrowser::Fetch(
    const TopicName& topic, Partition partition, Offset from, Offset end, std::size_t records_max
) {
    std::vector<Message> records;
    if (from == end) return records;
    const KafkaPtr<rd_kafka_topic_t> handle(
        rd_kafka_topic_new(client_.get(), topic.value().c_str(), nullptr)
    );
    const std::int32_t number = partition.value();
    if (!handle || rd_kafka_consume_start(handle.get(), number, from.value()) != 0)
        return KafkaError(rd_kafka_last_error(), fmt::format("could not read {}", topic.value()));
    const SteadyTime until = SystemClock::Instance().Now() + options_.request_timeout;
    Offset next = from;
    std::size_t bytes = 0;
    while (records.size() < records_max && next < end && bytes < limits::kBatchBytesMax) {
        const auto left =
            std::chrono::ceil<Milliseconds>(until - SystemClock::Instance().Now()).count();
        if (left <= 0) break;
        const KafkaPtr<rd_kafka_message_t> record(
            rd_kafka_consume(handle.get(), number, static_cast<int>(left))
        );
        if (record && record->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) next = end;
        if (!record || record->err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
        next = Offset(record->offset + 1);
        bytes += record->len;
        records.push_back(ToMessage(topic, *record));
    }
    rd_kafka_consume_stop(handle.get(), number);
    if (!records.empty() || next >= end) return records;
    return KafkaError(
        RD_KAFKA_RESP_ERR__TIMED_OUT,
        fmt::format("could not read {}/{} from {}", topic.value(), number, from.value())
    );
}

Result<Offset> KafkaBrowser::OffsetAt(
    const TopicName& topic, Partition partition, WallMillis time
) {
    if (Result<void> there = CheckPartition(topic, partition); !there) return there.error();
    if (Result<void> connected = Connect(); !connected) return connected.error();
    const KafkaPtr<rd_kafka_topic_partition_list_t> asked(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_t* const place =
        rd_kafka_topic_partition_list_add(asked.get(), topic.value().c_str(), partition.value());
    place->offset = time;
    const auto code = rd_kafka_offsets_for_times(
        client_.get(), asked.get(), static_cast<int>(options_.request_timeout.count())
    );
    const auto failure = code != RD_KAFKA_RESP_ERR_NO_ERROR ? code : place->err;
    if (failure != RD_KAFKA_RESP_ERR_NO_ERROR)
        return KafkaError(failure, fmt::format("could not look into {}", topic.value()));
    if (place->offset >= 0) return Offset(place->offset);
    const auto watermarks = admin_.Watermarks(topic, partition);
    if (!watermarks) return watermarks.error();
    return watermarks->second;
}

}  // namespace flux::bus
