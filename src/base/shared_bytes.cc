#include "base/shared_bytes.h"

#include "base/assert.h"

#include <cstring>
#include <limits>
#include <new>

namespace flux {

SharedBytes::Block SharedBytes::being_made_{.references = 1, .size = 0};
SharedBytes::Block SharedBytes::empty_{.references = 1, .size = 0};

SharedBytes::SharedBytes(std::string_view text) {
    if (text.empty()) return;
    block_ = Allocate(text.size());
    std::memcpy(Data(block_), text.data(), text.size());
}

SharedBytes::Block* SharedBytes::Allocate(std::size_t size) {
    FLUX_ASSERT(size <= std::numeric_limits<std::uint32_t>::max());
    void* memory = ::operator new(sizeof(Block) + size);
    return new (memory) Block{.references = 1, .size = static_cast<std::uint32_t>(size)};
}

/// Hands the one reference of `made` to the block.
SharedBytes::Block* SharedBytes::Publish(SharedBytes made) const {
    Block* derived = made.block_ == nullptr ? &empty_ : std::exchange(made.block_, nullptr);
    block_->derived.store(derived, std::memory_order_release);
    block_->derived.notify_all();
    return derived;
}

void SharedBytes::Free(Block* block) {
    Block* derived = block->derived.load(std::memory_order_acquire);
    if (derived != nullptr && derived != &empty_) {
        SharedBytes last;
        last.block_ = derived;
    }
    block->~Block();
    ::operator delete(block);
}

}  // namespace flux
