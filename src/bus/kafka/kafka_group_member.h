// One member of a shared group: which partitions are its own, and how far they are handled.
#pragma once

#include "base/log.h"
#include "base/result.h"
#include "bus/event_bus.h"
#include "bus/kafka/group_progress.h"
#include "bus/kafka/kafka_admin.h"
#include "bus/kafka/kafka_feed.h"
#include "bus/kafka/kafka_options.h"
#include "bus/kafka/kafka_ptr.h"
#include "runtime/shard.h"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

namespace flux::bus {

/// A consumer of a Kafka group with a thread of its own, which takes part in the group's meetings;
/// records do not pass through it. Before a partition is given away, its running batch ends, unless
/// that takes longer than KafkaOptions::meeting_timeout, and what was handled is committed. Offsets
/// that are handled while a commit is under way make the next one.
///
/// A member that is not told where to read does not hold the others up: it leaves, and joins anew.
///
/// Thread: made in a lane; KafkaFeed's members on the subscriber's shard; Join main's.
class KafkaGroupMember final : public KafkaFeed,
                               public std::enable_shared_from_this<KafkaGroupMember> {
public:
    /// Stores where the group begins, in partitions for which it has no position, so that it is
    /// decided when this returns. Blocks. Errors: kNotFound, kUnavailable, kPermission.
    static Result<std::shared_ptr<KafkaGroupMember>> Make(
        KafkaAdmin& admin,
        const KafkaOptions& options,
        const SubscribeOptions& wanted,
        Shard& home,
        std::shared_ptr<KafkaConsumerStats> stats
    );
    ~KafkaGroupMember() override;

    void Start(const std::shared_ptr<KafkaConsumer>& consumer) override;
    void Finish(std::function<void()> ended) override;
    void Abandon() override;
    void Handled(Partition partition, Offset next) override;
    void OutOfRange(Partition partition, Offset next) override;

    bool ended() const { return ended_; }  // any thread

    /// Leaves the group if that has not been done, and ends the thread.
    void Join();

private:
    using List = KafkaPtr<rd_kafka_topic_partition_list_t>;

    KafkaGroupMember(
        KafkaAdmin& admin,
        const KafkaOptions& options,
        const SubscribeOptions& wanted,
        Shard& home,
        std::shared_ptr<KafkaConsumerStats> stats
    );
    Result<void> MakeClient();
    Result<void> Begin();
    Result<void> StoreBeginnings(rd_kafka_topic_partition_list_t& positions);

    void Loop();
    void TakePart();
    void CloseClient();
    bool StartOver();
    static void OnRebalance(
        rd_kafka_t* client,
        rd_kafka_resp_err_t what,
        rd_kafka_topic_partition_list_t* partitions,
        void* self
    );
    static void OnCommit(
        rd_kafka_t* client,
        rd_kafka_resp_err_t code,
        rd_kafka_topic_partition_list_t* offsets,
        void* self
    );
    void Assign(rd_kafka_topic_partition_list_t& partitions);
    void Take(rd_kafka_topic_partition_list_t& partitions);
    void Revoke(const rd_kafka_topic_partition_list_t& partitions);
    bool Decide(rd_kafka_topic_partition_list_t& partitions);
    bool DecideOne(rd_kafka_topic_partition_t& place, SteadyTime until);
    bool AskUntil(SteadyTime until, const std::function<Result<void>()>& ask);
    Result<void> AskCommitted(rd_kafka_topic_partition_list_t& partitions, Milliseconds longest);
    bool Cooperative() const;
    void WaitForBatches(const std::vector<Partition>& partitions);
    void LeaveBatchesBehind(const std::vector<Partition>& partitions);
    List ListOf(const std::vector<GroupProgress::Place>& places) const;
    void CommitHandled();
    rd_kafka_resp_err_t CommitNow(const rd_kafka_topic_partition_list_t& offsets);
    void OnCommitted(rd_kafka_resp_err_t code, const std::vector<GroupProgress::Place>& places);
    void Say(log::Level level, std::string_view event, std::string_view text, std::string_view why)
        const;
    void Leave();
    void Wake();
    void PauseFor(Milliseconds pause);

    KafkaAdmin& admin_;
    const KafkaOptions options_;
    const SubscribeOptions wanted_;
    Shard& home_;
    const std::shared_ptr<KafkaConsumerStats> stats_;
    std::weak_ptr<KafkaConsumer> consumer_;
    bool handled_since_ = true;  // the shard's: since it was out of range last

    // The thread's, after Make.
    KafkaPtr<rd_kafka_t> client_;
    std::vector<GroupProgress::Place> under_way_;  // of a commit that nobody waits for
    bool commit_failure_said_ = false;

    GroupProgress progress_;

    std::mutex mutex_;  // guards what follows, up to the atomics
    std::condition_variable changed_;
    KafkaPtr<rd_kafka_queue_t> events_;  // what the thread waits for
    bool abandoned_ = false;
    bool restart_ = false;
    Milliseconds pause_{0};  // before it joins anew
    std::function<void()> on_ended_;

    std::atomic<bool> leaving_{false};
    std::atomic<bool> ended_{false};
    std::thread thread_;
};

}  // namespace flux::bus
