#include "bus/kafka/kafka_fan_out.h"

#include "base/log.h"
#include "bus/kafka/kafka_client.h"
#include "bus/kafka/kafka_error.h"
#include "bus/kafka/log_place.h"

#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace flux::bus {

Result<std::shared_ptr<KafkaTopicReading>> KafkaFanOut::Open(
    const SubscribeOptions& wanted, Shard& home, std::shared_ptr<KafkaConsumerStats> stats
) {
    const std::string& name = wanted.topic.value();
    const auto watermarks = admin_.Watermarks(wanted.topic);
    if (!watermarks) return watermarks.error();
    const Result<std::shared_ptr<Client>> client = ClientFor(name);
    if (!client) return client.error();
    KafkaPtr<rd_kafka_topic_t> topic(
        rd_kafka_topic_new((*client)->handle.get(), name.c_str(), nullptr)
    );
    if (!topic) {
        Release(std::shared_ptr<Client>(*client), name);
        return KafkaError(rd_kafka_last_error(), fmt::format("could not read {}", name));
    }
    // Never "the end": what is published before the first fetch would be lost.
    std::vector<Offset> first;
    for (const auto& [oldest, next] : *watermarks)
        first.push_back(wanted.group.start() == StartAt::kEnd ? next : oldest);
    auto reading = std::make_shared<KafkaTopicReading>(
        *this, *client, std::move(topic), wanted, home, std::move(stats), std::move(first)
    );
    const std::scoped_lock lock(mutex_);
    readings_.push_back(reading);
    return reading;
}

Result<std::shared_ptr<KafkaFanOut::Client>> KafkaFanOut::ClientFor(const std::string& topic) {
    const std::scoped_lock lock(mutex_);
    for (const std::shared_ptr<Client>& client : clients_) {
        if (client->topics.insert(topic).second) return client;
    }
    KafkaClient settings(options_, "reader");
    settings
        .Set("auto.offset.reset", "error")  // where to go on is decided here
        .Set("enable.auto.commit", "false")
        .Set(
            "queued.max.messages.kbytes",
            static_cast<std::int64_t>(options_.prefetch_bytes_max / std::size_t{1024})
        )
        .Set("fetch.error.backoff.ms", 100);
    Result<KafkaPtr<rd_kafka_t>> handle = settings.Make(RD_KAFKA_CONSUMER);
    if (!handle) return handle.error();
    auto client = std::make_shared<Client>();
    client->handle = std::move(*handle);
    client->topics.insert(topic);
    clients_.push_back(client);
    return client;
}

void KafkaFanOut::Release(std::shared_ptr<Client>&& client, const std::string& topic) {
    // The last owner of one that is not used any more: it ends outside the lock, because that waits
    // for its threads.
    const std::shared_ptr<Client> last = std::move(client);
    const std::scoped_lock lock(mutex_);
    last->topics.erase(topic);
    if (last->topics.empty() && clients_.size() > 1) std::erase(clients_, last);
}

void KafkaFanOut::NoticePartitions() {
    std::vector<std::shared_ptr<KafkaTopicReading>> readings;
    {
        const std::scoped_lock lock(mutex_);
        std::erase_if(readings_, [](const auto& reading) { return reading.expired(); });
        for (const std::weak_ptr<KafkaTopicReading>& weak : readings_) {
            if (auto reading = weak.lock()) readings.push_back(std::move(reading));
        }
    }
    for (const std::shared_ptr<KafkaTopicReading>& reading : readings) {
        if (stopping_) return;
        const Result<KafkaTopic> now = admin_.Describe(reading->topic_name());
        // Nobody answers: the others would wait as long for nothing. They are asked the next time.
        if (!now && now.error().retry == Retry::kLater) return;
        if (now && now->partitions > reading->partitions()) reading->Grow(now->partitions);
    }
}

void KafkaFanOut::Close() {
    std::vector<std::shared_ptr<Client>> clients;
    const std::scoped_lock lock(mutex_);
    clients.swap(clients_);
}

KafkaTopicReading::KafkaTopicReading(
    KafkaFanOut& owner,
    std::shared_ptr<KafkaFanOut::Client> client,
    KafkaPtr<rd_kafka_topic_t> topic,
    const SubscribeOptions& wanted,
    Shard& home,
    std::shared_ptr<KafkaConsumerStats> stats,
    std::vector<Offset> first
)
    : owner_(owner),
      client_(std::move(client)),
      topic_(std::move(topic)),
      wanted_(wanted),
      home_(home),
      stats_(std::move(stats)),
      first_(std::move(first)),
      random_(SecureRandomSeed()),
      partitions_(static_cast<std::int32_t>(first_.size())) {}

KafkaTopicReading::~KafkaTopicReading() = default;

void KafkaTopicReading::Start(const std::shared_ptr<KafkaConsumer>& consumer) {
    consumer_ = consumer;
    for (std::size_t i = 0; i < first_.size(); ++i)
        Read(Partition(static_cast<std::int32_t>(i)), first_[i]);
}

void KafkaTopicReading::Read(Partition partition, Offset from) {
    const std::shared_ptr<KafkaConsumer> consumer = consumer_.lock();
    if (stopped_ || !consumer) return;
    reading_.insert(partition);
    std::string refused;
    consumer->Add(partition, from, [&](std::shared_ptr<ShardSignal> signal) {
        KafkaPtr<rd_kafka_queue_t> arrivals(rd_kafka_queue_new(client_->handle.get()));
        rd_kafka_queue_t* const into = arrivals.get();
        auto queue = std::make_unique<KafkaQueue>(std::move(arrivals), std::move(signal));
        if (rd_kafka_consume_start_queue(topic_.get(), partition.value(), from.value(), into) !=
            0) {
            refused = rd_kafka_err2str(rd_kafka_last_error());
        }
        return queue;
    });
    if (!refused.empty()) TryAgainLater(partition, from, refused);
}

void KafkaTopicReading::Finish(std::function<void()> ended) {
    const std::shared_ptr<KafkaConsumer> consumer = consumer_.lock();
    StopReading();
    if (!consumer) return ended();
    consumer->RemoveAll(std::move(ended));
}

void KafkaTopicReading::Abandon() {
    const std::shared_ptr<KafkaConsumer> consumer = consumer_.lock();
    StopReading();
    if (consumer) consumer->RemoveAll([] {});
}

void KafkaTopicReading::StopReading() {
    if (std::exchange(stopped_, true)) return;
    // In the lane, however much waits there: asking librdkafka to stop waits for its threads, and
    // so does the end of a client; and whatever uses the two in the lane is not interrupted.
    auto stop = [self = shared_from_this(), partitions = std::exchange(reading_, {})] {
        for (const Partition partition : partitions)
            rd_kafka_consume_stop(self->topic_.get(), partition.value());
        self->topic_.reset();
        self->owner_.Release(std::move(self->client_), self->wanted_.topic.value());
    };
    owner_.lane_.PostReserved(std::move(stop));
}

void KafkaTopicReading::Grow(std::int32_t count) {
    const std::int32_t before = partitions_.exchange(count);
    log::Info(
        "kafka.partitions_added",
        "a topic has more partitions now; the new ones are read from their beginning",
        {{"topic", wanted_.topic.value()}, {"before", before}, {"now", count}}
    );
    home_.PostReserved([self = shared_from_this(), before, count] {
        for (std::int32_t i = before; i < count; ++i)
            self->Read(Partition(i), Offset(0));
    });
}

void KafkaTopicReading::OutOfRange(Partition partition, Offset next) {
    if (stopped_) return;
    const auto told = told_.find(partition);
    if (told != told_.end() && told->second == next)
        return TryAgainLater(partition, next, "the log does not have what it was said to have");
    troubles_.erase(partition);
    Ask(partition, next);
}

void KafkaTopicReading::Ask(Partition partition, Offset next) {
    if (stopped_) return;
    auto ask = [self = shared_from_this(), partition, next] { self->GoOn(partition, next); };
    if (!owner_.lane_.TryPost(std::move(ask)))
        TryAgainLater(partition, next, "too much is asked of Kafka at once");
}

void KafkaTopicReading::GoOn(Partition partition, Offset wanted) {
    if (!topic_) return;  // stopped meanwhile
    rd_kafka_consume_stop(topic_.get(), partition.value());
    const auto watermarks = owner_.admin_.Watermarks(wanted_.topic, partition);
    if (!watermarks) {
        home_.PostReserved(
            [self = shared_from_this(), partition, wanted, why = watermarks.error().context] {
                self->TryAgainLater(partition, wanted, why);
            }
        );
        return;
    }
    const LogPlace decided = PlaceFor(wanted, watermarks->first, watermarks->second);
    stats_->missed.Add(static_cast<std::uint64_t>(decided.missed));
    log::Failure(
        "kafka.position_gone",
        decided.remark.empty() ? "reading goes on where it was" : decided.remark,
        {{"topic", wanted_.topic.value()},
         {"partition", partition.value()},
         {"wanted", wanted.value()},
         {"from", decided.from.value()},
         {"missed", decided.missed}}
    );
    const bool lost = decided.missed > 0;
    home_.PostReserved([self = shared_from_this(), partition, from = decided.from, lost] {
        self->Move(partition, from, lost);
    });
}

void KafkaTopicReading::Move(Partition partition, Offset from, bool lost) {
    const std::shared_ptr<KafkaConsumer> consumer = consumer_.lock();
    if (stopped_ || !consumer) return;
    told_[partition] = from;
    // After the old reader's batch, if it has one: a partition has one handler at a time.
    consumer->Remove({partition}, [self = shared_from_this(), partition, from, lost] {
        if (lost && !self->stopped_ && self->wanted_.lost) self->wanted_.lost(partition, from);
        self->Read(partition, from);
    });
}

void KafkaTopicReading::TryAgainLater(Partition partition, Offset wanted, std::string_view why) {
    if (stopped_) return;
    stats_->errors.Add();
    const auto [trouble, first] = troubles_.try_emplace(
        partition, owner_.options_.retry_first, owner_.options_.retry_longest, random_
    );
    if (first) {
        log::Failure(
            "kafka.partition_error",
            "a partition is not read; it is tried again until it is, and further failures are only "
            "counted",
            {{"topic", wanted_.topic.value()},
             {"partition", partition.value()},
             {"offset", wanted.value()},
             {"error", why}}
        );
    }
    const Milliseconds pause = trouble->second.Next();
    const auto timer = std::make_shared<boost::asio::steady_timer>(home_.io(), pause);
    timer->async_wait([weak = weak_from_this(), timer, partition, wanted](const auto& cancelled) {
        const std::shared_ptr<KafkaTopicReading> self = weak.lock();
        if (self && !cancelled) self->Ask(partition, wanted);
    });
}

}  // namespace flux::bus
