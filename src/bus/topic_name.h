// Which names a topic may have.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace flux::bus {

inline constexpr std::size_t kTopicNameBytesMax = 249;

/// More partitions than these are refused: each has its own reader in every subscription.
inline constexpr std::int32_t kPartitionsMax = 1'024;

/// Kafka's rule (org.apache.kafka.common.internals.Topic), so that every topic can move there: 1 to
/// 249 letters, digits, dots, dashes or underscores, and neither "." nor "..".
bool IsTopicName(std::string_view name);

}  // namespace flux::bus
