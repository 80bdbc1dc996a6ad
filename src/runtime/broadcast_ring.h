// One bounded ring for the whole process: a broadcast is posted once and read by every shard.
#pragma once

#include "base/assert.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace flux {

/// Entries are posted by any thread and read by each shard with a cursor of its own. A post never
/// waits for a reader: the oldest entry is overwritten, and a reader that was that far behind is
/// told how many it missed. The same happens to the oldest entries when all that are held weigh
/// more than `bytes_max` together.
///
/// With `readers` known, the last of them takes an entry out of its slot, so the ring keeps nothing
/// alive that all have read.
///
/// `Entry` must be cheap to copy (handles to shared bytes). A slot is guarded by one bit, held for
/// one copy.
template <class Entry>
class BroadcastRing {
public:
    /// `capacity` is a power of two. `readers`: how many cursors read every entry; 0 when that is
    /// not known, then entries stay until they are overwritten. `bytes_max` bounds the weights of
    /// all held entries together; the newest is held whatever it weighs.
    explicit BroadcastRing(
        std::size_t capacity,
        std::size_t readers = 0,
        std::size_t bytes_max = std::numeric_limits<std::size_t>::max()
    )
        : mask_(capacity - 1),
          readers_(readers),
          bytes_max_(bytes_max),
          slots_(capacity) {
        FLUX_ASSERT(capacity > 0 && (capacity & mask_) == 0);
    }

    /// Where a shard reads next. Thread: one at a time.
    struct Cursor {
        std::uint64_t next = 0;
        std::uint64_t missed = 0;  ///< entries overwritten before this reader came, in all
    };

    /// A cursor at the end: it sees what is posted from now on.
    Cursor AtEnd() const { return Cursor{.next = tickets_.load(std::memory_order_acquire)}; }

    /// Posts one entry that weighs `bytes`: what it keeps alive. Any thread; never waits for a
    /// reader, never fails. Wake the readers afterwards.
    void Post(Entry entry, std::size_t bytes = 0) {
        const std::uint64_t ticket = tickets_.fetch_add(1, std::memory_order_acq_rel);
        Slot& slot = slots_[ticket & mask_];
        Entry old{};  // released outside the lock
        {
            const SlotLock lock(slot);
            // A writer one round ahead may have been faster: the newer entry stays.
            if (slot.sequence > ticket) return;
            slot.sequence = ticket + 1;
            slot.unread = readers_;
            // A writer so slow that its entry was to go before it came.
            slot.evicted = ticket < evicted_.load(std::memory_order_relaxed);
            Weigh(slot, slot.evicted ? 0 : bytes);
            std::swap(slot.entry, old);
            if (!slot.evicted) slot.entry = std::move(entry);
        }
        if (this->bytes() > bytes_max_) EvictBefore(ticket);
    }

    /// The next entry for this cursor, or nothing when the next one is not in place yet. When
    /// entries were overwritten or evicted first, `cursor.missed` grows and reading goes on at the
    /// oldest that is still there.
    std::optional<Entry> Read(Cursor& cursor) {
        for (;;) {
            Slot& slot = slots_[cursor.next & mask_];
            {
                const SlotLock lock(slot);
                if (slot.sequence == cursor.next + 1) {
                    ++cursor.next;
                    if (slot.evicted) {
                        ++cursor.missed;
                        continue;
                    }
                    if (slot.unread != 1) {
                        if (slot.unread > 0) --slot.unread;
                        return slot.entry;
                    }
                    slot.unread = 0;
                    Weigh(slot, 0);
                    return std::exchange(slot.entry, Entry{});
                }
                if (slot.sequence < cursor.next + 1) return std::nullopt;
            }
            const std::uint64_t end = tickets_.load(std::memory_order_acquire);
            const std::uint64_t oldest = end > slots_.size() ? end - slots_.size() : 0;
            const std::uint64_t next = oldest > cursor.next ? oldest : cursor.next + 1;
            cursor.missed += next - cursor.next;
            cursor.next = next;
        }
    }

    /// Whether a Read may find something (it may still be on its way into its slot).
    bool HasNews(const Cursor& cursor) const { return cursor.next < posted(); }

    /// Entries posted since the beginning.
    std::uint64_t posted() const { return tickets_.load(std::memory_order_acquire); }

    /// What the held entries weigh together.
    std::size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

private:
    struct Slot {
        mutable std::atomic<bool> locked{false};
        bool evicted = false;        // its entry was let go before all had read it
        std::uint64_t sequence = 0;  // ticket + 1 of what stands here
        std::size_t unread = 0;      // readers still to come, when their number is known
        std::size_t bytes = 0;       // what the entry weighs; 0 once it is gone
        Entry entry{};
    };
    class SlotLock {
    public:
        explicit SlotLock(const Slot& slot)
            : slot_(slot) {
            while (slot_.locked.exchange(true, std::memory_order_acquire)) {
            }
        }
        SlotLock(const SlotLock&) = delete;
        SlotLock& operator=(const SlotLock&) = delete;
        ~SlotLock() { slot_.locked.store(false, std::memory_order_release); }

    private:
        const Slot& slot_;
    };

    /// The slot's entry weighs `bytes` from now on. The slot is locked.
    void Weigh(Slot& slot, std::size_t bytes) {
        if (slot.bytes == bytes) return;
        bytes_.fetch_add(bytes - slot.bytes, std::memory_order_relaxed);  // may wrap: a difference
        slot.bytes = bytes;
    }

    /// Lets go of the oldest entries, up to those before `ticket`, until the rest weighs no more
    /// than it may. Each is visited once, whoever posts.
    void EvictBefore(std::uint64_t ticket) {
        std::uint64_t oldest = evicted_.load(std::memory_order_relaxed);
        while (bytes() > bytes_max_) {
            const std::uint64_t in_ring = ticket > mask_ ? ticket - mask_ : 0;
            const std::uint64_t next = std::max(oldest, in_ring);
            if (next >= ticket) return;
            // Claimed before it is looked at: its writer, if it comes only now, sees the claim.
            if (!evicted_.compare_exchange_weak(oldest, next + 1)) continue;
            oldest = next + 1;
            Slot& slot = slots_[next & mask_];
            Entry entry{};  // released outside the lock
            const SlotLock lock(slot);
            if (slot.sequence != next + 1 || slot.bytes == 0) continue;
            Weigh(slot, 0);
            slot.evicted = true;
            std::swap(slot.entry, entry);
        }
    }

    const std::uint64_t mask_;
    const std::size_t readers_;
    const std::size_t bytes_max_;
    std::vector<Slot> slots_;
    alignas(64) std::atomic<std::uint64_t> tickets_{0};
    alignas(64) std::atomic<std::size_t> bytes_{0};
    std::atomic<std::uint64_t> evicted_{0};  // entries before this one may be gone
};

}  // namespace flux
