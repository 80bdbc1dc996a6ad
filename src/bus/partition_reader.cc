#include "bus/partition_reader.h"

#include "base/log.h"

#include <boost/asio/this_coro.hpp>

#include <exception>
#include <fmt/format.h>
#include <utility>

namespace flux::bus {
namespace {

/// A reader that keeps falling behind says so this often, not for every batch.
constexpr std::chrono::seconds kMissedReportInterval{10};

}  // namespace

PartitionReader::PartitionReader(
    Shard& shard,
    std::shared_ptr<Topic> topic,
    Partition partition,
    const BatchHandler& handler,
    ReaderOptions options,
    Offset from
)
    : shard_(shard),
      topic_(std::move(topic)),
      partition_(partition),
      handler_(handler),
      options_(options),
      next_(from),
      signal_(std::make_shared<ShardSignal>(shard)),
      random_(SecureRandomSeed()),
      backoff_(options.retry_first, options.retry_longest, random_) {}

PartitionReader::~PartitionReader() {
    topic_->partition(partition_).StopWaiting(signal_);
}

void PartitionReader::JoinGroup(std::shared_ptr<SharedGroup> group, SharedGroup::MemberId member) {
    group_ = std::move(group);
    member_ = member;
}

void PartitionReader::Stop() {
    stopping_ = true;
    signal_->Raise();
}

bool PartitionReader::RunsIn(const boost::asio::cancellation_slot& slot) const {
    return slot.is_connected() && run_slot_ == slot;
}

Task<> PartitionReader::Run() {
    run_slot_ = (co_await boost::asio::this_coro::cancellation_state).slot();
    while (!stopping_) {
        signal_->Lower();
        if (MayRead()) {
            co_await ReadAndHandle();
        } else {
            co_await signal_->Wait();
        }
    }
    if (claim_) group_->Release(*claim_);
    topic_->partition(partition_).StopWaiting(signal_);
}

bool PartitionReader::MustEnd() const {
    return stopping_ || (claim_ && group_->MustRelease(*claim_));
}

bool PartitionReader::MayRead() {
    if (!group_) return true;
    if (claim_ && group_->MustRelease(*claim_)) {
        group_->Release(*claim_);
        claim_.reset();
    }
    if (!claim_) {
        claim_ = group_->TryClaim(member_, partition_);
        if (claim_) next_ = claim_->next;
    }
    return claim_.has_value();
}

Task<> PartitionReader::ReadAndHandle() {
    // A new group's beginning is stored before its first record is handled.
    if (claim_ && !claim_->stored) {
        if (!co_await Commit(next_)) co_return;
        claim_->stored = true;
    }
    Result<Topic::Batch> batch =
        co_await topic_->Read(partition_, next_, options_.batch_records_max);
    if (!batch) {
        ReportFailure(batch.error(), 0);
        co_await RetryLater();
        co_return;
    }
    ReportMissed(batch->missed);
    const Offset wanted = std::exchange(next_, batch->from);
    if (batch->missed > 0 && !MustEnd()) TellLoss(wanted);
    if (batch->records.empty()) {
        const bool waits = topic_->partition(partition_).WaitForNews(next_, signal_);
        if (waits) co_await signal_->Wait();
        co_return;
    }
    if (MustEnd()) co_return;
    const Offset end(batch->records.back().offset.value() + 1);
    const std::size_t count = batch->records.size();
    const Result<void> handled = co_await Handle(std::move(batch->records));
    if (!handled) {
        ReportFailure(handled.error(), count);
        co_await RetryLater();
        if (!stopping_) topic_->stats().redelivered.Add(count);
        co_return;
    }
    if (claim_ && !co_await Commit(end)) co_return;
    backoff_.Reset();
    next_ = end;
}

Task<Result<void>> PartitionReader::Handle(std::vector<Message> batch) {
    try {
        co_return co_await handler_(batch);
    } catch (const std::exception& thrown) {
        co_return Error(
            ErrorCode::kInternal, Retry::kLater, fmt::format("the handler threw: {}", thrown.what())
        );
    }
}

Task<bool> PartitionReader::Commit(Offset next) {
    for (;;) {
        const Result<void> stored = co_await group_->Commit(*claim_, next);
        if (stored) co_return true;
        // Lost to another member: it handles these records again. MayRead sorts it out.
        if (stored.error().code == ErrorCode::kConflict) co_return false;
        ReportFailure(stored.error(), 0);
        if (stopping_ || stored.error().code == ErrorCode::kClosed) {
            stopping_ = true;
            co_return false;
        }
        co_await RetryLater();
    }
}

Task<> PartitionReader::RetryLater() {
    // Whatever was raised before is looked at here, so only news end the pause early: a stop, or
    // another member waiting for the partition.
    signal_->Lower();
    if (MustEnd()) co_return;
    co_await signal_->WaitAtMost(backoff_.Next());
}

void PartitionReader::ReportFailure(const Error& error, std::size_t records) {
    log::Warn(
        "bus.batch_failed",
        "a batch will be handled again after a pause",
        {{"topic", topic_->name().value()},
         {"partition", partition_.value()},
         {"group", group_ ? group_->name() : std::string()},
         {"offset", next_.value()},
         {"records", records},
         {"error", ToString(error)}}
    );
}

/// Offsets that were never given out are no loss.
void PartitionReader::TellLoss(Offset wanted) const {
    if (!options_.lost) return;
    if (topic_->partition(partition_).Watermarks().first > wanted) options_.lost(partition_, next_);
}

void PartitionReader::ReportMissed(std::int64_t records) {
    if (records == 0) return;
    topic_->stats().missed.Add(static_cast<std::uint64_t>(records));
    missed_unreported_ += records;
    const SteadyTime now = shard_.clock().Now();
    if (now < next_missed_report_) return;
    next_missed_report_ = now + kMissedReportInterval;
    log::Warn(
        "bus.reader_behind",
        "records were dropped from the topic's bounded memory before this reader came to them; it "
        "goes on at the oldest that is kept",
        {{"topic", topic_->name().value()},
         {"partition", partition_.value()},
         {"group", group_ ? group_->name() : std::string()},
         {"missed", std::exchange(missed_unreported_, 0)}}
    );
}

}  // namespace flux::bus
