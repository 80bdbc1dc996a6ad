// Bytes that are written once and then shared by everyone who needs them.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace flux {

/// An immutable block of bytes with a reference count: copying it copies a pointer. One allocation
/// holds both. Thread: any; the count is atomic, the bytes never change.
class SharedBytes {
public:
    SharedBytes() = default;
    explicit SharedBytes(std::string_view text);
    SharedBytes(const SharedBytes& other)
        : block_(other.block_) {
        Retain();
    }
    SharedBytes(SharedBytes&& other) noexcept
        : block_(std::exchange(other.block_, nullptr)) {}
    SharedBytes& operator=(SharedBytes other) noexcept {
        std::swap(block_, other.block_);
        return *this;
    }
    ~SharedBytes() { Release(); }

    /// Allocates `size` bytes and lets `fill(char*)` write all of them before anyone else sees the
    /// block.
    template <class Fill>
    static SharedBytes Build(std::size_t size, Fill&& fill) {
        SharedBytes built;
        if (size == 0) return built;
        built.block_ = Allocate(size);
        fill(Data(built.block_));
        return built;
    }

    std::string_view view() const {
        return block_ ? std::string_view(Data(block_), block_->size) : std::string_view();
    }
    std::span<const std::byte> bytes() const { return std::as_bytes(std::span(view())); }
    const char* data() const { return block_ ? Data(block_) : nullptr; }
    std::size_t size() const { return block_ ? block_->size : 0; }
    bool empty() const { return block_ == nullptr; }

    /// Two handles of the same block.
    bool SameAs(const SharedBytes& other) const { return block_ == other.block_; }

private:
    struct Block {
        std::atomic<std::uint32_t> references;
        std::uint32_t size;
    };
    static Block* Allocate(std::size_t size);
    static void Free(Block* block);
    static char* Data(Block* block) { return reinterpret_cast<char*>(block + 1); }

    void Retain() const {
        if (block_) block_->references.fetch_add(1, std::memory_order_relaxed);
    }
    void Release() {
        if (block_ && block_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) Free(block_);
    }

    Block* block_ = nullptr;
};

}  // namespace flux
