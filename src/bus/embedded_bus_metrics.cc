// What the embedded bus publishes on /metrics.
#include "bus/embedded_bus.h"

namespace flux::bus {
namespace {

void DescribeTopic(MetricWriter& out, Topic& topic) {
    const MetricLabel label("topic", topic.name().value());
    std::uint64_t acknowledged = 0;
    std::uint64_t bytes = 0;
    std::size_t memory = 0;
    for (std::int32_t i = 0; i < topic.partition_count(); ++i) {
        const PartitionLog& partition = topic.partition(Partition(i));
        acknowledged += partition.stored_records().value();
        bytes += partition.stored_bytes().value();
        memory += partition.memory_bytes();
    }
    out.Write("bus_published", "Records offered to a topic", topic.stats().published, {label});
    out.WriteCounter(
        "bus_acknowledged",
        "Records stored as safely as their topic promises",
        static_cast<double>(acknowledged),
        {label}
    );
    out.WriteCounter(
        "bus_bytes",
        "Bytes of key, payload and headers of acknowledged records",
        static_cast<double>(bytes),
        {label}
    );
    out.Write(
        "bus_missed",
        "Records that were gone before a reader came to them",
        topic.stats().missed,
        {label}
    );
    out.Write(
        "bus_redelivered",
        "Records handled again because their handler failed",
        topic.stats().redelivered,
        {label}
    );
    out.WriteGauge(
        "bus_memory_bytes",
        "Memory held by a topic's newest records",
        static_cast<double>(memory),
        {label}
    );
}

void DescribeLog(MetricWriter& out, const DurableLog& log) {
    const DurableLogStats& stats = log.stats();
    out.Write("bus_log_commits", "Transactions of the durable log on disk", stats.commits);
    out.Write("bus_log_commit_records", "Records in these transactions", stats.commit_records);
    out.Write(
        "bus_log_commit_positions", "Group positions in these transactions", stats.commit_moves
    );
    out.Write(
        "bus_log_commit_failures",
        "Transactions that failed, of which nothing was acknowledged",
        stats.commit_failures
    );
    out.Write(
        "bus_log_newest_commit_records",
        "Records in the newest transaction",
        stats.newest_commit_records
    );
    out.WriteCounter(
        "bus_log_sync_seconds",
        "Time spent in COMMIT, nearly all of it in fsync",
        static_cast<double>(stats.sync_microseconds.value()) / 1e6
    );
    const CommitQueue::Depth depth = log.queue_depth();
    out.WriteGauge(
        "bus_log_queue_records", "Records waiting for the disk", static_cast<double>(depth.records)
    );
    out.WriteGauge(
        "bus_log_queue_bytes", "Bytes waiting for the disk", static_cast<double>(depth.bytes)
    );
    out.Write("bus_log_refused", "Records refused because the queue was full", stats.refused);
    out.Write("bus_log_wal_pages", "Pages in the write-ahead log", stats.wal_pages);
    out.Write("bus_log_checkpoints", "Checkpoints off the commit path", stats.checkpoints);
    out.Write(
        "bus_log_checkpoint_stalls", "Commits that waited for a checkpoint", stats.checkpoint_stalls
    );
    out.Write(
        "bus_log_records_from_disk",
        "Records read back for readers older than the memory",
        stats.records_from_disk
    );
}

}  // namespace

void EmbeddedBus::Describe(MetricWriter& out) const {
    {
        const std::shared_lock lock(topics_mutex_);
        for (const auto& [name, topic] : topics_)
            DescribeTopic(out, *topic);
    }
    DescribeLog(out, *log_);
    groups_.ForEach([&out](const SharedGroup& group) {
        out.WriteGauge(
            "bus_group_lag",
            "Records a shared group has not handled yet",
            static_cast<double>(group.Lag()),
            {{"group", group.name()}, {"topic", group.topic()->name().value()}}
        );
    });
}

}  // namespace flux::bus
