// Which partition a key belongs to, as Kafka decides it.
#pragma once

#include <cstdint>
#include <string_view>

namespace flux::bus {

/// Murmur2 with Kafka's seed.
std::uint32_t Murmur2(std::string_view bytes);

/// The partition Kafka's default partitioner gives `key` among `partitions` (at least 1), so that a
/// key lands in the same one whichever bus carries it.
std::int32_t PartitionOfKey(std::string_view key, std::int32_t partitions);

}  // namespace flux::bus
