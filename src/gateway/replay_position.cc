#include "gateway/replay_position.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace flux::gateway {
namespace {

constexpr std::size_t kLayoutDigits = 16;

}  // namespace

ReplayPosition::ReplayPosition(const ReplayOffset& offset)
    : layout_(offset.layout),
      partitions_(offset.partitions) {
    for (std::uint8_t i = 0; i < partitions_; ++i) {
        const std::int64_t next = offset.next[i];
        const bool partly =
            i == offset.current && offset.part != ReplayOffset::kAllParts && next > 0;
        stands_[i].whole = partly ? next - 1 : next;
        stands_[i].part = partly ? offset.part : 0;
    }
}

bool ReplayPosition::Includes(const ReplayPlace& place) const {
    if (place.partition >= partitions_) return false;
    const Stand& stand = stands_[place.partition];
    if (place.offset != stand.whole) return place.offset < stand.whole;
    return place.part <= stand.part;
}

bool ReplayPosition::IncludesAll(const std::vector<ReplayPlace>& places) const {
    return std::all_of(places.begin(), places.end(), [this](const ReplayPlace& place) {
        return Includes(place);
    });
}

bool ReplayPosition::Covers(const ReplayPosition& other) const {
    if (layout_ != other.layout_ || partitions_ != other.partitions_) return false;
    for (std::uint8_t i = 0; i < partitions_; ++i) {
        if (stands_[i] < other.stands_[i]) return false;
    }
    return true;
}

void ReplayPosition::Take(const ReplayPosition& other) {
    if (layout_ != other.layout_ || partitions_ != other.partitions_) return;
    for (std::uint8_t i = 0; i < partitions_; ++i)
        stands_[i] = std::max(stands_[i], other.stands_[i]);
}

ReplayOffset ReplayPosition::Cover() const {
    ReplayOffset offset;
    offset.layout = layout_;
    offset.partitions = partitions_;
    for (std::uint8_t i = 0; i < partitions_; ++i)
        offset.next[i] = stands_[i].whole + (stands_[i].part > 0 ? 1 : 0);
    return offset;
}

std::string Encode(const ReplayPosition& position) {
    std::vector<ReplayPlace> places;
    for (std::uint8_t i = 0; i < position.partitions_; ++i) {
        ReplayPlace place;
        place.partition = i;
        place.offset = position.stands_[i].whole;
        place.part = position.stands_[i].part;
        places.push_back(place);
    }
    return fmt::format("{:016x}", position.layout_) + Encode(places);
}

std::optional<ReplayPosition> DecodeReplayPosition(std::string_view text) {
    if (text.size() < kLayoutDigits) return std::nullopt;
    ReplayPosition position;
    const char* const end = text.data() + kLayoutDigits;
    const auto read = std::from_chars(text.data(), end, position.layout_, 16);
    if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
    const auto places = DecodeReplayPlaces(text.substr(kLayoutDigits));
    if (!places) return std::nullopt;
    for (const ReplayPlace& place : *places) {
        if (place.partition != position.partitions_) return std::nullopt;
        position.stands_[position.partitions_++] = {.whole = place.offset, .part = place.part};
    }
    return position;
}

}  // namespace flux::gateway
