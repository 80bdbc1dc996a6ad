// A shard's own handle to a SharedFrame: shared by a thousand outboxes without touching an atomic.
#pragma once

#include "socketio/shared_frame.h"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace flux::socketio {

class FramePool;

/// Copying counts in plain memory of one shard, so pushing a frame to every member of a room does
/// not make the shards fight over the SharedFrame's atomic count. Thread: its pool's shard; must
/// not outlive the pool.
class FrameRef {
public:
    FrameRef() = default;
    FrameRef(const FrameRef& other)
        : node_(other.node_) {
        if (node_ != nullptr) ++node_->references;
    }
    FrameRef(FrameRef&& other) noexcept
        : node_(std::exchange(other.node_, nullptr)) {}
    FrameRef& operator=(FrameRef other) noexcept {
        std::swap(node_, other.node_);
        return *this;
    }
    ~FrameRef() {
        if (node_ != nullptr && --node_->references == 0) Release(node_);
    }

    std::string_view wire() const {
        return node_ != nullptr ? node_->frame.wire() : std::string_view();
    }
    std::size_t size() const { return wire().size(); }
    bool empty() const { return node_ == nullptr; }

private:
    friend class FramePool;
    struct Node {
        SharedFrame frame;
        std::uint32_t references = 0;
        FramePool* pool = nullptr;
        Node* next_free = nullptr;
    };
    explicit FrameRef(Node* node)
        : node_(node) {}
    static void Release(Node* node);

    Node* node_ = nullptr;
};

/// Where a shard's FrameRefs live. Nodes are made in blocks and used again; the memory of a busy
/// hour is kept. Thread: one shard's.
class FramePool {
public:
    FramePool() = default;
    FramePool(const FramePool&) = delete;
    FramePool& operator=(const FramePool&) = delete;
    ~FramePool();

    FrameRef Share(SharedFrame frame);

    /// Bytes of all frames somebody on this shard still holds, each counted once.
    std::size_t live_bytes() const { return live_bytes_; }
    std::size_t live_frames() const { return live_frames_; }

private:
    friend class FrameRef;
    static constexpr std::size_t kBlockNodes = 64;

    std::vector<FrameRef::Node*> blocks_;
    FrameRef::Node* free_ = nullptr;
    std::size_t live_bytes_ = 0;
    std::size_t live_frames_ = 0;
};

}  // namespace flux::socketio
