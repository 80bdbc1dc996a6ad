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

    /// What Derived has made already; empty when nothing was. Thread: any.
    SharedBytes DerivedIfMade() const {
        SharedBytes found;
        if (block_ == nullptr) return found;
        Block* const derived = block_->derived.load(std::memory_order_acquire);
        if (derived == nullptr || derived == &being_made_ || derived == &empty_) return found;
        found.block_ = derived;
        found.Retain();
        return found;
    }

    /// Two handles of the same block.
    bool SameAs(const SharedBytes& other) const { return block_ == other.block_; }

    /// Bytes made from these (compressed, say): by `make()` on the first call for this block, and
    /// kept for all its handles as long as the block lives. What `make` returns may be empty, and
    /// must not hold a handle of this block. Thread: any; others wait until the first has made
    /// them.
    template <class Make>
    SharedBytes Derived(Make&& make) const {
        if (block_ == nullptr) return {};
        Block* derived = block_->derived.load(std::memory_order_acquire);
        if (derived == nullptr && block_->derived.compare_exchange_strong(derived, &being_made_)) {
            derived = Publish(std::forward<Make>(make)());
        }
        while (derived == &being_made_) {
            block_->derived.wait(derived);
            derived = block_->derived.load(std::memory_order_acquire);
        }
        SharedBytes found;
        if (derived == &empty_) return found;
        found.block_ = derived;
        found.Retain();
        return found;
    }

private:
    struct Block {
        std::atomic<std::uint32_t> references;
        std::uint32_t size;
        std::atomic<Block*> derived = nullptr;  // or one of the two marks below
    };
    static Block being_made_;
    static Block empty_;  // made, and there is nothing

    static Block* Allocate(std::size_t size);
    static void Free(Block* block);
    Block* Publish(SharedBytes made) const;
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
