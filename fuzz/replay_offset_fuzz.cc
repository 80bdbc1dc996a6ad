// Offsets of replay routes: what is accepted is written the same again and covers itself; one that
// was written reads as it was; comparing two never depends on anything but what they include.
//
// The first line is an offset from outside, the second another; the rest makes one.
#include "base/assert.h"
#include "gateway/replay_offset.h"
#include "input.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

using flux::gateway::DecodeReplayOffset;
using flux::gateway::ReplayOffset;
using flux::gateway::ReplayPlace;

void CheckForeign(std::string_view text, std::string_view other_text) {
    const auto offset = DecodeReplayOffset(text);
    if (!offset) return;
    FLUX_ASSERT(Encode(*offset) == text);
    FLUX_ASSERT(offset->partitions >= 1 && offset->current < offset->partitions);
    FLUX_ASSERT(offset->Covers(*offset));
    const auto other = DecodeReplayOffset(other_text);
    if (!other) return;
    if (offset->Covers(*other) && other->Covers(*offset)) {
        FLUX_ASSERT(offset->next == other->next && offset->layout == other->layout);
    }
    ReplayOffset both = *offset;
    both.Take(*other);
    FLUX_ASSERT(both.layout == offset->layout && both.Covers(*offset));
}

void CheckPlaces(std::string_view text) {
    const auto places = flux::gateway::DecodeReplayPlaces(text);
    if (!places) return;
    FLUX_ASSERT(flux::gateway::Encode(*places) == text);
    FLUX_ASSERT(places->size() <= flux::limits::kReplayPartitionsMax);
}

void CheckMade(flux::fuzz::Input& input) {
    ReplayOffset offset;
    for (int i = 0; i < 8; ++i)
        offset.layout = offset.layout << 8 | input.Byte();
    offset.partitions = static_cast<std::uint8_t>(1 + input.Byte() % offset.next.size());
    offset.current = static_cast<std::uint8_t>(input.Byte() % offset.partitions);
    offset.part = input.Byte() == 0 ? ReplayOffset::kAllParts : 1u + input.Byte();
    for (std::uint8_t i = 0; i < offset.partitions; ++i) {
        std::uint64_t next = 0;
        for (int bytes = input.Byte() % 9; bytes > 0; --bytes)
            next = next << 8 | input.Byte();
        offset.next[i] = static_cast<std::int64_t>(next >> 1);
    }
    FLUX_ASSERT(DecodeReplayOffset(Encode(offset)) == offset);
    ReplayPlace place;
    place.partition = static_cast<std::uint8_t>(input.Byte() % offset.partitions);
    place.offset = input.Byte();
    place.part = 1u + input.Byte();
    FLUX_ASSERT(offset.IncludesAll({place}) == offset.Includes(place));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    flux::fuzz::Input input(data, size);
    const std::string_view text = input.Line();
    const std::string_view other = input.Line();
    CheckForeign(text, other);
    CheckPlaces(text);
    CheckMade(input);
    return 0;
}
