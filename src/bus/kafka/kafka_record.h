// A record as librdkafka hands it over, as a Message.
#pragma once

#include "bus/event_bus.h"

#include <librdkafka/rdkafka.h>

namespace flux::bus {

/// Copies what `record` holds. A record without a payload (a tombstone) has an empty one.
Message ToMessage(const TopicName& topic, const rd_kafka_message_t& record);

/// The raw key, which lives as long as `record`; nothing when it has none.
std::optional<std::string_view> KeyOf(const rd_kafka_message_t& record);

}  // namespace flux::bus
