#include "bus/kafka/kafka_health.h"

#include "base/log.h"

#include <chrono>
#include <pthread.h>
#include <utility>

namespace flux::bus {

KafkaHealth::KafkaHealth(
    Milliseconds interval, std::function<Result<void>()> probe, std::function<void()> each_time
)
    : interval_(interval),
      probe_(std::move(probe)),
      each_time_(std::move(each_time)),
      thread_([this] { Loop(); }) {}

KafkaHealth::~KafkaHealth() {
    {
        const std::scoped_lock lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void KafkaHealth::OnChange(std::function<void(bool)> changed) {
    const std::scoped_lock lock(mutex_);
    on_change_ = std::move(changed);
    if (on_change_) on_change_(up_);
}

void KafkaHealth::Loop() {
    pthread_setname_np(pthread_self(), "kafka.health");
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, interval_, [this] { return stopping_; })) {
        lock.unlock();
        Look();
        lock.lock();
    }
}

void KafkaHealth::Look() {
    const Result<void> answered = probe_();
    if (answered) each_time_();
    const bool now_up = answered.has_value();
    if (up_.exchange(now_up) == now_up) return;
    if (now_up) {
        const auto away = SystemClock::Instance().Now() - down_since_;
        log::Info(
            "kafka.back",
            "Kafka answers and takes records again; what waited goes on",
            {{"seconds", std::chrono::duration<double>(away).count()}}
        );
    } else {
        outages_.Add();
        down_since_ = SystemClock::Instance().Now();
        log::Failure(
            "kafka.lost",
            "Kafka does not answer, or takes no records; clients keep what they have, and what is "
            "published waits",
            {{"error", answered.error().context}}
        );
    }
    const std::scoped_lock lock(mutex_);
    if (on_change_) on_change_(now_up);
}

}  // namespace flux::bus
