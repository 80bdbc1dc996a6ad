#include "bus/kafka/kafka_group_member.h"

#include "base/assert.h"
#include "base/log.h"
#include "base/random.h"
#include "base/testpoint.h"
#include "bus/kafka/kafka_client.h"
#include "bus/kafka/kafka_error.h"
#include "bus/kafka/log_place.h"
#include "runtime/backoff.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <pthread.h>
#include <string_view>
#include <utility>

namespace flux::bus {
namespace {

/// How long the thread waits for something to do before it looks for handled offsets and for the
/// end by itself; both wake it as well.
constexpr int kPollMs = 100;

/// How long Kafka is waited for by a member that leaves.
constexpr Milliseconds kLeaveMax{3'000};

/// A batch that takes longer to end than this, when its partition is to be given away, is talked
/// about; so is a question that is not answered, as often.
constexpr Milliseconds kSayInterval{10'000};

/// How long the group waits for this member at a meeting: for its batches, for Kafka's answers, and
/// for what goes with it.
Milliseconds LongestMeeting(const KafkaOptions& options) {
    constexpr Milliseconds kTheRest{60'000};
    return 2 * options.meeting_timeout + kTheRest;
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
        .Set("max.poll.interval.ms", LongestMeeting(options_).count())
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
    const Result<void> asked = AskCommitted(*positions, 2 * options_.request_timeout);
    if (!asked) return asked.error();
    return StoreBeginnings(*positions);
}

Result<void> KafkaGroupMember::AskCommitted(
    rd_kafka_topic_partition_list_t& partitions, Milliseconds longest
) {
    auto code = rd_kafka_committed(client_.get(), &partitions, static_cast<int>(longest.count()));
    // A partition with an error has no position, which is not the same as none being stored.
    for (int i = 0; i < partitions.cnt && code == RD_KAFKA_RESP_ERR_NO_ERROR; ++i)
        code = partitions.elems[i].err;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    return KafkaError(
        code,
        fmt::format(
            "could not ask where group {} is in {}", wanted_.group.name(), wanted_.topic.value()
        )
    );
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
    const auto code = CommitNow(*missing);
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
    auto leave = [self = shared_from_this()] { self->Leave(); };
    if (!consumer) return leave();
    consumer->RemoveAll(std::move(leave));
}

void KafkaGroupMember::Abandon() {
    // First the shard's side: nothing touches a queue any more when the thread closes the client.
    if (const std::shared_ptr<KafkaConsumer> consumer = consumer_.lock())
        consumer->RemoveAll([] {});
    progress_.Abandon();
    {
        const std::scoped_lock lock(mutex_);
        abandoned_ = true;
    }
    Leave();
}

void KafkaGroupMember::Leave() {
    {
        const std::scoped_lock lock(mutex_);
        leaving_ = true;
    }
    changed_.notify_all();
    Wake();
}

void KafkaGroupMember::Handled(Partition partition, Offset next) {
    handled_since_ = true;
    progress_.Handled(partition, next);
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
    const bool got_on = std::exchange(handled_since_, false);
    {
        const std::scoped_lock lock(mutex_);
        restart_ = true;
        // Joined anew, and gone again at once: not without a pause.
        if (!got_on) pause_ = options_.retry_longest;
    }
    Wake();
}

void KafkaGroupMember::Say(
    log::Level level, std::string_view event, std::string_view text, std::string_view why
) const {
    log::Write(
        level,
        event,
        text,
        {{"topic", wanted_.topic.value()}, {"group", wanted_.group.name()}, {"error", why}}
    );
}

void KafkaGroupMember::Wake() {
    const std::scoped_lock lock(mutex_);
    if (events_) rd_kafka_queue_yield(events_.get());
}

void KafkaGroupMember::PauseFor(Milliseconds pause) {
    const std::scoped_lock lock(mutex_);
    pause_ = pause;
}

void KafkaGroupMember::Join() {
    progress_.Abandon();
    {
        const std::scoped_lock lock(mutex_);
        abandoned_ = true;
    }
    Leave();
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
            Say(log::Level::kWarn, "kafka.group_error", rd_kafka_message_errstr(message.get()), "");
        }
        CommitHandled();
    }
    {
        const std::scoped_lock lock(mutex_);
        events_.reset();
    }
    CloseClient();
    under_way_.clear();
}

/// Revokes, and so commits. Brokers that hang are waited for no longer than a while: then nothing
/// more is committed, and the group misses this member when its session is over.
void KafkaGroupMember::CloseClient() {
    KafkaPtr<rd_kafka_queue_t> told(rd_kafka_queue_new(client_.get()));
    const KafkaPtr<rd_kafka_error_t> failed(rd_kafka_consumer_close_queue(client_.get(), told.get())
    );
    const auto longest = [] { return SystemClock::Instance().Now() + kLeaveMax; };
    for (SteadyTime until = longest(); !failed && SystemClock::Instance().Now() < until;) {
        if (rd_kafka_consumer_closed(client_.get()) != 0) break;
        if (rd_kafka_queue_poll_callback(told.get(), kPollMs) > 0) until = longest();
    }
    told.reset();
    client_.reset();
}

bool KafkaGroupMember::StartOver() {
    std::unique_lock lock(mutex_);
    restart_ = false;
    changed_.wait_for(lock, std::exchange(pause_, Milliseconds(0)), [this] {
        return leaving_.load();
    });
    while (!leaving_) {
        lock.unlock();
        const Result<void> made = MakeClient();
        if (made) return true;
        log::Failure("kafka.group_error", made.error().context);
        lock.lock();
        changed_.wait_for(lock, options_.request_timeout, [this] { return leaving_.load(); });
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
    FLUX_TESTPOINT("kafka.partitions.dealt");
    if (Decide(partitions)) return Take(partitions);
    const List none(rd_kafka_topic_partition_list_new(0));
    Take(*none);
    const std::scoped_lock lock(mutex_);
    restart_ = true;  // leaving the group hands them to the others
}

void KafkaGroupMember::Take(rd_kafka_topic_partition_list_t& partitions) {
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
    for (const Assigned& one : assigned)
        progress_.Deal(one.partition);
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

bool KafkaGroupMember::Decide(rd_kafka_topic_partition_list_t& partitions) {
    if (partitions.cnt == 0) return true;
    const SteadyTime until = SystemClock::Instance().Now() + options_.meeting_timeout;
    const auto ask = [&] { return AskCommitted(partitions, options_.request_timeout); };
    if (!AskUntil(until, ask)) return false;
    for (int i = 0; i < partitions.cnt; ++i) {
        if (!DecideOne(partitions.elems[i], until)) return false;
    }
    return true;
}

bool KafkaGroupMember::AskUntil(SteadyTime until, const std::function<Result<void>()>& ask) {
    Random random(SecureRandomSeed());
    Backoff pause(options_.retry_first, options_.retry_longest, random);
    SteadyTime say_again;
    while (!leaving_) {
        const Result<void> answered = ask();
        if (answered) return true;
        const std::string& why = answered.error().context;
        const SteadyTime now = SystemClock::Instance().Now();
        const bool refused = answered.error().code == ErrorCode::kPermission;
        if (refused || now >= until) {
            if (refused) PauseFor(options_.refused_pause);
            Say(log::Level::kError,
                "kafka.group_error",
                "partitions are not taken, because it is not known where to read them; the member "
                "leaves its group and joins anew",
                why);
            return false;
        }
        if (now >= say_again) {
            say_again = now + kSayInterval;
            Say(log::Level::kWarn,
                "kafka.group_error",
                "it is not known yet where to read; asking again",
                why);
        }
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, pause.Next(), [this] { return leaving_.load(); });
    }
    return false;
}

bool KafkaGroupMember::DecideOne(rd_kafka_topic_partition_t& place, SteadyTime until) {
    const Partition partition(place.partition);
    std::pair<Offset, Offset> watermarks;
    const auto ask = [&]() -> Result<void> {
        const auto told = admin_.Watermarks(wanted_.topic, partition);
        if (!told) return told.error();
        watermarks = *told;
        return {};
    };
    if (!AskUntil(until, ask)) return false;
    std::optional<Offset> wanted;
    if (place.offset >= 0) wanted = Offset(place.offset);
    const LogPlace decided = PlaceFor(wanted, watermarks.first, watermarks.second);
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
    return true;
}

void KafkaGroupMember::Revoke(const rd_kafka_topic_partition_list_t& partitions) {
    std::vector<Partition> leaving;
    leaving.reserve(static_cast<std::size_t>(partitions.cnt));
    for (int i = 0; i < partitions.cnt; ++i)
        leaving.emplace_back(partitions.elems[i].partition);
    const bool lost = rd_kafka_assignment_lost(client_.get()) != 0;
    WaitForBatches(leaving);
    if (lost) progress_.GiveAway(leaving);
    const std::vector<GroupProgress::Place> handled = progress_.Take();
    progress_.GiveAway(leaving);  // before the commit: what it does not store is for the next one
    if (!handled.empty()) {
        FLUX_TESTPOINT("kafka.commit.begun");
        const List offsets = ListOf(handled);
        OnCommitted(CommitNow(*offsets), handled);
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

void KafkaGroupMember::WaitForBatches(const std::vector<Partition>& partitions) {
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
    home_.PostReserved([consumer = consumer_, tell, partitions] {
        if (const std::shared_ptr<KafkaConsumer> reader = consumer.lock()) {
            reader->Remove(partitions, [tell] { tell(&Progress::batches_ended); });
        } else {
            tell(&Progress::batches_ended);
        }
        tell(&Progress::queues_gone);
    });
    const auto done = [this, &progress] {
        return progress->queues_gone && (progress->batches_ended || abandoned_);
    };
    const Milliseconds patience = std::min(kSayInterval, options_.meeting_timeout);
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, patience, done)) return;
    lock.unlock();
    Say(log::Level::kWarn,
        "kafka.batch_slow",
        "partitions are to be given away, but a batch of theirs has not ended; the group waits for "
        "it",
        "");
    lock.lock();
    if (changed_.wait_for(lock, options_.meeting_timeout - patience, done)) return;
    // A queue that is left would outlive its client. A batch may.
    changed_.wait(lock, [&progress] { return progress->queues_gone; });
    lock.unlock();
    LeaveBatchesBehind(partitions);
}

void KafkaGroupMember::LeaveBatchesBehind(const std::vector<Partition>& partitions) {
    Say(log::Level::kError,
        "kafka.batch_left",
        "a batch did not end in time; its partition is given away all the same, and the next "
        "member handles its records again",
        "");
    home_.PostReserved([consumer = consumer_, partitions] {
        if (const std::shared_ptr<KafkaConsumer> reader = consumer.lock())
            reader->Disown(partitions);
    });
}

KafkaGroupMember::List KafkaGroupMember::ListOf(const std::vector<GroupProgress::Place>& places
) const {
    const char* const topic = wanted_.topic.value().c_str();
    List offsets(rd_kafka_topic_partition_list_new(static_cast<int>(places.size())));
    for (const GroupProgress::Place& place : places) {
        rd_kafka_topic_partition_list_add(offsets.get(), topic, place.partition.value())->offset =
            place.next.value();
    }
    return offsets;
}

void KafkaGroupMember::CommitHandled() {
    if (!under_way_.empty()) return;
    std::vector<GroupProgress::Place> handled = progress_.Take();
    if (handled.empty()) return;
    FLUX_TESTPOINT("kafka.commit.begun");
    const auto code = rd_kafka_commit(client_.get(), ListOf(handled).get(), 1);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return OnCommitted(code, handled);
    under_way_ = std::move(handled);
}

rd_kafka_resp_err_t KafkaGroupMember::CommitNow(const rd_kafka_topic_partition_list_t& offsets) {
    // With a callback of its own, or OnCommit would be called for it, too.
    const auto nothing = [](rd_kafka_t*, auto, auto*, void*) {};
    return rd_kafka_commit_queue(client_.get(), &offsets, nullptr, nothing, nullptr);
}

void KafkaGroupMember::OnCommit(
    rd_kafka_t*, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t*, void* self
) {
    auto& member = *static_cast<KafkaGroupMember*>(self);
    member.OnCommitted(code, std::exchange(member.under_way_, {}));
}

void KafkaGroupMember::OnCommitted(
    rd_kafka_resp_err_t code, const std::vector<GroupProgress::Place>& places
) {
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        FLUX_TESTPOINT("kafka.commit.stored");
        commit_failure_said_ = false;
        return stats_->commits.Add();
    }
    if (code == RD_KAFKA_RESP_ERR__NO_OFFSET) return;
    stats_->commit_failures.Add();
    const bool again = !IsOthersNow(code) && progress_.TakeBack(places);
    if (std::exchange(commit_failure_said_, again) && again) return;
    Say(log::Level::kWarn,
        "kafka.commit_failed",
        again ? "positions were not stored; they will be with the next ones"
              : "positions were not stored; whoever is given the partitions handles these records "
                "again",
        rd_kafka_err2str(code));
}

}  // namespace flux::bus
