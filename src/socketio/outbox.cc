#include "socketio/outbox.h"

#include "base/assert.h"
#include "limits/limits.h"

#include <algorithm>
#include <utility>

namespace flux::socketio {
namespace {

constexpr std::uint64_t KeyBit(std::uint64_t key) {
    return key == 0 ? 0 : std::uint64_t{1} << (key & 63);
}

}  // namespace

OutboxPool::~OutboxPool() {
    FLUX_ASSERT(live_ == 0);
    while (free_ != nullptr)
        delete std::exchange(free_, free_->next);
}

OutboxPool::Chunk* OutboxPool::Take() {
    ++live_;
    if (free_ == nullptr) return new Chunk;
    --kept_;
    Chunk* chunk = std::exchange(free_, free_->next);
    chunk->next = nullptr;
    return chunk;
}

void OutboxPool::Return(Chunk* chunk) {
    --live_;
    if (kept_ == limits::kOutboxChunksKept) {
        delete chunk;
        return;
    }
    ++kept_;
    chunk->next = std::exchange(free_, chunk);
}

Outbox::Outbox(Outbox&& other) noexcept
    : pool_(other.pool_) {
    Swap(other);
}

Outbox& Outbox::operator=(Outbox&& other) noexcept {
    if (this != &other) {
        Clear();
        Swap(other);
    }
    return *this;
}

void Outbox::Swap(Outbox& other) {
    std::swap(pool_, other.pool_);
    std::swap(head_, other.head_);
    std::swap(tail_, other.tail_);
    std::swap(keys_seen_, other.keys_seen_);
    std::swap(bytes_, other.bytes_);
    std::swap(front_sent_, other.front_sent_);
    std::swap(frames_, other.frames_);
    std::swap(head_at_, other.head_at_);
    std::swap(tail_at_, other.tail_at_);
}

PushResult Outbox::Push(
    const FrameRef& frame, DeliveryPolicy policy, std::uint64_t key, std::size_t bytes_max
) {
    if (policy == DeliveryPolicy::kEvery) key = 0;
    if ((keys_seen_ & KeyBit(key)) != 0) {
        bool refused = false;
        if (Replace(frame, key, bytes_max, refused)) return PushResult::kConflated;
        if (refused) return PushResult::kOverHardLimit;
    }
    if (frames_ != 0 && bytes_ + frame.size() > bytes_max) return PushResult::kOverHardLimit;
    Append(frame, key);
    return PushResult::kQueued;
}

void Outbox::PushControl(const FrameRef& frame, std::uint64_t key) {
    bool refused = false;
    if ((keys_seen_ & KeyBit(key)) != 0 && Replace(frame, key, SIZE_MAX, refused)) return;
    Append(frame, key);
}

void Outbox::Append(const FrameRef& frame, std::uint64_t key) {
    if (tail_ == nullptr || tail_at_ == Chunk::kEntries) {
        Chunk* chunk = pool_->Take();
        (tail_ == nullptr ? head_ : tail_->next) = chunk;
        tail_ = chunk;
        tail_at_ = 0;
    }
    Entry& entry = tail_->entries[tail_at_++];
    entry.frame = frame;
    entry.key = key;
    keys_seen_ |= KeyBit(key);
    bytes_ += frame.size();
    ++frames_;
}

/// Puts `frame` in the place of the unsent one of `key`. False when there is none, or when it would
/// pass the bound (`refused`).
bool Outbox::Replace(
    const FrameRef& frame, std::uint64_t key, std::size_t bytes_max, bool& refused
) {
    std::size_t at = head_at_ + (front_sent_ != 0 ? 1u : 0u);
    for (Chunk* chunk = head_; chunk != nullptr; chunk = chunk->next, at = 0) {
        const std::size_t end = chunk == tail_ ? tail_at_ : Chunk::kEntries;
        for (; at < end; ++at) {
            Entry& entry = chunk->entries[at];
            if (entry.key != key) continue;
            const std::uint64_t bytes = bytes_ - entry.frame.size() + frame.size();
            refused = bytes > bytes_max && frames_ > 1 && bytes > bytes_;
            if (refused) return false;
            bytes_ = bytes;
            entry.frame = frame;
            return true;
        }
    }
    return false;
}

std::size_t Outbox::Gather(std::span<iovec> parts) const {
    std::size_t count = 0;
    std::size_t skip = front_sent_;
    std::size_t at = head_at_;
    for (const Chunk* chunk = head_; chunk != nullptr; chunk = chunk->next, at = 0) {
        const std::size_t end = chunk == tail_ ? tail_at_ : Chunk::kEntries;
        for (; at < end; ++at) {
            if (count == parts.size()) return count;
            const std::string_view wire = chunk->entries[at].frame.wire().substr(skip);
            skip = 0;
            parts[count++] = {const_cast<char*>(wire.data()), wire.size()};
        }
    }
    return count;
}

std::size_t Outbox::Consume(std::size_t bytes) {
    FLUX_ASSERT(bytes <= bytes_);
    std::size_t sent = 0;
    while (bytes > 0) {
        const std::size_t rest = head_->entries[head_at_].frame.size() - front_sent_;
        if (bytes < rest) {
            front_sent_ += static_cast<std::uint32_t>(bytes);
            bytes_ -= bytes;
            break;
        }
        bytes -= rest;
        PopFront();
        ++sent;
    }
    return sent;
}

void Outbox::PopFront() {
    Entry& entry = head_->entries[head_at_];
    bytes_ -= entry.frame.size() - front_sent_;
    entry.frame = FrameRef();
    front_sent_ = 0;
    --frames_;
    ++head_at_;
    if (frames_ == 0) {
        pool_->Return(head_);
        head_ = tail_ = nullptr;
        head_at_ = tail_at_ = 0;
        keys_seen_ = 0;
    } else if (head_at_ == Chunk::kEntries) {
        pool_->Return(std::exchange(head_, head_->next));
        head_at_ = 0;
    }
}

WireMessage Outbox::FrontMessage() const {
    FLUX_ASSERT(frames_ != 0);
    return WireMessageAt(head_->entries[head_at_].frame.wire().substr(front_sent_));
}

std::size_t Outbox::DropUnsent() {
    if (front_sent_ == 0) {
        const std::size_t dropped = frames_;
        Clear();
        return dropped;
    }
    const std::size_t dropped = frames_ - 1;
    const FrameRef front = head_->entries[head_at_].frame;
    const std::uint32_t sent = front_sent_;
    Clear();
    Append(front, 0);
    front_sent_ = sent;
    bytes_ -= sent;
    return dropped;
}

void Outbox::Clear() {
    while (frames_ != 0)
        PopFront();
}

}  // namespace flux::socketio
