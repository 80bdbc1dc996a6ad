// Looks at records by their place, for people.
#pragma once

#include "base/result.h"
#include "bus/event_bus.h"
#include "bus/kafka/kafka_admin.h"
#include "bus/kafka/kafka_options.h"
#include "bus/kafka/kafka_ptr.h"

#include <cstddef>
#include <vector>

namespace flux::bus {

/// A client of its own, made at the first look. Every member blocks for up to
/// KafkaOptions::request_timeout. Thread: one at a time, in a lane.
class KafkaBrowser {
public:
    KafkaBrowser(KafkaAdmin& admin, const KafkaOptions& options)
        : admin_(admin),
          options_(options) {}

    /// See EventBus::Read, but for the log's identity.
    Result<std::vector<Message>> Read(
        const TopicName& topic, Partition partition, Offset from, std::size_t records_max
    );

    /// See EventBus::OffsetAt.
    Result<Offset> OffsetAt(const TopicName& topic, Partition partition, WallMillis time);

private:
    Result<void> Connect();
    Result<void> CheckPartition(const TopicName& topic, Partition partition);
    Result<std::vector<Message>> Fetch(
        const TopicName& topic,
        Partition partition,
        Offset from,
        Offset end,
        std::size_t records_max
    );

    KafkaAdmin& admin_;
    const KafkaOptions options_;
    KafkaPtr<rd_kafka_t> client_;
};

}  // namespace flux::bus
