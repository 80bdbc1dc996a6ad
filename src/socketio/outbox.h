// What waits to be sent to one session: bounded, in order, and nothing when there is nothing.
#pragma once

#include "socketio/delivery_policy.h"
#include "socketio/frame_ref.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <sys/uio.h>

namespace flux::socketio {

/// Chunks of outboxes, handed out and taken back: a thousand outboxes that fill and drain once a
/// turn share the same few pages. Thread: one shard's.
class OutboxPool {
public:
    struct Entry {
        FrameRef frame;
        std::uint64_t key = 0;  // of conflation; 0: never replaced
    };
    struct Chunk {
        static constexpr std::size_t kEntries = 15;
        Chunk* next = nullptr;
        std::array<Entry, kEntries> entries;
    };

    OutboxPool() = default;
    OutboxPool(const OutboxPool&) = delete;
    OutboxPool& operator=(const OutboxPool&) = delete;
    ~OutboxPool();

    Chunk* Take();
    void Return(Chunk* chunk);

    /// Bytes of the chunks that outboxes hold now.
    std::size_t live_bytes() const { return live_ * sizeof(Chunk); }

private:
    Chunk* free_ = nullptr;
    std::size_t kept_ = 0;
    std::size_t live_ = 0;
};

enum class PushResult : std::uint8_t {
    kQueued,
    kConflated,      ///< it took the place of an older, unsent one of its key
    kOverHardLimit,  ///< nothing was queued; the session is to be closed as slow
};

/// A queue of frames, of which the first may be partly written. Thread: its pool's shard.
class Outbox {
public:
    explicit Outbox(OutboxPool& pool)
        : pool_(&pool) {}
    Outbox(Outbox&& other) noexcept;
    Outbox& operator=(Outbox&& other) noexcept;
    ~Outbox() { Clear(); }

    /// Queues `frame`. With kLatestPerKey an unsent frame of the same `key` (not 0) is replaced in
    /// its place; one that is partly written stays and the new one is queued behind. The queue may
    /// hold `bytes_max`; an empty one takes a frame of any size.
    PushResult Push(
        const FrameRef& frame, DeliveryPolicy policy, std::uint64_t key, std::size_t bytes_max
    );

    /// Queues a frame that must not be lost (ping, close) past any bound. With a key it takes the
    /// place of an unsent one, so the number of them stays bounded.
    void PushControl(const FrameRef& frame, std::uint64_t key = 0);

    /// The first unsent bytes, as many parts as fit. Returns how many were filled.
    std::size_t Gather(std::span<iovec> parts) const;

    /// What Gather gave has been sent up to `bytes`; returns the frames that are now sent whole.
    std::size_t Consume(std::size_t bytes);

    /// The first unsent message. The outbox must stand at the start of one (it does unless a
    /// WebSocket took a part of it) and not be empty. Consume its wire_bytes afterwards.
    WireMessage FrontMessage() const;

    /// Drops everything but the rest of a partly written frame. Returns the frames dropped.
    std::size_t DropUnsent();
    void Clear();

    bool empty() const { return frames_ == 0; }
    std::size_t frames() const { return frames_; }
    std::size_t bytes() const { return bytes_; }  ///< unsent

private:
    using Chunk = OutboxPool::Chunk;
    using Entry = OutboxPool::Entry;

    void Append(const FrameRef& frame, std::uint64_t key);
    bool Replace(const FrameRef& frame, std::uint64_t key, std::size_t bytes_max, bool& refused);
    void PopFront();
    void Swap(Outbox& other);

    OutboxPool* pool_;
    Chunk* head_ = nullptr;
    Chunk* tail_ = nullptr;
    std::uint64_t keys_seen_ = 0;   // a bit per key & 63: which keys are worth looking for
    std::uint64_t bytes_ = 0;       // unsent
    std::uint32_t front_sent_ = 0;  // bytes of the first frame that are written
    std::uint32_t frames_ = 0;
    std::uint8_t head_at_ = 0;  // the first frame's place in head_
    std::uint8_t tail_at_ = 0;  // the first free place in tail_
};

}  // namespace flux::socketio
