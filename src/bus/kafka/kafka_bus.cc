#include "bus/kafka/kafka_bus.h"

#include "base/assert.h"
#include "base/log.h"
#include "bus/bus_rules.h"
#include "bus/kafka/kafka_subscription.h"
#include "limits/limits.h"
#include "runtime/backoff.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <thread>
#include <utility>

namespace flux::bus {
namespace {

constexpr Milliseconds kFirstTry{200};
constexpr Milliseconds kLongestTry{5'000};
constexpr Milliseconds kAskIfAbandoned{50};

Result<std::string> AskForIdentity(KafkaAdmin& admin) {
    if (Result<void> answered = admin.Probe(); !answered) return answered.error();
    return admin.ClusterId();
}

/// The identity of the cluster, as soon as somebody tells it.
Result<std::string> WaitForKafka(
    KafkaAdmin& admin, const KafkaOptions& options, const std::function<bool()>& abandoned
) {
    const SteadyTime until = SystemClock::Instance().Now() + options.start_timeout;
    Random random(SecureRandomSeed());
    Backoff backoff(kFirstTry, kLongestTry, random);
    for (;;) {
        Result<std::string> id = AskForIdentity(admin);
        if (id || id.error().code == ErrorCode::kPermission) return id;
        if (abandoned()) return Error(ErrorCode::kClosed, Retry::kNever, "stopped while starting");
        const SteadyTime next_try = SystemClock::Instance().Now() + backoff.Next();
        if (next_try > until) {
            return Error(
                ErrorCode::kUnavailable,
                Retry::kLater,
                fmt::format(
                    "Kafka did not answer at {} within {} s (kafka.start_timeout); start it, or "
                    "correct kafka.brokers. {}",
                    options.brokers,
                    std::chrono::duration_cast<std::chrono::seconds>(options.start_timeout).count(),
                    id.error().context
                )
            );
        }
        log::Warn(
            "kafka.waiting",
            "no broker answers yet; trying again",
            {{"brokers", options.brokers}, {"error", id.error().context}}
        );
        while (SystemClock::Instance().Now() < next_try && !abandoned())
            std::this_thread::sleep_for(kAskIfAbandoned);
    }
}

Error TooFewPartitions(const TopicName& topic, std::int32_t has, std::int32_t wanted) {
    return Error(
        ErrorCode::kConflict,
        Retry::kNever,
        fmt::format(
            "could not make topic {}: it exists and has {} of the {} partitions it needs; add the "
            "others (`flux topics apply` prints the command), or ask for fewer if a [[topic]] row "
            "asks for them",
            topic.value(),
            has,
            wanted
        )
    );
}

/// To what waited in the lane when the bus began to end: each question may take as long as Kafka is
/// waited for.
Error Ending() {
    return Error(ErrorCode::kClosed, Retry::kNever, "the bus is shutting down");
}

}  // namespace

Result<std::unique_ptr<KafkaBus>> KafkaBus::Open(
    KafkaOptions options, MetricRegistry& metrics, const std::function<bool()>& abandoned
) {
    Result<std::unique_ptr<KafkaAdmin>> admin = KafkaAdmin::Make(options);
    if (!admin) return admin.error();
    Result<std::unique_ptr<KafkaProducer>> producer = KafkaProducer::Make(options);
    if (!producer) return producer.error();
    Result<std::string> id = WaitForKafka(**admin, options, abandoned);
    if (!id) return id.error();
    return std::unique_ptr<KafkaBus>(new KafkaBus(
        std::move(options), metrics, std::move(*admin), std::move(*producer), std::move(*id)
    ));
}

KafkaBus::KafkaBus(
    KafkaOptions options,
    MetricRegistry& metrics,
    std::unique_ptr<KafkaAdmin> admin,
    std::unique_ptr<KafkaProducer> producer,
    std::string cluster_id
)
    : options_(std::move(options)),
      cluster_id_(std::move(cluster_id)),
      few_copies_from_(SystemClock::Instance().Now() + options_.start_timeout / 2),
      admin_(std::move(admin)),
      producer_(std::move(producer)),
      lane_(std::make_unique<BlockingLane>("kafka.ask", limits::kKafkaQuestionsMax)),
      browser_(*admin_, options_),
      browsing_(std::make_unique<BlockingLane>("kafka.browse", limits::kKafkaQuestionsMax)),
      fan_out_(*admin_, *lane_, options_),
      health_(std::make_unique<KafkaHealth>(
          options_.probe_interval,
          [this] { return TakesRecords(); },
          [this] {
              const SteadyTime now = SystemClock::Instance().Now();
              if (now < next_growth_look_) return;
              next_growth_look_ = now + options_.growth_interval;
              fan_out_.NoticePartitions();
          }
      )) {
    registration_ = metrics.Add([this](MetricWriter& out) { Describe(out); });
}

KafkaBus::~KafkaBus() {
    registration_ = MetricRegistry::Registration();
    fan_out_.BeginStop();
    health_.reset();
    std::vector<std::shared_ptr<KafkaGroupMember>> members;
    {
        const std::scoped_lock lock(mutex_);
        members.swap(members_);
    }
    for (const auto& member : members)
        member->Join();
    browsing_.reset();
    lane_.reset();  // what was stopped is stopped
    fan_out_.Close();
}

/// Whether brokers answer and, if anything is published, acknowledge any of it.
Result<void> KafkaBus::TakesRecords() {
    if (Result<void> answers = admin_->Probe(); !answers) {
        doubted_ = true;
        return answers;
    }
    if (fan_out_.stopping()) return {};
    const std::optional<KafkaStall> stall = producer_->Stall();
    // While all is well it must be seen twice: who stood still himself finds the acknowledgements
    // of that time only now. After an outage what waits says when it is over.
    const bool doubted = std::exchange(doubted_, stall.has_value());
    if (!stall || !doubted) return {};
    if (stall->ask) {
        Result<void> writable = admin_->CheckTakesRecords(*stall->ask);
        if (!writable && writable.error().retry == Retry::kLater) return writable;
        producer_->ForgetStall();
        return {};
    }
    return Error(
        ErrorCode::kUnavailable,
        Retry::kLater,
        fmt::format(
            "brokers answer, but have acknowledged no record for {} ms; see whether every "
            "partition has a leader and enough copies in sync (flux doctor)",
            stall->lasts.count()
        )
    );
}

Task<Result<void>> KafkaBus::EnsureTopic(TopicName name, TopicOptions options) {
    if (auto checked = CheckTopic(name, options); !checked) co_return checked;
    auto ensure = [this, name, options]() -> Result<void> {
        if (fan_out_.stopping()) return Ending();
        Result<void> there = Ensure(name, options);
        if (there) producer_->Meet(name);
        return there;
    };
    Result<void> ensured = co_await lane_->Run(std::move(ensure));
    if (ensured) Remember(name);
    co_return ensured;
}

Result<void> KafkaBus::Ensure(const TopicName& name, const TopicOptions& options) {
    Result<KafkaTopic> existing = admin_->Describe(name);
    if (!existing && existing.error().code == ErrorCode::kNotFound) {
        Result<void> made = Make(name, options);
        if (made || made.error().code != ErrorCode::kConflict) return made;
        existing = admin_->DescribeNew(name);  // somebody else was quicker
    }
    if (!existing) return existing.error();
    if (existing->partitions == 0) {
        return Error(
            ErrorCode::kUnavailable,
            Retry::kLater,
            fmt::format("the brokers do not say yet how topic {} is", name.value())
        );
    }
    if (existing->partitions < options.partitions)
        return TooFewPartitions(name, existing->partitions, options.partitions);
    if (existing->partitions > options.partitions) {
        log::Warn(
            "kafka.more_partitions",
            "a topic has more partitions than it was asked for; all of them are used",
            {{"topic", name.value()},
             {"partitions", existing->partitions},
             {"wanted", options.partitions}}
        );
    }
    return {};
}

/// In the shape of `flux topics apply`. A cluster that comes up is waited for, half of the time
/// that a start has.
Result<void> KafkaBus::Make(const TopicName& name, const TopicOptions& options) {
    const Result<std::int32_t> brokers = admin_->CountBrokers();
    if (!brokers) return brokers.error();
    const KafkaTopicShape shape = ShapeFor(options, *brokers);
    const auto named = 1 + std::count(options_.brokers.begin(), options_.brokers.end(), ',');
    const bool all_there =
        ShapeFor(options, static_cast<std::int32_t>(named)).replication <= shape.replication;
    if (!all_there && SystemClock::Instance().Now() < few_copies_from_) {
        return Error(
            ErrorCode::kUnavailable,
            Retry::kLater,
            fmt::format(
                "{} of the {} brokers in kafka.brokers run; waiting for the others, because topic "
                "{} would have fewer copies for good",
                *brokers,
                named,
                name.value()
            )
        );
    }
    if (Result<void> made = admin_->Create(name, shape); !made) return made;
    const log::Field topic{"topic", name.value()};
    const log::Field copies{"copies", shape.replication};
    if (all_there) {
        log::Info("kafka.topic_made", "a topic was made", {topic, copies});
    } else {
        log::Warn(
            "kafka.topic_made",
            "a topic was made with few copies, because not all of kafka.brokers run; `flux topics "
            "apply` says how it gets more",
            {topic, copies}
        );
    }
    return {};
}

std::set<std::string>& KafkaBus::KnownHere() {
    Shard* const shard = Shard::Current();
    FLUX_ASSERT(shard != nullptr);
    return known_topics_.at(shard->id().value());
}

bool KafkaBus::IsKnown(const TopicName& topic) {
    if (KnownHere().contains(topic.value())) return true;
    {
        const std::scoped_lock lock(mutex_);
        if (!known_anywhere_.contains(topic.value())) return false;
    }
    KnownHere().insert(topic.value());
    return true;
}

/// The next broker may not have heard yet of a topic that another one has made.
template <class Ask>
auto KafkaBus::AskOfKnown(const TopicName& topic, const Ask& ask) -> decltype(ask()) {
    constexpr Milliseconds kPause{100};
    const SteadyTime until = SystemClock::Instance().Now() + options_.request_timeout;
    const auto known = [&] {
        const std::scoped_lock lock(mutex_);
        return known_anywhere_.contains(topic.value());
    };
    for (;;) {
        auto answer = ask();
        if (answer || answer.error().code != ErrorCode::kNotFound || !known()) return answer;
        if (fan_out_.stopping() || SystemClock::Instance().Now() > until) return answer;
        std::this_thread::sleep_for(kPause);
    }
}

void KafkaBus::Remember(const TopicName& topic) {
    KnownHere().insert(topic.value());
    const std::scoped_lock lock(mutex_);
    known_anywhere_.insert(topic.value());
}

Task<Result<void>> KafkaBus::LookUp(TopicName topic) {
    auto look = [this, topic]() -> Result<void> {
        const Result<KafkaTopic> found = admin_->Describe(topic);
        if (!found) return found.error();
        producer_->Meet(topic);
        return {};
    };
    Result<void> found = co_await lane_->Run(std::move(look));
    if (found) Remember(topic);
    co_return found;
}

Task<Result<Position>> KafkaBus::Publish(Outgoing message) {
    if (auto checked = CheckRecord(message); !checked) co_return checked.error();
    // librdkafka finds out about a missing topic only after a while.
    if (!IsKnown(message.topic)) {
        TopicName topic = message.topic;
        const Result<void> there = co_await LookUp(std::move(topic));
        // Who cannot be asked cannot store it either, now: it waits like any other record.
        if (!there && there.error().retry != Retry::kLater) co_return there.error();
    }
    Position position;
    position.log_identity = cluster_id_;  // before the wait: the bus may be gone when it ends
    const Result<StoredAt> stored = co_await producer_->Publish(std::move(message));
    if (!stored) co_return stored.error();
    position.partition = stored->partition;
    position.offset = stored->offset;
    co_return position;
}

Result<std::shared_ptr<KafkaFeed>> KafkaBus::OpenFeed(
    const SubscribeOptions& options, Shard& home, std::shared_ptr<KafkaConsumerStats> stats
) {
    Reap();
    if (!options.group.shared()) {
        auto reading = fan_out_.Open(options, home, std::move(stats));
        if (!reading) return reading.error();
        return std::shared_ptr<KafkaFeed>(std::move(*reading));
    }
    auto member = KafkaGroupMember::Make(*admin_, options_, options, home, std::move(stats));
    if (!member) return member.error();
    const std::scoped_lock lock(mutex_);
    members_.push_back(*member);
    return std::shared_ptr<KafkaFeed>(std::move(*member));
}

void KafkaBus::Reap() {
    std::vector<std::shared_ptr<KafkaGroupMember>> gone;
    {
        const std::scoped_lock lock(mutex_);
        const auto middle = std::partition(
            members_.begin(), members_.end(), [](const auto& member) { return !member->ended(); }
        );
        gone.assign(middle, members_.end());
        members_.erase(middle, members_.end());
    }
    for (const auto& member : gone)
        member->Join();
}

std::shared_ptr<KafkaConsumerStats> KafkaBus::StatsFor(const SubscribeOptions& options) {
    const std::scoped_lock lock(mutex_);
    auto& stats = stats_[std::pair(options.topic.value(), options.group.name())];
    if (!stats) stats = std::make_shared<KafkaConsumerStats>();
    return stats;
}

Task<Result<std::unique_ptr<Subscription>>> KafkaBus::Subscribe(
    SubscribeOptions options, BatchHandler handler
) {
    Shard* const shard = Shard::Current();
    FLUX_ASSERT(shard != nullptr && handler && options.batch_records_max > 0);
    const std::shared_ptr<KafkaConsumerStats> stats = StatsFor(options);
    auto open = [this, shard, stats, options]() -> Result<std::shared_ptr<KafkaFeed>> {
        if (fan_out_.stopping()) return Ending();
        return AskOfKnown(options.topic, [&] { return OpenFeed(options, *shard, stats); });
    };
    Result<std::shared_ptr<KafkaFeed>> feed = co_await lane_->Run(std::move(open));
    if (!feed) co_return feed.error();
    auto consumer = std::make_shared<KafkaConsumer>(
        *shard, std::move(options), std::move(handler), *feed, options_, stats
    );
    std::unique_ptr<Subscription> subscription =
        std::make_unique<KafkaSubscription>(std::move(consumer), std::move(*feed));
    co_return subscription;
}

Task<Result<std::vector<std::pair<Offset, Offset>>>> KafkaBus::Watermarks(TopicName topic) {
    auto ask = [this, topic]() -> Result<std::vector<std::pair<Offset, Offset>>> {
        if (fan_out_.stopping()) return Ending();
        return AskOfKnown(topic, [&] { return admin_->Watermarks(topic); });
    };
    co_return co_await lane_->Run(std::move(ask));
}

Task<Result<std::vector<Message>>> KafkaBus::Read(
    TopicName topic, Position from, std::size_t records_max
) {
    if (from.log_identity != cluster_id_) {
        co_return Error(
            ErrorCode::kConflict,
            Retry::kNever,
            fmt::format(
                "could not read {}: the position is of another cluster; start at the beginning or "
                "the end",
                topic.value()
            )
        );
    }
    auto look = [this, topic, from, records_max] {
        return browser_.Read(topic, from.partition, from.offset, records_max);
    };
    co_return co_await browsing_->Run(std::move(look));
}

Task<Result<Offset>> KafkaBus::OffsetAt(TopicName topic, Partition partition, WallMillis time) {
    auto look = [this, topic, partition, time] {
        return browser_.OffsetAt(topic, partition, time);
    };
    co_return co_await browsing_->Run(std::move(look));
}

void KafkaBus::Describe(MetricWriter& out) const {
    const KafkaProducerStats& producer = producer_->stats();
    out.WriteGauge("kafka_up", "Whether Kafka answers and takes records", health_->up() ? 1 : 0);
    out.Write("kafka_outages", "Times Kafka stopped answering", health_->outages());
    out.Write("kafka_published", "Records acknowledged by Kafka", producer.published);
    out.Write(
        "kafka_published_bytes",
        "Keys and payloads of acknowledged records",
        producer.published_bytes
    );
    out.Write("kafka_publish_failed", "Records known not to be stored", producer.failed);
    out.Write("kafka_publish_unknown", "Records that may be stored or not", producer.unknown);
    out.Write("kafka_publish_refused", "Records the full queue did not take", producer.refused);
    out.Write(
        "kafka_producers_replaced", "Producers that ended in a fatal error", producer.replaced
    );
    out.Write("kafka_publish_waiting", "Records not acknowledged yet", producer.waiting);
    out.WriteCounter(
        "kafka_clients_left",
        "Clients of librdkafka that did not end",
        static_cast<double>(KafkaClientsLeft())
    );
    const std::scoped_lock lock(mutex_);
    for (const auto& [name, stats] : stats_) {
        const MetricLabel topic{"topic", name.first};
        const MetricLabel group{"group", name.second};
        out.Write("kafka_records", "Records handed over", stats->records, {topic, group});
        out.Write(
            "kafka_records_skipped",
            "Records passed over by their key",
            stats->skipped,
            {topic, group}
        );
        out.Write(
            "kafka_redelivered", "Records handed over again", stats->redelivered, {topic, group}
        );
        out.Write(
            "kafka_missed", "Records gone before they were read", stats->missed, {topic, group}
        );
        out.Write("kafka_offset_gaps", "Offsets that did not follow", stats->gaps, {topic, group});
        out.Write(
            "kafka_records_repeated",
            "Records the broker sent twice",
            stats->repeated,
            {topic, group}
        );
        out.Write(
            "kafka_partition_errors", "Errors in place of records", stats->errors, {topic, group}
        );
        out.Write("kafka_commits", "Positions stored", stats->commits, {topic, group});
        out.Write(
            "kafka_commit_failures", "Positions not stored", stats->commit_failures, {topic, group}
        );
        out.Write(
            "kafka_rebalances", "Partitions dealt or taken", stats->rebalances, {topic, group}
        );
    }
}

}  // namespace flux::bus
