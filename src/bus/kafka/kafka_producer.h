// Writes records to Kafka.
#pragma once

#include "base/clock.h"
#include "base/counter.h"
#include "base/result.h"
#include "bus/event_bus.h"
#include "bus/kafka/kafka_options.h"
#include "bus/kafka/kafka_ptr.h"
#include "runtime/shard.h"
#include "runtime/task.h"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace flux::bus {

struct KafkaProducerStats {
    SharedCounter published;        ///< records acknowledged
    SharedCounter published_bytes;  ///< keys and payloads of those
    SharedCounter failed;           ///< records known not to be stored
    SharedCounter unknown;          ///< records that may be stored or not
    SharedCounter refused;          ///< records the full queue did not take
    SharedCounter replaced;         ///< producers replaced after a fatal error
    Gauge waiting;                  ///< records not acknowledged yet
};

/// Where Kafka put a record.
struct StoredAt {
    Partition partition;
    Offset offset;
};

/// Kafka acknowledges nothing of what is published.
struct KafkaStall {
    Milliseconds lasts{0};
    /// Of the last record that was given up, when nobody has published for a while: then nothing
    /// but the topic itself can tell when it is over.
    std::optional<TopicName> ask;
};

/// An idempotent producer that waits for all replicas in sync. One request is under way at a time:
/// what arrives meanwhile is the next batch, so batches grow with the load and an idle producer
/// waits for nothing. After a fatal error, which a producer of librdkafka never gets over, a new
/// one takes its place and what was under way is reported as unknown.
///
/// Thread: Publish from any shard; the rest, where nothing else is said, is main's.
class KafkaProducer {
public:
    /// Errors: kBadInput (a setting that librdkafka refuses).
    static Result<std::unique_ptr<KafkaProducer>> Make(const KafkaOptions& options);
    KafkaProducer(const KafkaProducer&) = delete;
    KafkaProducer& operator=(const KafkaProducer&) = delete;

    /// Waits for what is under way, at most Options::request_timeout; the rest is answered as
    /// unknown.
    ~KafkaProducer();

    /// Returns once every replica in sync has the record, or nobody knows. Errors: see
    /// EventBus::Publish.
    Task<Result<StoredAt>> Publish(Outgoing message);

    /// Finds out where the records of a topic go, so that the first one need not wait: librdkafka
    /// looks a topic up that it does not know only once a second. Blocks, a second at most; what
    /// fails here is done again, slower, by the first record. Thread: any but a shard's.
    void Meet(const TopicName& topic);

    /// From Options::request_timeout after this on, records that are not acknowledged are given up:
    /// as unknown, or unavailable when they were not sent yet. Thread: any.
    void BeginStop() { ending_ = true; }

    const KafkaProducerStats& stats() const { return stats_; }  // any thread

    /// Set when no record has been acknowledged for longer than Options::request_timeout although
    /// some waited for it all the time, or were given up. Thread: any.
    std::optional<KafkaStall> Stall() const;

    /// What was given up says nothing any more: Kafka takes records again. Thread: any.
    void ForgetStall() { gave_up_ = false; }

    /// Puts the producer into the state a fatal error leaves it in. For tests.
    void FailFatally();

private:
    struct Pending;
    struct Answer {
        std::unique_ptr<Pending> pending;
        Result<StoredAt> outcome;
    };

    explicit KafkaProducer(KafkaOptions options);
    Result<KafkaPtr<rd_kafka_t>> MakeClient();
    void Start(std::unique_ptr<Pending> pending, const Outgoing& message);
    rd_kafka_resp_err_t Produce(Pending& pending, const Outgoing& message);
    static void OnDelivery(rd_kafka_t* client, const rd_kafka_message_t* message, void* self);
    static void OnError(rd_kafka_t* client, int code, const char* reason, void* self);
    void NoteStart();
    void NoteOutcome(rd_kafka_resp_err_t code, const Error* error, const TopicName& topic);
    void Collect(std::unique_ptr<Pending> pending, Result<StoredAt> outcome);
    void Answers();
    void Loop();
    void Serve(rd_kafka_t* client, Milliseconds longest);
    void GiveUpWhenEnding();
    void ReplaceClient();
    void GiveUp(KafkaPtr<rd_kafka_t> client);

    const KafkaOptions options_;
    KafkaProducerStats stats_;
    std::shared_mutex client_mutex_;  // held alone only to replace the client
    KafkaPtr<rd_kafka_t> client_;
    std::atomic<bool> fatal_{false};
    std::atomic<bool> ending_{false};
    std::optional<SteadyTime> give_up_at_;  // the serving thread's
    std::atomic<bool> stopping_{false};
    std::atomic<std::int64_t> under_way_{0};   // records handed to librdkafka and not reported
    std::atomic<SteadyTime> unheard_since_{};  // last acknowledgement, or since when some wait
    std::atomic<bool> gave_up_{false};         // a record, since the last acknowledgement
    mutable std::mutex stall_mutex_;           // guards what it was given up on, and when
    TopicName gave_up_on_;
    SteadyTime gave_up_at_;
    std::map<Shard*, std::vector<Answer>> answers_;  // the serving thread's
    std::thread thread_;
};

}  // namespace flux::bus
