#include "base/shared_bytes.h"

#include "base/assert.h"

#include <cstring>
#include <limits>
#include <new>

namespace flux {

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

void SharedBytes::Free(Block* block) {
    block->~Block();
    ::operator delete(block);
}

}  // namespace flux
