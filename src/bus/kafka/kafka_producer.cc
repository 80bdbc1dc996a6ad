#include "bus/kafka/kafka_producer.h"

#include "base/assert.h"
#include "base/log.h"
#include "base/testpoint.h"
#include "bus/kafka/kafka_client.h"
#include "bus/kafka/kafka_error.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <mutex>
#include <pthread.h>
#include <shared_mutex>

namespace flux::bus {
namespace {

/// How long the serving thread waits for something to do before it looks whether it shall end.
constexpr Milliseconds kServeFor{100};

/// How long it waits for one of two clients before it looks at the other one.
constexpr Milliseconds kServeEach{5};

/// How long Meet waits for the brokers.
constexpr Milliseconds kMeetMax{1'000};

/// What a coroutine that publishes is resumed with.
using Handler =
    boost::asio::async_result<boost::asio::use_awaitable_t<>, void(Result<StoredAt>)>::handler_type;

}  // namespace

/// A record under way: keeps its payload, and whom to tell.
struct KafkaProducer::Pending {
    Shard* home = nullptr;
    TopicName topic;
    SharedBytes payload;
    std::size_t bytes = 0;
    std::optional<Handler> done;

    void Answer(Result<StoredAt> outcome) { std::move (*done)(std::move(outcome)); }
};

Result<std::unique_ptr<KafkaProducer>> KafkaProducer::Make(const KafkaOptions& options) {
    std::unique_ptr<KafkaProducer> producer(new KafkaProducer(options));
    Result<KafkaPtr<rd_kafka_t>> client = producer->MakeClient();
    if (!client) return client.error();
    producer->client_ = std::move(*client);
    producer->thread_ = std::thread([self = producer.get()] { self->Loop(); });
    return producer;
}

KafkaProducer::KafkaProducer(KafkaOptions options)
    : options_(std::move(options)) {}

KafkaProducer::~KafkaProducer() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
}

Result<KafkaPtr<rd_kafka_t>> KafkaProducer::MakeClient() {
    KafkaClient client(options_, "producer");
    client.Set("enable.idempotence", "true")
        .Set("acks", "all")
        // See the class comment; and an idempotent producer with several requests under way spins
        // while that window is full.
        .Set("max.in.flight.requests.per.connection", 1)
        .Set("linger.ms", 0)
        .Set("partitioner", "murmur2_random")  // as the Java client's, and the embedded bus's
        .Set("message.timeout.ms", options_.publish_timeout.count())
        .Set("message.max.bytes", static_cast<std::int64_t>(limits::kKafkaMessageBytesMax))
        .Set("queue.buffering.max.messages", static_cast<std::int64_t>(options_.queue_records_max))
        .Set(
            "queue.buffering.max.kbytes",
            static_cast<std::int64_t>(options_.queue_bytes_max / std::size_t{1024})
        )
        .Set("topic.metadata.propagation.max.ms", options_.request_timeout.count());
    rd_kafka_conf_set_opaque(client.conf(), this);
    rd_kafka_conf_set_dr_msg_cb(client.conf(), OnDelivery);
    rd_kafka_conf_set_error_cb(client.conf(), OnError);
    return client.Make(RD_KAFKA_PRODUCER);
}

void KafkaProducer::Meet(const TopicName& topic) {
    const std::shared_lock lock(client_mutex_);
    if (!client_) return;
    const KafkaPtr<rd_kafka_topic_t> handle(
        rd_kafka_topic_new(client_.get(), topic.value().c_str(), nullptr)
    );
    if (!handle) return;
    const auto longest = static_cast<int>(std::min(kMeetMax, options_.request_timeout).count());
    const rd_kafka_metadata_t* found = nullptr;
    const auto code = rd_kafka_metadata(client_.get(), 0, handle.get(), &found, longest);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) rd_kafka_metadata_destroy(found);
}

Task<Result<StoredAt>> KafkaProducer::Publish(Outgoing message) {
    auto pending = std::make_unique<Pending>();
    pending->home = Shard::Current();
    FLUX_ASSERT(pending->home != nullptr);
    pending->topic = std::move(message.topic);
    pending->payload = std::move(message.payload);
    pending->bytes = pending->payload.size() + (message.key ? message.key->size() : 0);
    auto initiate =
        [this](Handler handler, std::unique_ptr<Pending> record, const Outgoing& outgoing) {
            record->done.emplace(std::move(handler));
            Start(std::move(record), outgoing);
        };
    co_return co_await boost::asio::
        async_initiate<const boost::asio::use_awaitable_t<>, void(Result<StoredAt>)>(
            std::move(initiate), boost::asio::use_awaitable, std::move(pending), std::move(message)
        );
}

void KafkaProducer::Start(std::unique_ptr<Pending> pending, const Outgoing& message) {
    NoteStart();
    const rd_kafka_resp_err_t code = Produce(*pending, message);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        static_cast<void>(pending.release());  // librdkafka's until it reports
        FLUX_TESTPOINT("kafka.publish.sent");
        return;
    }
    --under_way_;
    (code == RD_KAFKA_RESP_ERR__QUEUE_FULL ? stats_.refused : stats_.failed).Add();
    Error refusal = DeliveryError(code, RD_KAFKA_MSG_STATUS_NOT_PERSISTED, pending->topic.value());
    Shard& home = *pending->home;
    home.PostReserved([record = std::move(pending), refusal = std::move(refusal)]() mutable {
        record->Answer(std::move(refusal));
    });
}

rd_kafka_resp_err_t KafkaProducer::Produce(Pending& pending, const Outgoing& message) {
    KafkaPtr<rd_kafka_headers_t> headers;
    if (!message.headers.empty()) {
        headers.reset(rd_kafka_headers_new(message.headers.size()));
        for (const Header& header : message.headers) {
            rd_kafka_header_add(
                headers.get(),
                header.name.data(),
                static_cast<ssize_t>(header.name.size()),
                header.value.data(),
                static_cast<ssize_t>(header.value.size())
            );
        }
    }
    const std::shared_lock lock(client_mutex_);
    if (!client_) return RD_KAFKA_RESP_ERR__DESTROY;
    std::array<rd_kafka_vu_t, 5> fields;
    std::size_t count = 0;
    const auto field = [&fields, &count](rd_kafka_vtype_t type) -> rd_kafka_vu_t& {
        rd_kafka_vu_t& added = fields[count++];
        added.vtype = type;
        return added;
    };
    field(RD_KAFKA_VTYPE_TOPIC).u.cstr = pending.topic.value().c_str();
    const auto bytes = [&field](rd_kafka_vtype_t type, std::string_view text) {
        auto& mem = field(type).u.mem;
        mem.ptr = const_cast<char*>(text.data());  // only read: it is not given away
        mem.size = text.size();
    };
    // Without a payload it is Kafka's tombstone, which compaction understands.
    if (!pending.payload.empty()) bytes(RD_KAFKA_VTYPE_VALUE, pending.payload.view());
    if (message.key) bytes(RD_KAFKA_VTYPE_KEY, *message.key);
    if (headers) field(RD_KAFKA_VTYPE_HEADERS).u.headers = headers.get();
    field(RD_KAFKA_VTYPE_OPAQUE).u.ptr = &pending;
    const KafkaPtr<rd_kafka_error_t> failed(rd_kafka_produceva(client_.get(), fields.data(), count)
    );
    if (failed) return rd_kafka_error_code(failed.get());
    static_cast<void>(headers.release());
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

void KafkaProducer::OnDelivery(rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
    auto& producer = *static_cast<KafkaProducer*>(self);
    std::unique_ptr<Pending> pending(static_cast<Pending*>(message->_private));
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        FLUX_TESTPOINT("kafka.publish.acknowledged");
        producer.stats_.published.Add();
        producer.stats_.published_bytes.Add(pending->bytes);
        producer.NoteOutcome(message->err, nullptr, pending->topic);
        StoredAt place{Partition(message->partition), Offset(message->offset)};
        return producer.Collect(std::move(pending), place);
    }
    const rd_kafka_msg_status_t status = rd_kafka_message_status(message);
    (status == RD_KAFKA_MSG_STATUS_NOT_PERSISTED ? producer.stats_.failed : producer.stats_.unknown)
        .Add();
    Error error = DeliveryError(message->err, status, pending->topic.value());
    producer.NoteOutcome(message->err, &error, pending->topic);
    producer.Collect(std::move(pending), std::move(error));
}

void KafkaProducer::NoteStart() {
    // Before it counts: whoever looks finds a record that waits since now, not since the last one.
    if (under_way_ == 0 && !gave_up_) unheard_since_ = SystemClock::Instance().Now();
    ++under_way_;
}

/// `error` is nullptr when the record was acknowledged.
void KafkaProducer::NoteOutcome(
    rd_kafka_resp_err_t code, const Error* error, const TopicName& topic
) {
    const bool purged =
        code == RD_KAFKA_RESP_ERR__PURGE_QUEUE || code == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT;
    if (error == nullptr) {
        unheard_since_ = SystemClock::Instance().Now();
        gave_up_ = false;
    } else if (!purged && error->retry == Retry::kLater) {
        const std::scoped_lock lock(stall_mutex_);
        gave_up_on_ = topic;
        gave_up_at_ = SystemClock::Instance().Now();
        gave_up_ = true;
    }
    --under_way_;
}

std::optional<KafkaStall> KafkaProducer::Stall() const {
    const bool waits = under_way_ > 0;
    if (!waits && !gave_up_) return std::nullopt;
    const SteadyTime now = SystemClock::Instance().Now();
    const auto lasts = now - unheard_since_.load();
    if (lasts <= options_.request_timeout) return std::nullopt;
    KafkaStall stall;
    stall.lasts = std::chrono::duration_cast<Milliseconds>(lasts);
    const std::scoped_lock lock(stall_mutex_);
    if (!waits && now - gave_up_at_ > options_.request_timeout) stall.ask = gave_up_on_;
    return stall;
}

void KafkaProducer::OnError(rd_kafka_t*, int code, const char* reason, void* self) {
    auto& producer = *static_cast<KafkaProducer*>(self);
    if (code != RD_KAFKA_RESP_ERR__FATAL) {
        log::Debug("kafka.producer_error", reason);
        return;
    }
    log::Failure(
        "kafka.producer_fatal",
        "the producer cannot go on and is replaced; records under way are reported as unknown",
        {{"error", reason}}
    );
    producer.fatal_ = true;
}

void KafkaProducer::Collect(std::unique_ptr<Pending> pending, Result<StoredAt> outcome) {
    std::vector<Answer>& answers = answers_[pending->home];
    answers.push_back(Answer{std::move(pending), std::move(outcome)});
}

void KafkaProducer::Answers() {
    for (auto& [home, answers] : answers_) {
        if (answers.empty()) continue;
        home->PostReserved([ready = std::exchange(answers, {})]() mutable {
            for (Answer& answer : ready)
                answer.pending->Answer(std::move(answer.outcome));
        });
    }
}

void KafkaProducer::Serve(rd_kafka_t* client, Milliseconds longest) {
    rd_kafka_poll(client, static_cast<int>(longest.count()));
    Answers();
}

void KafkaProducer::Loop() {
    pthread_setname_np(pthread_self(), "kafka.producer");
    while (!stopping_) {
        Serve(client_.get(), kServeFor);
        stats_.waiting.Set(rd_kafka_outq_len(client_.get()));
        if (fatal_.exchange(false)) ReplaceClient();
        if (ending_) GiveUpWhenEnding();
    }
    KafkaPtr<rd_kafka_t> last;
    {
        const std::unique_lock lock(client_mutex_);
        last = std::move(client_);
    }
    const SteadyTime until = SystemClock::Instance().Now() + options_.request_timeout;
    while (rd_kafka_outq_len(last.get()) > 0 && SystemClock::Instance().Now() < until)
        Serve(last.get(), kServeFor);
    GiveUp(std::move(last));
}

void KafkaProducer::GiveUpWhenEnding() {
    const SteadyTime now = SystemClock::Instance().Now();
    if (!give_up_at_) give_up_at_ = now + options_.request_timeout;
    if (now < *give_up_at_) return;
    rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
}

void KafkaProducer::ReplaceClient() {
    Result<KafkaPtr<rd_kafka_t>> fresh = MakeClient();
    if (!fresh) {  // out of threads or memory; the old one goes on refusing
        log::Failure("kafka.producer_failed", fresh.error().context);
        fatal_ = true;
        return;
    }
    {
        const std::unique_lock lock(client_mutex_);
        client_.swap(*fresh);
    }
    stats_.replaced.Add();
    GiveUp(std::move(*fresh));
}

void KafkaProducer::GiveUp(KafkaPtr<rd_kafka_t> client) {
    rd_kafka_purge(client.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    const SteadyTime until = SystemClock::Instance().Now() + options_.request_timeout;
    while (rd_kafka_outq_len(client.get()) > 0 && SystemClock::Instance().Now() < until) {
        Serve(client.get(), kServeEach);
        if (client_) Serve(client_.get(), kServeEach);  // the one that took its place
    }
    Answers();
}

void KafkaProducer::FailFatally() {
    const std::shared_lock lock(client_mutex_);
    rd_kafka_test_fatal_error(
        client_.get(), RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "asked for by a test"
    );
}

}  // namespace flux::bus
