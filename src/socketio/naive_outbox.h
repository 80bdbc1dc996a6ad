// The model an Outbox is held against, by its unit test and by fuzzing. For tests only.
#pragma once

#include "socketio/delivery_policy.h"
#include "socketio/outbox.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

namespace flux::socketio {

/// What an Outbox is, written without regard to cost.
struct NaiveOutbox {
    struct Entry {
        std::string wire;
        std::uint64_t key;
    };
    std::deque<Entry> entries;
    std::size_t front_sent = 0;

    std::size_t bytes() const {
        std::size_t total = 0;
        for (const Entry& entry : entries)
            total += entry.wire.size();
        return total - front_sent;
    }
    PushResult Push(
        const std::string& wire, DeliveryPolicy policy, std::uint64_t key, std::size_t max
    ) {
        if (policy == DeliveryPolicy::kEvery) key = 0;
        for (std::size_t i = front_sent != 0 ? 1 : 0; key != 0 && i < entries.size(); ++i) {
            if (entries[i].key != key) continue;
            const std::size_t after = bytes() - entries[i].wire.size() + wire.size();
            if (after > max && entries.size() > 1 && after > bytes()) {
                return PushResult::kOverHardLimit;
            }
            entries[i].wire = wire;
            return PushResult::kConflated;
        }
        if (!entries.empty() && bytes() + wire.size() > max) return PushResult::kOverHardLimit;
        entries.push_back({wire, key});
        return PushResult::kQueued;
    }
    std::size_t Consume(std::size_t count) {
        std::size_t whole = 0;
        for (; count > 0; --count) {
            if (++front_sent == entries.front().wire.size()) {
                entries.pop_front();
                front_sent = 0;
                ++whole;
            }
        }
        return whole;
    }
    std::size_t DropUnsent() {
        const std::size_t kept = front_sent != 0 ? 1 : 0;
        const std::size_t dropped = entries.size() - kept;
        entries.resize(kept);
        if (kept != 0) entries.front().key = 0;
        return dropped;
    }
    std::string Unsent() const {
        std::string all;
        for (const Entry& entry : entries)
            all += entry.wire;
        return all.substr(front_sent);
    }
};

}  // namespace flux::socketio
