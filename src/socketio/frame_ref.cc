#include "socketio/frame_ref.h"

#include "base/assert.h"

namespace flux::socketio {

void FrameRef::Release(Node* node) {
    FramePool& pool = *node->pool;
    pool.live_bytes_ -= node->frame.size();
    --pool.live_frames_;
    node->frame = SharedFrame();
    node->next_free = pool.free_;
    pool.free_ = node;
}

FramePool::~FramePool() {
    FLUX_ASSERT(live_frames_ == 0);
    for (FrameRef::Node* block : blocks_)
        delete[] block;
}

FrameRef FramePool::Share(SharedFrame frame) {
    if (free_ == nullptr) {
        auto* block = new FrameRef::Node[kBlockNodes];
        blocks_.push_back(block);
        for (std::size_t i = 0; i < kBlockNodes; ++i) {
            block[i].pool = this;
            block[i].next_free = free_;
            free_ = &block[i];
        }
    }
    FrameRef::Node* node = free_;
    free_ = node->next_free;
    live_bytes_ += frame.size();
    ++live_frames_;
    node->frame = std::move(frame);
    node->references = 1;
    return FrameRef(node);
}

}  // namespace flux::socketio
