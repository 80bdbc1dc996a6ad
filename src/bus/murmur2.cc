#include "bus/murmur2.h"

#include "base/assert.h"

#include <cstddef>

namespace flux::bus {
namespace {

constexpr std::uint32_t kSeed = 0x9747b28c;
constexpr std::uint32_t kMultiplier = 0x5bd1e995;
constexpr int kShift = 24;

std::uint32_t ByteAt(std::string_view bytes, std::size_t index) {
    return static_cast<unsigned char>(bytes[index]);
}

}  // namespace

std::uint32_t Murmur2(std::string_view bytes) {
    std::uint32_t hash = kSeed ^ static_cast<std::uint32_t>(bytes.size());
    std::size_t at = 0;
    for (; bytes.size() - at >= 4; at += 4) {
        std::uint32_t word = ByteAt(bytes, at) | ByteAt(bytes, at + 1) << 8 |
                             ByteAt(bytes, at + 2) << 16 | ByteAt(bytes, at + 3) << 24;
        word *= kMultiplier;
        word ^= word >> kShift;
        word *= kMultiplier;
        hash = hash * kMultiplier ^ word;
    }
    if (at < bytes.size()) {
        std::uint32_t rest = 0;
        for (std::size_t i = bytes.size(); i > at; --i)
            rest = rest << 8 | ByteAt(bytes, i - 1);
        hash = (hash ^ rest) * kMultiplier;
    }
    hash ^= hash >> 13;
    hash *= kMultiplier;
    hash ^= hash >> 15;
    return hash;
}

std::int32_t PartitionOfKey(std::string_view key, std::int32_t partitions) {
    FLUX_ASSERT(partitions >= 1);
    // Kafka clears the sign bit rather than taking the absolute value.
    return static_cast<std::int32_t>(Murmur2(key) & 0x7fffffff) % partitions;
}

}  // namespace flux::bus
