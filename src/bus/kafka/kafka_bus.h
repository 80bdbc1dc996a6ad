// The event bus on Apache Kafka.
#pragma once

#include "base/metrics.h"
#include "bus/event_bus.h"
#include "bus/kafka/kafka_admin.h"
#include "bus/kafka/kafka_browser.h"
#include "bus/kafka/kafka_fan_out.h"
#include "bus/kafka/kafka_group_member.h"
#include "bus/kafka/kafka_health.h"
#include "bus/kafka/kafka_options.h"
#include "bus/kafka/kafka_producer.h"
#include "limits/limits.h"
#include "runtime/blocking_lane.h"

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace flux::bus {

/// Topics of a Kafka cluster; the promises of EventBus are the brokers' (acks=all). A topic's
/// `durable` and `retention_bytes` say nothing here: Kafka keeps everything on disk.
///
/// Lifecycle: close subscriptions, then destroy the bus, then stop the shards' threads. Thread:
/// made and destroyed on main, which both block.
class KafkaBus final : public EventBus {
public:
    /// Waits until a broker answers, trying again up to `options.start_timeout` or until
    /// `abandoned()`. Errors: kBadInput (settings), kUnavailable or kPermission (with what to do),
    /// kClosed (abandoned).
    static Result<std::unique_ptr<KafkaBus>> Open(
        KafkaOptions options, MetricRegistry& metrics, const std::function<bool()>& abandoned
    );
    KafkaBus(const KafkaBus&) = delete;
    KafkaBus& operator=(const KafkaBus&) = delete;
    ~KafkaBus() override;

    Task<Result<void>> EnsureTopic(TopicName topic, TopicOptions options) override;
    Task<Result<Position>> Publish(Outgoing message) override;
    Task<Result<std::unique_ptr<Subscription>>> Subscribe(
        SubscribeOptions options, BatchHandler handler
    ) override;
    std::string identity() const override { return cluster_id_; }
    Task<Result<std::vector<std::pair<Offset, Offset>>>> Watermarks(TopicName topic) override;
    Task<Result<std::vector<Message>>> Read(TopicName topic, Position from, std::size_t records_max)
        override;
    Task<Result<Offset>> OffsetAt(TopicName topic, Partition partition, WallMillis time) override;

    /// Called on a thread of the bus whenever Kafka stops answering (false) and answers again.
    void OnHealth(std::function<void(bool)> changed) { health_->OnChange(std::move(changed)); }

    /// The process is about to end: what Kafka has not acknowledged Options::request_timeout later
    /// is given up, so that nobody waits longer for an answer. Whoever asks for a topic or its
    /// offsets, or subscribes, hears kClosed; who asked before, as soon as the question under way
    /// is over. Thread: any.
    void BeginStop() {
        fan_out_.BeginStop();
        producer_->BeginStop();
    }

    /// For tests: see KafkaProducer::FailFatally.
    KafkaProducer& producer() { return *producer_; }

private:
    KafkaBus(
        KafkaOptions options,
        MetricRegistry& metrics,
        std::unique_ptr<KafkaAdmin> admin,
        std::unique_ptr<KafkaProducer> producer,
        std::string cluster_id
    );
    Result<void> TakesRecords();
    Result<void> Ensure(const TopicName& name, const TopicOptions& options);
    Result<void> Make(const TopicName& name, const TopicOptions& options);
    std::set<std::string>& KnownHere();
    bool IsKnown(const TopicName& topic);
    void Remember(const TopicName& topic);
    Task<Result<void>> LookUp(TopicName topic);
    Result<std::shared_ptr<KafkaFeed>> OpenFeed(
        const SubscribeOptions& options, Shard& home, std::shared_ptr<KafkaConsumerStats> stats
    );
    std::shared_ptr<KafkaConsumerStats> StatsFor(const SubscribeOptions& options);
    void Reap();
    void Describe(MetricWriter& out) const;

    const KafkaOptions options_;
    const std::string cluster_id_;
    const std::unique_ptr<KafkaAdmin> admin_;
    const std::unique_ptr<KafkaProducer> producer_;
    std::unique_ptr<BlockingLane> lane_;
    KafkaBrowser browser_;
    std::unique_ptr<BlockingLane> browsing_;  // apart: looking takes long, and nobody waits for it
    KafkaFanOut fan_out_;
    SteadyTime next_growth_look_;  // the health thread's, as what follows
    bool doubted_ = false;         // at the last look nobody answered, or nothing was acknowledged
    std::unique_ptr<KafkaHealth> health_;

    /// Topics that are there, as each shard has found; only its own thread uses one.
    std::array<std::set<std::string>, limits::kShardsMax> known_topics_;

    mutable std::mutex mutex_;              // guards what follows
    std::set<std::string> known_anywhere_;  // asked once by each shard
    std::vector<std::shared_ptr<KafkaGroupMember>> members_;
    std::map<std::pair<std::string, std::string>, std::shared_ptr<KafkaConsumerStats>> stats_;

    MetricRegistry::Registration registration_;  // last: what it reads goes after it
};

}  // namespace flux::bus
