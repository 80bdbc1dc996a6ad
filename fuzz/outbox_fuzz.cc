// The outbox: whatever is queued, replaced, sent in parts and dropped, it holds what a naive one
// holds, and nothing is left when it is gone.
#include "base/assert.h"
#include "input.h"
#include "limits/limits.h"
#include "socketio/naive_outbox.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <sys/uio.h>

namespace {

using flux::socketio::DeliveryPolicy;
using flux::socketio::FramePool;
using flux::socketio::FrameRef;
using flux::socketio::NaiveOutbox;
using flux::socketio::Outbox;

/// A frame of `bytes` of content; larger ones have the longer headers.
FrameRef FrameOf(FramePool& frames, std::size_t bytes, char fill) {
    const std::string content(bytes, fill);
    const std::string_view piece = content;
    return frames.Share(flux::socketio::EncodeFrames(flux::net::Opcode::kText, {&piece, 1}));
}

void CheckSame(const Outbox& outbox, const NaiveOutbox& naive) {
    FLUX_ASSERT(outbox.bytes() == naive.bytes());
    FLUX_ASSERT(outbox.frames() == naive.entries.size());
    std::array<iovec, flux::limits::kGatherFramesMax> parts;
    const std::size_t count = outbox.Gather(parts);
    std::string gathered;
    for (std::size_t i = 0; i < count; ++i)
        gathered.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
    FLUX_ASSERT(naive.Unsent().starts_with(gathered));
    FLUX_ASSERT(gathered.empty() == outbox.empty());
}

void Step(flux::fuzz::Input& input, FramePool& frames, Outbox& outbox, NaiveOutbox& naive) {
    constexpr std::size_t kBound = 2'000;
    const std::uint8_t choice = input.Byte();
    if (choice < 150) {
        const std::size_t bytes = input.Byte() * (choice % 5 == 0 ? 3U : 1U);
        const FrameRef frame = FrameOf(frames, bytes, static_cast<char>('a' + choice % 26));
        const auto policy =
            choice % 2 == 0 ? DeliveryPolicy::kEvery : DeliveryPolicy::kLatestPerKey;
        const std::uint64_t key = input.Byte();
        FLUX_ASSERT(
            outbox.Push(frame, policy, key, kBound) ==
            naive.Push(std::string(frame.wire()), policy, key, kBound)
        );
    } else if (choice < 250) {
        const std::size_t count = input.Byte() * naive.bytes() / 255;
        FLUX_ASSERT(outbox.Consume(count) == naive.Consume(count));
    } else {
        FLUX_ASSERT(outbox.DropUnsent() == naive.DropUnsent());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t kStepsMax = 500;
    flux::fuzz::Input input(data, size);
    FramePool frames;
    flux::socketio::OutboxPool pool;
    {
        Outbox outbox(pool);
        NaiveOutbox naive;
        for (std::size_t step = 0; step < kStepsMax && !input.Rest().empty(); ++step) {
            Step(input, frames, outbox, naive);
            CheckSame(outbox, naive);
        }
    }
    FLUX_ASSERT(frames.live_frames() == 0 && pool.live_bytes() == 0);
    return 0;
}
