#include "bus/kafka/kafka_consumer.h"

#include "base/assert.h"
#include "runtime/task_group.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <utility>

namespace flux::bus {

KafkaConsumer::KafkaConsumer(
    Shard& shard,
    SubscribeOptions wanted,
    BatchHandler handler,
    std::shared_ptr<KafkaSource> source,
    const KafkaOptions& options,
    std::shared_ptr<KafkaConsumerStats> stats
)
    : shard_(shard),
      wanted_(std::move(wanted)),
      handler_(std::move(handler)),
      source_(std::move(source)),
      options_(options),
      stats_(std::move(stats)) {}

void KafkaConsumer::Add(Partition partition, Offset first, const MakeQueue& make_queue) {
    FLUX_ASSERT(Shard::Current() == &shard_);
    if (closed_) return;
    const std::uint64_t number = next_number_++;
    Reading& reading = readings_[number];
    reading.partition = partition;
    reading.reader = std::make_shared<KafkaPartitionReader>(
        shard_, wanted_, partition, first, handler_, *source_, options_, *stats_
    );
    reading.reader->Attach(make_queue(reading.reader->signal()));
    auto ended = [self = shared_from_this(), number](const std::exception_ptr& failure) {
        self->OnEnded(number, failure);
    };
    boost::asio::co_spawn(
        shard_.io(),
        reading.reader->Run(),
        boost::asio::bind_cancellation_slot(reading.reader->slot(), std::move(ended))
    );
}

void KafkaConsumer::Remove(const std::vector<Partition>& partitions, std::function<void()> ended) {
    std::vector<std::uint64_t> leaving;
    for (const auto& [number, reading] : readings_) {
        const auto found = std::find(partitions.begin(), partitions.end(), reading.partition);
        if (found != partitions.end()) leaving.push_back(number);
    }
    Part(leaving, std::move(ended));
}

void KafkaConsumer::Disown(const std::vector<Partition>& partitions) {
    for (const auto& [number, reading] : readings_) {
        const auto found = std::find(partitions.begin(), partitions.end(), reading.partition);
        if (found != partitions.end() && reading.stopped) reading.reader->Disown();
    }
}

void KafkaConsumer::RemoveAll(std::function<void()> ended) {
    closed_ = true;
    std::vector<std::uint64_t> leaving;
    leaving.reserve(readings_.size());
    for (const auto& [number, reading] : readings_)
        leaving.push_back(number);
    Part(leaving, std::move(ended));
}

void KafkaConsumer::Part(const std::vector<std::uint64_t>& leaving, std::function<void()> ended) {
    FLUX_ASSERT(Shard::Current() == &shard_);
    if (leaving.empty()) return ended();
    const auto farewell = std::make_shared<Farewell>();
    farewell->left = leaving.size();
    farewell->ended = std::move(ended);
    for (const std::uint64_t number : leaving) {
        farewells_[number].push_back(farewell);
        Reading& reading = readings_.at(number);
        if (!std::exchange(reading.stopped, true)) reading.reader->Stop();
    }
}

void KafkaConsumer::OnEnded(std::uint64_t number, const std::exception_ptr& failure) {
    ReportTaskFailure("bus.kafka_reader", failure);
    // The coroutine's last steps are still under way.
    shard_.PostReserved([last = std::move(readings_.at(number).reader)] {});
    readings_.erase(number);
    const auto waiting = farewells_.extract(number);
    if (waiting.empty()) return;
    for (const std::shared_ptr<Farewell>& farewell : waiting.mapped()) {
        if (--farewell->left == 0) farewell->ended();
    }
}

bool KafkaConsumer::RunsIn(const boost::asio::cancellation_slot& slot) const {
    for (const auto& [number, reading] : readings_) {
        if (reading.reader->RunsIn(slot)) return true;
    }
    return false;
}

}  // namespace flux::bus
