// Reads one partition for one subscription.
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "bus/event_bus.h"
#include "bus/shard_signal.h"
#include "bus/shared_group.h"
#include "bus/topic.h"
#include "runtime/backoff.h"
#include "runtime/task.h"

#include <boost/asio/cancellation_signal.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

namespace flux::bus {

struct ReaderOptions {
    std::size_t batch_records_max = 500;
    Milliseconds retry_first{50};
    Milliseconds retry_longest{5'000};
    LossHandler lost = nullptr;  ///< see SubscribeOptions
};

/// Hands the records of one partition to the handler, batch after batch, until it is stopped. In a
/// shared group it reads while the group deals the partition to its member. Thread: its shard's.
class PartitionReader {
public:
    /// Reads all of the partition from `from` on, for itself.
    PartitionReader(
        Shard& shard,
        std::shared_ptr<Topic> topic,
        Partition partition,
        const BatchHandler& handler,
        ReaderOptions options,
        Offset from
    );
    PartitionReader(const PartitionReader&) = delete;
    PartitionReader& operator=(const PartitionReader&) = delete;
    ~PartitionReader();

    /// Reads for `member` of `group` instead. Before Run.
    void JoinGroup(std::shared_ptr<SharedGroup> group, SharedGroup::MemberId member);

    /// Ends after Stop, when the running batch has been handled and its commit is stored.
    Task<> Run();
    void Stop();

    const std::shared_ptr<ShardSignal>& signal() const { return signal_; }

    /// Bound to the coroutine that runs Run; tells it from others.
    boost::asio::cancellation_slot slot() { return cancel_.slot(); }

    /// Whether `slot` is that of the coroutine that runs Run (so its handler is asking).
    bool RunsIn(const boost::asio::cancellation_slot& slot) const;

private:
    bool MayRead();
    bool MustEnd() const;
    Task<> ReadAndHandle();
    Task<Result<void>> Handle(std::vector<Message> batch);
    Task<bool> Commit(Offset next);
    Task<> RetryLater();
    void ReportFailure(const Error& error, std::size_t records);
    void ReportMissed(std::int64_t records);
    void TellLoss(Offset wanted) const;

    Shard& shard_;
    const std::shared_ptr<Topic> topic_;
    const Partition partition_;
    const BatchHandler& handler_;
    const ReaderOptions options_;
    Offset next_;
    std::shared_ptr<SharedGroup> group_;
    SharedGroup::MemberId member_ = 0;
    std::optional<SharedGroup::Claim> claim_;
    std::shared_ptr<ShardSignal> signal_;
    boost::asio::cancellation_signal cancel_;
    boost::asio::cancellation_slot run_slot_;
    Random random_;
    Backoff backoff_;
    SteadyTime next_missed_report_;
    std::int64_t missed_unreported_ = 0;
    bool stopping_ = false;
};

}  // namespace flux::bus
