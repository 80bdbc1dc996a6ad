#include "bus/kafka/kafka_partition_reader.h"

#include "base/log.h"
#include "base/testpoint.h"
#include "bus/kafka/kafka_error.h"
#include "bus/kafka/kafka_record.h"
#include "limits/limits.h"

#include <boost/asio/this_coro.hpp>

#include <exception>
#include <fmt/format.h>
#include <utility>

namespace flux::bus {
namespace {

/// Records looked at in one go when none is wanted: the shard has others to serve.
constexpr int kLooksInOneGo = 4'096;

}  // namespace

KafkaPartitionReader::KafkaPartitionReader(
    Shard& shard,
    SubscribeOptions wanted,
    Partition partition,
    Offset first,
    const BatchHandler& handler,
    KafkaSource& source,
    const KafkaOptions& options,
    KafkaConsumerStats& stats
)
    : wanted_(std::move(wanted)),
      partition_(partition),
      handler_(handler),
      source_(source),
      stats_(stats),
      signal_(std::make_shared<ShardSignal>(shard)),
      next_(first),
      random_(SecureRandomSeed()),
      backoff_(options.retry_first, options.retry_longest, random_) {}

void KafkaPartitionReader::Stop() {
    stopping_ = true;
    queue_.reset();
    signal_->Raise();
}

bool KafkaPartitionReader::RunsIn(const boost::asio::cancellation_slot& slot) const {
    return slot.is_connected() && run_slot_ == slot;
}

Task<> KafkaPartitionReader::Run() {
    run_slot_ = (co_await boost::asio::this_coro::cancellation_state).slot();
    signal_->Raise();  // what came before anybody listened
    while (!stopping_) {
        signal_->Lower();
        const bool more = Take();
        const bool idle = batch_.empty();
        if (!idle) co_await HandleBatch();
        if (out_of_range_) break;
        if (!idle) continue;
        if (more) signal_->Raise();  // others first
        co_await signal_->Wait();
    }
    // Not before the batch has ended: whoever goes on elsewhere would leave it behind, or handle
    // others beside it.
    if (!stopping_) source_.OutOfRange(partition_, next_);
    while (!stopping_)
        co_await signal_->Wait();
}

bool KafkaPartitionReader::Take() {
    const Offset before = next_;
    int looks = 0;
    bool more = true;
    while (looks < kLooksInOneGo && batch_.size() < wanted_.batch_records_max &&
           batch_bytes_ < limits::kBatchBytesMax) {
        const KafkaPtr<rd_kafka_message_t> record = queue_->TryTake();
        if (!record) {
            more = false;
            break;
        }
        ++looks;
        if (record->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            TakeError(*record);
        } else {
            TakeRecord(*record);
        }
    }
    if (batch_.empty() && next_ != before) source_.Handled(partition_, next_);
    return more;
}

void KafkaPartitionReader::TakeRecord(const rd_kafka_message_t& record) {
    error_said_ = false;
    const Offset offset(record.offset);
    if (offset < next_) return stats_.repeated.Add();
    // Compaction and transactions leave holes, which are no loss; the counter shows others.
    if (offset > next_) stats_.gaps.Add();
    next_ = Offset(record.offset + 1);
    if (wanted_.wants && !wanted_.wants(KeyOf(record))) return stats_.skipped.Add();
    batch_bytes_ += record.len + record.key_len;
    batch_.push_back(ToMessage(wanted_.topic, record));
}

void KafkaPartitionReader::TakeError(const rd_kafka_message_t& error) {
    if (error.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET ||
        error.err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE) {
        out_of_range_ = true;
        return;
    }
    stats_.errors.Add();
    if (std::exchange(error_said_, true)) return;
    const char* const text = rd_kafka_message_errstr(&error);
    log::Warn(
        "kafka.partition_error",
        "reading a partition failed; librdkafka tries again, and further errors are only counted "
        "until a record comes",
        {{"topic", wanted_.topic.value()},
         {"partition", partition_.value()},
         {"group", wanted_.group.name()},
         {"offset", next_.value()},
         {"error", text != nullptr ? text : rd_kafka_err2str(error.err)}}
    );
}

Task<> KafkaPartitionReader::HandleBatch() {
    for (;;) {
        FLUX_TESTPOINT("kafka.batch.taken");
        const Result<void> handled = co_await Handle();
        if (handled) {
            stats_.records.Add(batch_.size());
            // Also when stopping: it may still be committed.
            if (!disowned_) source_.Handled(partition_, next_);
            backoff_.Reset();
            break;
        }
        ReportFailure(handled.error());
        co_await RetryLater();
        if (stopping_) break;
        stats_.redelivered.Add(batch_.size());
    }
    batch_.clear();
    batch_bytes_ = 0;
}

Task<Result<void>> KafkaPartitionReader::Handle() {
    try {
        co_return co_await handler_(batch_);
    } catch (const std::exception& thrown) {
        co_return Error(
            ErrorCode::kInternal, Retry::kLater, fmt::format("the handler threw: {}", thrown.what())
        );
    }
}

Task<> KafkaPartitionReader::RetryLater() {
    const SteadyTime until = SystemClock::Instance().Now() + backoff_.Next();
    // New records raise the signal too; they must not shorten the pause.
    for (;;) {
        const SteadyTime now = SystemClock::Instance().Now();
        if (stopping_ || now >= until) co_return;
        const auto left = std::chrono::ceil<Milliseconds>(until - now);
        co_await signal_->WaitAtMost(left);
    }
}

void KafkaPartitionReader::ReportFailure(const Error& error) {
    log::Warn(
        "bus.batch_failed",
        "a batch will be handled again after a pause",
        {{"topic", wanted_.topic.value()},
         {"partition", partition_.value()},
         {"group", wanted_.group.name()},
         {"offset", batch_.front().offset.value()},
         {"records", batch_.size()},
         {"error", ToString(error)}}
    );
}

}  // namespace flux::bus
