// Reads whole topics: every subscription sees every record.
#pragma once

#include "base/random.h"
#include "base/result.h"
#include "bus/kafka/kafka_admin.h"
#include "bus/kafka/kafka_feed.h"
#include "bus/kafka/kafka_options.h"
#include "bus/kafka/kafka_ptr.h"
#include "runtime/backoff.h"
#include "runtime/blocking_lane.h"
#include "runtime/shard.h"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace flux::bus {

class KafkaTopicReading;

/// The clients behind EveryInstance subscriptions. Subscriptions of different topics share one, so
/// that a gateway of thirty topics asks each broker with one request at a time; a topic that is
/// read twice takes another client, because one of them reads a partition once. Thread: Open
/// blocks, in a lane; the rest any.
class KafkaFanOut {
public:
    KafkaFanOut(KafkaAdmin& admin, BlockingLane& lane, const KafkaOptions& options)
        : admin_(admin),
          lane_(lane),
          options_(options) {}

    /// Fixes where each partition of the topic is read from; nothing is read yet. Errors:
    /// kNotFound, kUnavailable.
    Result<std::shared_ptr<KafkaTopicReading>> Open(
        const SubscribeOptions& wanted, Shard& home, std::shared_ptr<KafkaConsumerStats> stats
    );

    /// Looks for partitions that were added to topics being read, and reads them from their
    /// beginning. Blocks for a question per topic, but only for one that is not answered.
    void NoticePartitions();

    /// The process is about to end: NoticePartitions asks nothing more. Any thread.
    void BeginStop() { stopping_ = true; }
    bool stopping() const { return stopping_; }

    /// Ends every client. Their readers are gone already.
    void Close();

private:
    friend class KafkaTopicReading;
    struct Client {
        KafkaPtr<rd_kafka_t> handle;
        std::set<std::string> topics;  // guarded by mutex_
    };
    Result<std::shared_ptr<Client>> ClientFor(const std::string& topic);
    void Release(std::shared_ptr<Client>&& client, const std::string& topic);

    KafkaAdmin& admin_;
    BlockingLane& lane_;
    const KafkaOptions options_;
    std::mutex mutex_;
    std::vector<std::shared_ptr<Client>> clients_;
    std::vector<std::weak_ptr<KafkaTopicReading>> readings_;
    std::atomic<bool> stopping_{false};
};

/// One topic, read by one subscription. A partition that cannot be read is tried again, with a
/// pause that grows, until it is. Thread: see KafkaFeed.
class KafkaTopicReading final : public KafkaFeed,
                                public std::enable_shared_from_this<KafkaTopicReading> {
public:
    KafkaTopicReading(
        KafkaFanOut& owner,
        std::shared_ptr<KafkaFanOut::Client> client,
        KafkaPtr<rd_kafka_topic_t> topic,
        const SubscribeOptions& wanted,
        Shard& home,
        std::shared_ptr<KafkaConsumerStats> stats,
        std::vector<Offset> first
    );
    ~KafkaTopicReading() override;

    void Start(const std::shared_ptr<KafkaConsumer>& consumer) override;
    void Finish(std::function<void()> ended) override;
    void Abandon() override;
    void Handled(Partition, Offset) override {}  // nothing is committed
    void OutOfRange(Partition partition, Offset next) override;

    const TopicName& topic_name() const { return wanted_.topic; }

    /// How many partitions it reads. Any thread.
    std::int32_t partitions() const { return partitions_; }

    /// Reads partitions up to `count` from their beginning on. Any thread.
    void Grow(std::int32_t count);

private:
    void Read(Partition partition, Offset from);
    void StopReading();
    void Ask(Partition partition, Offset wanted);
    void GoOn(Partition partition, Offset wanted);  // in the lane, as what ends reading
    void Move(Partition partition, Offset from, bool lost);
    void TryAgainLater(Partition partition, Offset wanted, std::string_view why);

    KafkaFanOut& owner_;
    // Used on the shard until it has stopped, and in the lane, where they are let go.
    std::shared_ptr<KafkaFanOut::Client> client_;
    KafkaPtr<rd_kafka_topic_t> topic_;
    const SubscribeOptions wanted_;
    Shard& home_;
    const std::shared_ptr<KafkaConsumerStats> stats_;
    const std::vector<Offset> first_;
    std::weak_ptr<KafkaConsumer> consumer_;
    std::set<Partition> reading_;
    Random random_;
    std::map<Partition, Backoff>
        troubles_;                      // of partitions that are not read, or were not just now
    std::map<Partition, Offset> told_;  // where the log said that there is something
    std::atomic<std::int32_t> partitions_;
    bool stopped_ = false;
};

}  // namespace flux::bus
