// Where a client stands in the records of the replay routes: what the offset of an event says.
#pragma once

#include "limits/limits.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flux::gateway {

/// One delivery's place: the partition by its number in the layout, the record's offset there, and
/// which of the record's deliveries it is, from 1 on.
struct ReplayPlace {
    std::uint8_t partition = 0;
    std::int64_t offset = 0;
    std::uint32_t part = 1;
};

/// Everything up to a delivery, partition by partition. Only offsets of one layout compare. Value
/// type.
struct ReplayOffset {
    static constexpr std::uint32_t kAllParts = ~std::uint32_t{0};

    /// Which routes and partitions it speaks of; other gateways that read the same have the same.
    std::uint64_t layout = 0;
    std::uint8_t partitions = 0;
    std::uint8_t current = 0;        ///< the partition of the newest record
    std::uint32_t part = kAllParts;  ///< of that record, deliveries up to this one are included
    /// Records before this offset are included; of `current`, the last of them as far as `part`.
    std::array<std::int64_t, limits::kReplayPartitionsMax> next{};

    bool Includes(const ReplayPlace& place) const;
    /// Whether all that `other` includes is included.
    bool Covers(const ReplayOffset& other) const;
    bool IncludesAll(const std::vector<ReplayPlace>& places) const;

    friend bool operator==(const ReplayOffset&, const ReplayOffset&) = default;
};

/// Letters, digits, '-' and '_' only, at most limits::kRecoveryOffsetBytesMax of them. Thread: any.
std::string Encode(const ReplayOffset& offset);

/// Places as text, at most one of each partition. Thread: any.
std::string Encode(const std::vector<ReplayPlace>& places);
/// Nothing when `text` was not made so. Thread: any.
std::optional<std::vector<ReplayPlace>> DecodeReplayPlaces(std::string_view text);

/// Nothing when `text` was not made by Encode. Thread: any; `text` may be anything.
std::optional<ReplayOffset> DecodeReplayOffset(std::string_view text);

}  // namespace flux::gateway
