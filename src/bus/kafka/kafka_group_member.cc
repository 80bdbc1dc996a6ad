#include "bus/kafka/kafka_group_member.h"

#include "base/assert.h"
#include "base/log.h"
#include "base/testpoint.h"
#include "bus/kafka/kafka_client.h"
#include "bus/kafka/kafka_error.h"
#include "bus/kafka/log_place.h"

#include <algorithm>
#include <fmt/format.h>
#include <pthread.h>
#include <string_view>
#include <utility>

namespace flux::bus {
namespace {

/// How long the thread waits for something to do before it looks for handled offsets and for the
/// end by itself; both wake it as well.
constexpr int kPollMs = 100;

/// Whether a commit was refused because the partitions are another member's by now.
bool IsOthersNow(rd_kafka_resp_err_t code) {
    return code == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID ||
           code == RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION ||
           code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID;
}

/// One assigned partition on its way to the shard.
struct Assigned {
    Partition partition;
    Offset first;
    KafkaPtr<rd_kafka_queue_t> queue;
};

}  // namespace

Result<std::shared_ptr<KafkaGroupMember>> KafkaGroupMember::Make(
    KafkaAdmin& admin,
    const KafkaOptions& options,
    const SubscribeOptions& wanted,
    Shard& home,
    std::shared_ptr<KafkaConsumerStats> stats
) {
    std::shared_ptr<KafkaGroupMember> member(
        new KafkaGroupMember(admin, options, wanted, home, std::move(stats))
    );
    if (Result<void> made = member->MakeClient(); !made) return made.error();
    if (Result<void> begun = member->Begin(); !begun) return begun.error();
    return member;
}

KafkaGroupMember::KafkaGroupMember(
    KafkaAdmin& admin,
    const KafkaOptions& options,
    const SubscribeOptions& wanted,
    Shard& home,
    std::shared_ptr<KafkaConsumerStats> stats
)
    : admin_(admin),
      options_(options),
      wanted_(wanted),
      home_(home),
      stats_(std::move(stats)) {}

KafkaGroupMember::~KafkaGroupMember() {
    FLUX_ASSERT(!thread_.joinable());
}

Result<void> KafkaGroupMember::MakeClient() {
    KafkaClient client(options_, "group");
    client.Set("group.id", wanted_.group.name())
        .Set("enable.auto.commit", "false")
        .Set("enable.auto.offset.store", "false")
        .Set("auto.offset.reset", "error")  // where to begin is decided here, see Decide
        .Set("partition.assignment.strategy", options_.assignor)
        .Set("session.timeout.ms", options_.session_timeout.count())
        .Set("heartbeat.interval.ms", options_.session_timeout.count() / 4)
        .Set(
            "queued.max.messages.kbytes",
            static_cast<std::int64_t>(options_.prefetch_bytes_max / std::size_t{1024})
        )
        .Set("fetch.error.backoff.ms", 100)
        .Set("topic.metadata.refresh.interval.ms", options_.growth_interval.count());
    rd_kafka_conf_set_opaque(client.conf(), this);
    rd_kafka_conf_set_rebalance_cb(client.conf(), OnRebalance);
    rd_kafka_conf_set_offset_commit_cb(client.conf(), OnCommit);
    Result<KafkaPtr<rd_kafka_t>> made = client.Make(RD_KAFKA_CONSUMER);
    if (!made) return made.error();
    client_ = std::move(*made);
    rd_kafka_poll_set_consumer(client_.get());
    const std::scoped_lock lock(mutex_);
    events_.reset(rd_kafka_queue_get_consumer(client_.get()));
    return {};
}

Result<void> KafkaGroupMember::Begin() {
    const std::string& topic = wanted_.topic.value();
    const Result<KafkaTopic> described = admin_.Describe(wanted_.topic);
    if (!described) return described.error();
    const List positions(rd_kafka_topic_partition_list_new(described->partitions));
    for (std::int32_t i = 0; i < described->partitions; ++i)
        rd_kafka_topic_partition_list_add(positions.get(), topic.c_str(), i);
    const auto timeout = static_cast<int>(2 * options_.request_timeout.count());
    const auto code = rd_kafka_committed(client_.get(), positions.get(), timeout);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return KafkaError(
            code, fmt::format("could not ask where group {} is in {}", wanted_.group.name(), topic)
        );
    }
    return StoreBeginnings(*positions);
}

Result<void> KafkaGroupMember::StoreBeginnings(rd_kafka_topic_partition_list_t& positions) {
    const List missing(rd_kafka_topic_partition_list_new(positions.cnt));
    for (int i = 0; i < positions.cnt; ++i) {
        const rd_kafka_topic_partition_t& known = positions.elems[i];
        if (known.offset >= 0) continue;
        const auto watermarks = admin_.Watermarks(wanted_.topic, Partition(known.partition));
        if (!watermarks) return watermarks.error();
        const bool at_end = wanted_.group.start() == StartAt::kEnd;
        rd_kafka_topic_partition_list_add(missing.get(), known.topic, known.partition)->offset =
            (at_end ? watermarks->second : watermarks->first).value();
    }
    if (missing->cnt == 0) return {};
    const auto code = rd_kafka_commit(client_.get(), missing.get(), 0);
    // A group with members has decided already; only they may commit for it.
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR || IsOthersNow(code)) return {};
    return KafkaError(
        code, fmt::format("could not store where group {} begins", wanted_.group.name())
    );
}

void KafkaGroupMember::Start(const std::shared_ptr<KafkaConsumer>& consumer) {
    consumer_ = consumer;
    thread_ = std::thread([this] { Loop(); });
}

void KafkaGroupMember::Finish(std::function<void()> ended) {
    {
        const std::scoped_lock lock(mutex_);
        on_ended_ = std::move(ended);
    }
    const std::shared_ptr<KafkaConsumer> consumer = consumer_.lock();
    auto leave = [self = shared_from_this()] {
        self->leaving_ = true;
        self->Wake();
    };
    if (!consumer) return leave();
    consumer->RemoveAll(std::move(leave));
}

void KafkaGroupMember::Abandon() {
    // First the shard's side: nothing touches a queue any more when the thread closes the client.
    if (const std::shared_ptr<KafkaConsumer> consumer = consumer_.lock())
        consumer->RemoveAll([] {});
    {
        const std::scoped_lock lock(mutex_);
        abandoned_ = true;
    }
    changed_.notify_all();
    leaving_ = true;
    Wake();
}

void KafkaGroupMember::Handled(Partition partition, Offset next) {
    {
        const std::scoped_lock lock(mutex_);
        if (abandoned_ || !owned_.contains(partition)) return;
        handled_[partition] = next;
    }
    Wake();
}

void KafkaGroupMember::OutOfRange(Partition partition, Offset next) {
    log::Warn(
        "kafka.out_of_range",
        "the log does not have the record this group wants next; the member joins anew and decides "
        "where to go on",
        {{"topic", wanted_.topic.value()},
         {"partition", partition.value()},
         {"group", wanted_.group.name()},
         {"offset", next.value()}}
    );
    {
        const std::scoped_lock lock(mutex_);
        restart_ = true;
    }
    Wake();
}

void KafkaGroupMember::Wake() {
    const std::scoped_lock lock(mutex_);
    if (events_) rd_kafka_queue_yield(events_.get());
}

void KafkaGroupMember::Join() {
    {
        const std::scoped_lock lock(mutex_);
        abandoned_ = true;
    }
    changed_.notify_all();
    leaving_ = true;
    Wake();
    if (thread_.joinable()) thread_.join();
}

void KafkaGroupMember::Loop() {
    pthread_setname_np(pthread_self(), "kafka.group");
    do {
        TakePart();
    } while (StartOver());
    std::function<void()> tell;
    {
        const std::scoped_lock lock(mutex_);
        tell = std::move(on_ended_);
    }
    if (tell) home_.PostReserved(std::move(tell));
    ended_ = true;
}

void KafkaGroupMember::TakePart() {
    const List topics(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(
        topics.get(), wanted_.topic.value().c_str(), RD_KAFKA_PARTITION_UA
    );
    rd_kafka_subscribe(client_.get(), topics.get());
    const auto must_end = [this] {
        const std::scoped_lock lock(mutex_);
        return leaving_ || restart_;
    };
    while (!must_end()) {
        const KafkaPtr<rd_kafka_message_t> message(rd_kafka_consumer_poll(client_.get(), kPollMs));
        // Records go to the queues of their partitions; what comes here is about the group.
        if (message && message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            log::Warn(
                "kafka.group_error",
                rd_kafka_message_errstr(message.get()),
                {{"topic", wanted_.topic.value()}, {"group", wanted_.group.name()}}
            );
        }
        CommitHandled(false);
    }
    {
        const std::scoped_lock lock(mutex_);
        events_.reset();
    }
    rd_kafka_consumer_close(client_.get());  // revokes, and so commits
    client_.reset();
    commit_under_way_ = false;
}

bool KafkaGroupMember::StartOver() {
    std::unique_lock lock(mutex_);
    restart_ = false;
    while (!leaving_) {
        lock.unlock();
        const Result<void> made = MakeClient();
        if (made) return true;
        log::Failure("kafka.group_error", made.error().context);
        lock.lock();
        changed_.wait_for(lock, options_.request_timeout);
    }
    return false;
}

bool KafkaGroupMember::Cooperative() const {
    const char* const protocol = rd_kafka_rebalance_protocol(client_.get());
    return protocol != nullptr && std::string_view(protocol) == "COOPERATIVE";
}

void KafkaGroupMember::OnRebalance(
    rd_kafka_t* client,
    rd_kafka_resp_err_t what,
    rd_kafka_topic_partition_list_t* partitions,
    void* self
) {
    auto& member = *static_cast<KafkaGroupMember*>(self);
    member.stats_->rebalances.Add();
    log::Info(
        "kafka.rebalance",
        what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS ? "partitions were dealt to this member"
                                                     : "partitions are taken from this member",
        {{"topic", member.wanted_.topic.value()},
         {"group", member.wanted_.group.name()},
         {"partitions", partitions->cnt}}
    );
    if (what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        member.Assign(*partitions);
    } else if (what == RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS) {
        member.Revoke(*partitions);
    } else {
        rd_kafka_assign(client, nullptr);
    }
}

void KafkaGroupMember::Assign(rd_kafka_topic_partition_list_t& partitions) {
    Decide(partitions);
    std::vector<Assigned> assigned;
    for (int i = 0; i < partitions.cnt; ++i) {
        const rd_kafka_topic_partition_t& place = partitions.elems[i];
        Assigned one;
        one.partition = Partition(place.partition);
        one.first = Offset(std::max<std::int64_t>(0, place.offset));
        one.queue.reset(rd_kafka_queue_get_partition(client_.get(), place.topic, place.partition));
        if (!one.queue) continue;
        rd_kafka_queue_forward(one.queue.get(), nullptr);  // not through this thread
        assigned.push_back(std::move(one));
    }
    {
        const std::scoped_lock lock(mutex_);
        for (const Assigned& one : assigned)
            owned_.insert(one.partition);
    }
    if (Cooperative()) {
        const KafkaPtr<rd_kafka_error_t> failed(
            rd_kafka_incremental_assign(client_.get(), &partitions)
        );
        if (failed) log::Warn("kafka.group_error", rd_kafka_error_string(failed.get()));
    } else {
        rd_kafka_assign(client_.get(), &partitions);
    }
    home_.PostReserved([consumer = consumer_, dealt = std::move(assigned)]() mutable {
        const std::shared_ptr<KafkaConsumer> reader = consumer.lock();
        if (!reader) return;
        for (Assigned& one : dealt) {
            reader->Add(one.partition, one.first, [&one](std::shared_ptr<ShardSignal> signal) {
                return std::make_unique<KafkaQueue>(std::move(one.queue), std::move(signal));
            });
        }
    });
}

void KafkaGroupMember::Decide(rd_kafka_topic_partition_list_t& partitions) {
    const auto timeout = static_cast<int>(options_.request_timeout.count());
    while (partitions.cnt > 0 && !leaving_) {
        const auto code = rd_kafka_committed(client_.get(), &partitions, timeout);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) break;
        log::Warn(
            "kafka.group_error",
            "could not ask how far the group is; asking again",
            {{"group", wanted_.group.name()}, {"error", rd_kafka_err2str(code)}}
        );
    }
    for (int i = 0; i < partitions.cnt; ++i)
        DecideOne(partitions.elems[i]);
}

void KafkaGroupMember::DecideOne(rd_kafka_topic_partition_t& place) {
    const Partition partition(place.partition);
    auto watermarks = admin_.Watermarks(wanted_.topic, partition);
    while (!watermarks && !leaving_)
        watermarks = admin_.Watermarks(wanted_.topic, partition);
    if (!watermarks) return;  // leaving: nothing will be read
    std::optional<Offset> wanted;
    if (place.offset >= 0) wanted = Offset(place.offset);
    const LogPlace decided = PlaceFor(wanted, watermarks->first, watermarks->second);
    if (!decided.remark.empty()) {
        stats_->missed.Add(static_cast<std::uint64_t>(decided.missed));
        log::Failure(
            "kafka.position_gone",
            decided.remark,
            {{"topic", wanted_.topic.value()},
             {"partition", partition.value()},
             {"group", wanted_.group.name()},
             {"wanted", place.offset},
             {"from", decided.from.value()},
             {"missed", decided.missed}}
        );
    }
    place.offset = decided.from.value();
}

void KafkaGroupMember::Revoke(const rd_kafka_topic_partition_list_t& partitions) {
    std::vector<Partition> leaving;
    leaving.reserve(static_cast<std::size_t>(partitions.cnt));
    for (int i = 0; i < partitions.cnt; ++i)
        leaving.emplace_back(partitions.elems[i].partition);
    const bool lost = rd_kafka_assignment_lost(client_.get()) != 0;
    WaitForBatches(std::move(leaving));
    if (!lost) CommitHandled(true);
    {
        const std::scoped_lock lock(mutex_);
        for (int i = 0; i < partitions.cnt; ++i) {
            owned_.erase(Partition(partitions.elems[i].partition));
            handled_.erase(Partition(partitions.elems[i].partition));
        }
    }
    if (!Cooperative()) {
        rd_kafka_assign(client_.get(), nullptr);
        return;
    }
    const KafkaPtr<rd_kafka_error_t> failed(
        rd_kafka_incremental_unassign(client_.get(), &partitions)
    );
    if (failed) log::Warn("kafka.group_error", rd_kafka_error_string(failed.get()));
}

void KafkaGroupMember::WaitForBatches(std::vector<Partition> partitions) {
    struct Progress {
        bool queues_gone = false;
        bool batches_ended = false;
    };
    const auto progress = std::make_shared<Progress>();
    const auto tell = [self = shared_from_this(), progress](bool Progress::*what) {
        const std::scoped_lock lock(self->mutex_);
        (*progress).*what = true;
        self->changed_.notify_all();
    };
    home_.PostReserved([consumer = consumer_, tell, leaving = std::move(partitions)] {
        if (const std::shared_ptr<KafkaConsumer> reader = consumer.lock()) {
            reader->Remove(leaving, [tell] { tell(&Progress::batches_ended); });
        } else {
            tell(&Progress::batches_ended);
        }
        tell(&Progress::queues_gone);
    });
    // A queue that is left would outlive its client. A batch may.
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this, &progress] {
        return progress->queues_gone && (progress->batches_ended || abandoned_);
    });
}

KafkaGroupMember::List KafkaGroupMember::TakeHandled() {
    const std::scoped_lock lock(mutex_);
    if (handled_.empty()) return nullptr;
    List offsets(rd_kafka_topic_partition_list_new(static_cast<int>(handled_.size())));
    for (const auto& [partition, next] : handled_) {
        rd_kafka_topic_partition_list_add(
            offsets.get(), wanted_.topic.value().c_str(), partition.value()
        )
            ->offset = next.value();
    }
    handled_.clear();
    return offsets;
}

void KafkaGroupMember::CommitHandled(bool wait) {
    if (!wait && commit_under_way_) return;
    const List offsets = TakeHandled();
    if (!offsets) return;
    FLUX_TESTPOINT("kafka.commit.begun");
    if (wait) {
        rd_kafka_commit_queue(client_.get(), offsets.get(), nullptr, OnCommit, this);
        return;
    }
    commit_under_way_ =
        rd_kafka_commit(client_.get(), offsets.get(), 1) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

void KafkaGroupMember::OnCommit(
    rd_kafka_t*, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* offsets, void* self
) {
    auto& member = *static_cast<KafkaGroupMember*>(self);
    member.commit_under_way_ = false;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        FLUX_TESTPOINT("kafka.commit.stored");
        return member.stats_->commits.Add();
    }
    if (code == RD_KAFKA_RESP_ERR__NO_OFFSET) return;
    member.stats_->commit_failures.Add();
    log::Warn(
        "kafka.commit_failed",
        IsOthersNow(code) ? "the partitions are another member's by now, which handles these again"
                          : "positions were not stored; they will be with the next ones",
        {{"topic", member.wanted_.topic.value()},
         {"group", member.wanted_.group.name()},
         {"error", rd_kafka_err2str(code)}}
    );
    if (IsOthersNow(code) || offsets == nullptr) return;
    const std::scoped_lock lock(member.mutex_);
    for (int i = 0; i < offsets->cnt; ++i) {
        const rd_kafka_topic_partition_t& one = offsets->elems[i];
        const Partition partition(one.partition);
        if (member.owned_.contains(partition))
            member.handled_.try_emplace(partition, Offset(one.offset));
    }
}

}  // namespace flux::bus
