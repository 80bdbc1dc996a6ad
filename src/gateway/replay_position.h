// What a client has got of the records of the replay routes, put together from several offsets.
#pragma once

#include "gateway/replay_offset.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace flux::gateway {

/// Like ReplayOffset, but of every partition the newest record may be included in part: gateways
/// read partitions at different speeds, and who goes on at another one has what both have sent.
/// Value type.
class ReplayPosition {
public:
    ReplayPosition() = default;
    // NOLINTNEXTLINE(google-explicit-constructor): an offset is a position
    ReplayPosition(const ReplayOffset& offset);

    std::uint64_t layout() const { return layout_; }
    std::uint8_t partitions() const { return partitions_; }

    bool Includes(const ReplayPlace& place) const;
    bool IncludesAll(const std::vector<ReplayPlace>& places) const;
    /// Whether all that `other` includes is included.
    bool Covers(const ReplayPosition& other) const;

    /// Includes what `other` includes from now on. One of another layout says nothing here.
    void Take(const ReplayPosition& other);

    /// The least offset that covers it, with whole records alone.
    ReplayOffset Cover() const;

    friend bool operator==(const ReplayPosition&, const ReplayPosition&) = default;

private:
    friend std::string Encode(const ReplayPosition& position);
    friend std::optional<ReplayPosition> DecodeReplayPosition(std::string_view text);

    /// Records before `whole` are included, and of that one the deliveries up to `part`.
    struct Stand {
        std::int64_t whole = 0;
        std::uint32_t part = 0;
        friend auto operator<=>(const Stand&, const Stand&) = default;
    };
    std::uint64_t layout_ = 0;
    std::uint8_t partitions_ = 0;
    std::array<Stand, limits::kReplayPartitionsMax> stands_{};
};

/// Where rooms stood when a client joined them: what came before is not its.
using JoinPlaces = std::unordered_map<std::string, ReplayPosition>;

/// Letters, digits, '-' and '_' only. Thread: any.
std::string Encode(const ReplayPosition& position);

/// Nothing when `text` was not made so. Thread: any; `text` may be anything.
std::optional<ReplayPosition> DecodeReplayPosition(std::string_view text);

}  // namespace flux::gateway
