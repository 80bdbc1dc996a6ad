#include "bus/topic.h"

#include "base/assert.h"
#include "bus/murmur2.h"
#include "limits/limits.h"

#include <utility>

namespace flux::bus {
Topic::Topic(TopicName name, TopicOptions options, Offset first)
    : name_(std::move(name)),
      options_(options) {
    PartitionLog::Bounds bounds;
    bounds.bytes_max = options.retention_bytes;
    bounds.age_max = options.retention_time;
    for (std::int32_t i = 0; i < options.partitions; ++i) {
        DurablePartition partition;
        partition.tail = std::make_shared<PartitionLog>(first, bounds, std::nullopt);
        partitions_.push_back(std::move(partition));
    }
}

Topic::Topic(
    TopicName name,
    TopicOptions options,
    std::shared_ptr<DurableLog> log,
    std::vector<DurablePartition> partitions
)
    : name_(std::move(name)),
      options_(options),
      log_(std::move(log)),
      partitions_(std::move(partitions)) {
    FLUX_ASSERT(static_cast<std::size_t>(options_.partitions) == partitions_.size());
}

Partition Topic::PartitionFor(const std::optional<std::string>& key) {
    if (key) return Partition(PartitionOfKey(*key, options_.partitions));
    const std::uint32_t turn = next_unkeyed_.fetch_add(1, std::memory_order_relaxed);
    return Partition(
        static_cast<std::int32_t>(turn % static_cast<std::uint32_t>(options_.partitions))
    );
}

Task<Result<Offset>> Topic::Append(Message record) {
    stats_.published.Add();
    const Partition number = record.partition;
    if (!log_) co_return partition(number).Append(std::move(record));
    co_return co_await log_->Append(stored_id(number), std::move(record));
}

Task<Result<Topic::Batch>> Topic::Read(Partition number, Offset from, std::size_t records_max) {
    const PartitionLog& tail = partition(number);
    Batch batch;
    batch.from = from;
    PartitionLog::Slice slice = tail.Read(from, records_max, limits::kBatchBytesMax);
    if (log_ && slice.records.empty() && from < slice.oldest_in_memory) {
        LogRange range;
        range.id = stored_id(number);
        range.topic = name_;
        range.partition = number;
        range.from = from;
        range.records_max = records_max;
        range.bytes_max = limits::kBatchBytesMax;
        Result<std::vector<Message>> stored = co_await log_->Read(std::move(range));
        if (!stored) co_return stored.error();
        slice.records = std::move(*stored);
    }
    // The oldest may go again between two looks, so look until it stays.
    while (slice.records.empty() && batch.from < slice.oldest_in_memory) {
        batch.from = slice.oldest_in_memory;
        slice = tail.Read(batch.from, records_max, limits::kBatchBytesMax);
    }
    if (!slice.records.empty()) batch.from = slice.records.front().offset;
    batch.missed = batch.from.value() - from.value();
    batch.records = std::move(slice.records);
    co_return batch;
}

PartitionLog& Topic::partition(Partition number) const {
    return *partitions_.at(static_cast<std::size_t>(number.value())).tail;
}

PartitionId Topic::stored_id(Partition number) const {
    return partitions_.at(static_cast<std::size_t>(number.value())).id;
}

}  // namespace flux::bus
