// Counters as plain members of the thing that counts.
#pragma once

#include <atomic>
#include <cstdint>

namespace flux {

/// Counts up. Thread: written by one thread (its owner's shard), read by any; an increment is a
/// plain load and store.
class Counter {
public:
    Counter() = default;
    Counter(const Counter&) = delete;
    Counter& operator=(const Counter&) = delete;

    void Add(std::uint64_t by = 1) {
        value_.store(value_.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
    }
    std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

/// Counts up from several threads at once. Dearer than Counter: use it off the hot path only.
class SharedCounter {
public:
    SharedCounter() = default;
    SharedCounter(const SharedCounter&) = delete;
    SharedCounter& operator=(const SharedCounter&) = delete;

    void Add(std::uint64_t by = 1) { value_.fetch_add(by, std::memory_order_relaxed); }
    std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

/// Goes up and down. Thread: written by one thread, read by any.
class Gauge {
public:
    Gauge() = default;
    Gauge(const Gauge&) = delete;
    Gauge& operator=(const Gauge&) = delete;

    void Set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
    void Add(std::int64_t by) { Set(value() + by); }
    std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::int64_t> value_{0};
};

}  // namespace flux
