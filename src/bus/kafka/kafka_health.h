// Notices when Kafka stops answering and when it is back.
#pragma once

#include "base/clock.h"
#include "base/counter.h"
#include "base/result.h"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace flux::bus {

/// Asks again and again, on a thread of its own, because librdkafka says when all brokers are lost
/// but not when one is back, and nothing at all about a broker that hangs.
class KafkaHealth {
public:
    /// `probe` blocks until it knows whether Kafka can be used. `each_time` is called after a probe
    /// that succeeded.
    KafkaHealth(
        Milliseconds interval, std::function<Result<void>()> probe, std::function<void()> each_time
    );
    KafkaHealth(const KafkaHealth&) = delete;
    KafkaHealth& operator=(const KafkaHealth&) = delete;
    ~KafkaHealth();

    bool up() const { return up_; }  // any thread
    const Counter& outages() const { return outages_; }

    /// Calls `changed` now with what is known, and at every change. Any thread.
    void OnChange(std::function<void(bool)> changed);

private:
    void Loop();
    void Look();

    const Milliseconds interval_;
    const std::function<Result<void>()> probe_;
    const std::function<void()> each_time_;
    std::atomic<bool> up_{true};
    Counter outages_;
    SteadyTime down_since_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::function<void(bool)> on_change_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace flux::bus
