#include "bus/embedded_bus.h"

#include "base/assert.h"
#include "bus/bus_rules.h"
#include "bus/embedded_subscription.h"
#include "limits/limits.h"

#include <fmt/format.h>
#include <system_error>

namespace flux::bus {
namespace {

constexpr const char* kLogFile = "log.db";

/// See the class comment on offsets of memory topics.
constexpr int kRunShift = 40;

/// The first option in which two topics differ, as "has 3 partitions, not 6"; empty when none.
std::string DifferenceOf(const TopicOptions& existing, const TopicOptions& wanted) {
    if (existing.durable != wanted.durable) {
        return existing.durable ? "is durable, not in memory" : "is in memory, not durable";
    }
    if (existing.partitions != wanted.partitions) {
        return fmt::format("has {} partitions, not {}", existing.partitions, wanted.partitions);
    }
    if (existing.retention_bytes != wanted.retention_bytes) {
        return fmt::format(
            "keeps {} bytes, not {}", existing.retention_bytes, wanted.retention_bytes
        );
    }
    if (existing.retention_time != wanted.retention_time) {
        return fmt::format(
            "keeps {} hours, not {}", existing.retention_time.count(), wanted.retention_time.count()
        );
    }
    return {};
}

Result<void> CheckSame(
    const TopicName& name, const TopicOptions& existing, const TopicOptions& wanted
) {
    const std::string difference = DifferenceOf(existing, wanted);
    if (difference.empty()) return {};
    return Error(
        ErrorCode::kConflict,
        Retry::kNever,
        fmt::format(
            "could not make topic {}: it exists and {}; ask for what it has, or start with another "
            "data directory",
            name.value(),
            difference
        )
    );
}

Error NoPartition(const TopicName& topic, Partition partition) {
    return Error(
        ErrorCode::kNotFound,
        Retry::kNever,
        fmt::format("no partition {} in topic {}", partition.value(), topic.value())
    );
}

}  // namespace

Result<std::unique_ptr<EmbeddedBus>> EmbeddedBus::Open(
    EmbeddedBusOptions options, const Clock& clock, MetricRegistry& metrics
) {
    std::error_code failure;
    std::filesystem::create_directories(options.directory, failure);
    if (failure) {
        return Error(
            ErrorCode::kPermission,
            Retry::kNever,
            fmt::format(
                "could not make the data directory {}: {}; choose another or change its rights",
                options.directory.string(),
                failure.message()
            )
        );
    }
    DurableLogOptions log_options;
    log_options.file = options.directory / kLogFile;
    log_options.queue.records_max = options.queue_records_max;
    log_options.queue.bytes_max = options.queue_bytes_max;
    log_options.tail_bytes_max = options.durable_tail_bytes;
    log_options.vfs = options.sqlite_vfs;
    Result<std::shared_ptr<DurableLog>> log = DurableLog::Open(std::move(log_options), clock);
    if (!log) return log.error();
    return std::unique_ptr<EmbeddedBus>(
        new EmbeddedBus(std::move(options), clock, metrics, std::move(*log))
    );
}

EmbeddedBus::EmbeddedBus(
    EmbeddedBusOptions options,
    const Clock& clock,
    MetricRegistry& metrics,
    std::shared_ptr<DurableLog> log
)
    : options_(std::move(options)),
      clock_(clock),
      log_(std::move(log)),
      groups_(log_->contents().positions) {
    for (const StoredTopic& stored : log_->contents().topics) {
        auto topic =
            std::make_shared<Topic>(stored.name, stored.options, log_, log_->Attach(stored));
        groups_.Restore(topic);
        AddIfAbsent(std::move(topic));
    }
    registration_ = metrics.Add([this](MetricWriter& out) { Describe(out); });
}

EmbeddedBus::~EmbeddedBus() {
    registration_ = MetricRegistry::Registration();
    log_->Close();
}

std::shared_ptr<Topic> EmbeddedBus::Find(const TopicName& name) const {
    const std::shared_lock lock(topics_mutex_);
    const auto found = topics_.find(name.value());
    return found == topics_.end() ? nullptr : found->second;
}

Result<std::shared_ptr<Topic>> EmbeddedBus::FindOrError(const TopicName& name) const {
    std::shared_ptr<Topic> topic = Find(name);
    if (topic) return topic;
    return Error(
        ErrorCode::kNotFound,
        Retry::kNever,
        fmt::format("no topic {}; make it before it is used", name.value())
    );
}

std::shared_ptr<Topic> EmbeddedBus::AddIfAbsent(std::shared_ptr<Topic> topic) {
    const std::unique_lock lock(topics_mutex_);
    return topics_.try_emplace(topic->name().value(), topic).first->second;
}

Task<Result<void>> EmbeddedBus::EnsureTopic(TopicName name, TopicOptions options) {
    if (auto checked = CheckTopic(name, options); !checked) co_return checked;
    if (const auto existing = Find(name)) co_return CheckSame(name, existing->options(), options);
    std::shared_ptr<Topic> topic;
    if (options.durable) {
        Result<DurableLog::CreatedTopic> created = co_await log_->CreateTopic(name, options);
        if (!created) co_return created.error();
        topic =
            std::make_shared<Topic>(name, created->options, log_, std::move(created->partitions));
    } else {
        const Offset first(log_->contents().run << kRunShift);
        topic = std::make_shared<Topic>(name, options, first);
    }
    // Somebody else may have been quicker; the first one stays.
    const std::shared_ptr<Topic> added = AddIfAbsent(std::move(topic));
    co_return CheckSame(name, added->options(), options);
}

Task<Result<Position>> EmbeddedBus::Publish(Outgoing message) {
    const Result<std::shared_ptr<Topic>> topic = FindOrError(message.topic);
    if (!topic) co_return topic.error();
    if (auto checked = CheckRecord(message); !checked) co_return checked.error();
    Message record;
    record.partition = (*topic)->PartitionFor(message.key);
    record.topic = (*topic)->name();  // one text for all of its records
    record.key = std::move(message.key);
    record.payload = std::move(message.payload);
    record.headers = std::move(message.headers);
    record.timestamp = clock_.WallNow();
    Position position;
    position.log_identity = identity();  // before the wait: the bus may be gone when it ends
    position.partition = record.partition;
    const Result<Offset> offset = co_await (*topic)->Append(std::move(record));
    if (!offset) co_return offset.error();
    position.offset = *offset;
    co_return position;
}

Task<Result<std::unique_ptr<Subscription>>> EmbeddedBus::Subscribe(
    SubscribeOptions options, BatchHandler handler
) {
    Shard* const shard = Shard::Current();
    FLUX_ASSERT(shard != nullptr && handler && options.batch_records_max > 0);
    const Result<std::shared_ptr<Topic>> topic = FindOrError(options.topic);
    if (!topic) co_return topic.error();
    std::shared_ptr<SharedGroup> group;
    if (options.group.shared()) group = groups_.FindOrMake(options.group, *topic);
    ReaderOptions reader;
    reader.batch_records_max = options.batch_records_max;
    reader.retry_first = options_.retry_first;
    reader.retry_longest = options_.retry_longest;
    if (!group) reader.lost = std::move(options.lost);
    std::unique_ptr<Subscription> subscription = std::make_unique<EmbeddedSubscription>(
        Consumer::Start(*shard, *topic, group, options.group.start(), std::move(handler), reader)
    );
    co_return subscription;
}

Task<Result<std::vector<std::pair<Offset, Offset>>>> EmbeddedBus::Watermarks(TopicName name) {
    const Result<std::shared_ptr<Topic>> topic = FindOrError(name);
    if (!topic) co_return topic.error();
    std::vector<std::pair<Offset, Offset>> watermarks;
    watermarks.reserve(static_cast<std::size_t>((*topic)->partition_count()));
    for (std::int32_t i = 0; i < (*topic)->partition_count(); ++i)
        watermarks.push_back((*topic)->partition(Partition(i)).Watermarks());
    co_return watermarks;
}

Task<Result<std::vector<Message>>> EmbeddedBus::Read(
    TopicName name, Position from, std::size_t records_max
) {
    const Result<std::shared_ptr<Topic>> found = FindOrError(name);
    if (!found) co_return found.error();
    Topic& topic = **found;
    const std::int32_t number = from.partition.value();
    if (number < 0 || number >= topic.partition_count()) {
        co_return NoPartition(name, from.partition);
    }
    const Offset end = topic.partition(from.partition).Watermarks().second;
    if (from.log_identity != identity() || from.offset > end) {
        co_return Error(
            ErrorCode::kConflict,
            Retry::kNever,
            fmt::format(
                "could not read {}/{} from {}: the position is {}; the log was replaced: start at "
                "its beginning or its end",
                name.value(),
                number,
                from.offset.value(),
                from.log_identity != identity() ? "of another log" : "past the end"
            )
        );
    }
    Result<Topic::Batch> batch = co_await topic.Read(from.partition, from.offset, records_max);
    if (!batch) co_return batch.error();
    if (batch->missed > 0) {
        co_return Error(
            ErrorCode::kNotFound,
            Retry::kNever,
            fmt::format(
                "could not read {}/{} from {}: that record is no longer kept; the oldest is {}",
                name.value(),
                number,
                from.offset.value(),
                batch->from.value()
            )
        );
    }
    co_return std::move(batch->records);
}

Task<Result<Offset>> EmbeddedBus::OffsetAt(TopicName name, Partition partition, WallMillis time) {
    const Result<std::shared_ptr<Topic>> found = FindOrError(name);
    if (!found) co_return found.error();
    Topic& topic = **found;
    if (partition.value() < 0 || partition.value() >= topic.partition_count()) {
        co_return NoPartition(name, partition);
    }
    // Records stand in the order of their time, as far as the clock keeps its own.
    auto [oldest, next] = topic.partition(partition).Watermarks();
    std::int64_t low = oldest.value();
    std::int64_t high = next.value();
    while (low < high) {
        const std::int64_t middle = low + (high - low) / 2;
        const Result<Topic::Batch> batch = co_await topic.Read(partition, Offset(middle), 1);
        if (!batch) co_return batch.error();
        const bool older = !batch->records.empty() && batch->records.front().timestamp < time;
        if (older) {
            low = batch->records.front().offset.value() + 1;
        } else {
            high = middle;
        }
    }
    co_return Offset(low);
}

Task<Result<void>> EmbeddedBus::ForgetGroup(TopicName name, std::string group) {
    const Result<std::shared_ptr<Topic>> found = FindOrError(name);
    if (!found) co_return found.error();
    const Topic& topic = **found;
    if (auto removed = groups_.Remove(group, name); !removed) co_return removed;
    if (topic.durable() == nullptr) co_return Result<void>();
    std::vector<PartitionId> partitions;
    partitions.reserve(static_cast<std::size_t>(topic.partition_count()));
    for (std::int32_t i = 0; i < topic.partition_count(); ++i)
        partitions.push_back(topic.stored_id(Partition(i)));
    co_return co_await log_->ForgetGroup(std::move(group), std::move(partitions));
}

}  // namespace flux::bus
