#include "gateway/id_claim.h"

#include "base/log.h"
#include "contract/topics.h"
#include "gateway/process_identity.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace flux::gateway {
namespace {

constexpr Milliseconds kLook{20};  // between two looks while something is awaited
constexpr Milliseconds kFarewell{1'000};
constexpr std::size_t kOthersMax = 64;
/// More than a fleet of 36 says in IdClaimTimes::silence.
constexpr std::size_t kRecordsBack = 512;

bus::TopicName Topic() {
    return bus::TopicName(std::string(contract::kGateways.name));
}

}  // namespace

IdClaim::IdClaim(
    Shard& shard,
    bus::EventBus& bus,
    contract::GatewayClaim self,
    IdClaimTimes times,
    MetricRegistry& metrics
)
    : shard_(shard),
      bus_(bus),
      self_(std::move(self)),
      times_(times),
      sending_(std::make_shared<Sending>()),
      tasks_(shard),
      registration_(metrics.Add([this](MetricWriter& out) {
          out.Write("gateway_id_conflict", "Whether another gateway uses this one's id", conflict_);
      })) {}

IdClaim::~IdClaim() = default;

Task<Result<void>> IdClaim::Take(std::function<bool()> abandoned, Patience patience) {
    std::function<Task<Result<void>>()> listen = [this] { return Listen(); };
    std::string what = fmt::format("topic {}", contract::kGateways.name);
    const Result<void> listens = co_await patience.Try(std::move(what), std::move(listen));
    if (!listens) {
        if (abandoned()) co_return listens;
        FailOpen(listens.error());
        co_return Result<void>();
    }
    co_await LookBack();
    tasks_.Spawn("gateway.id_beat", Beat());
    const Result<void> alone = co_await Await(abandoned);
    taken_ = alone.has_value();
    if (!taken_) co_await Release();
    co_return alone;
}

Task<Result<void>> IdClaim::Listen() {
    bus::TopicOptions topic;
    topic.partitions = contract::kGateways.partitions;
    topic.durable = contract::kGateways.durable;
    const Result<void> made = co_await bus_.EnsureTopic(Topic(), topic);
    // One that is kept otherwise serves as well.
    if (!made && made.error().code != ErrorCode::kConflict) co_return made;
    bus::SubscribeOptions options;
    options.topic = Topic();
    options.wants = [this](std::optional<std::string_view> key) { return key == self_.id; };
    bus::BatchHandler handler = [this](const std::vector<bus::Message>& batch) {
        return Handle(batch);
    };
    auto subscribed = co_await bus_.Subscribe(std::move(options), std::move(handler));
    if (!subscribed) co_return subscribed.error();
    subscription_ = *std::move(subscribed);
    co_return Result<void>();
}

/// Who has used the id of late. What cannot be read is heard again with the next beat.
Task<> IdClaim::LookBack() {
    const auto marks = co_await bus_.Watermarks(Topic());
    if (!marks) co_return;
    const auto back = static_cast<std::int64_t>(kRecordsBack);
    bus::Position from;
    from.log_identity = bus_.identity();
    // One partition, unless somebody has made it otherwise.
    for (std::size_t i = 0; i < marks->size(); ++i) {
        const auto [first, end] = (*marks)[i];
        from.partition = bus::Partition(static_cast<std::int32_t>(i));
        from.offset = std::max(first, bus::Offset(end.value() - back));
        while (from.offset < end) {
            const auto records = co_await bus_.Read(Topic(), from, kRecordsBack);
            if (!records || records->empty()) break;
            for (const bus::Message& record : *records)
                Hear(record, false);
            from.offset = bus::Offset(records->back().offset.value() + 1);
        }
    }
}

/// Until this gateway's own record is back, by when every earlier one has come too; then until no
/// rival is left: each is heard (then it lives), has gone, or stays silent.
Task<Result<void>> IdClaim::Await(const std::function<bool()>& abandoned) {
    SteadyTime until = shard_.clock().Now() + times_.echo;
    bool known = false;
    bool waits = false;
    for (;;) {
        if (abandoned()) {
            co_return Error(ErrorCode::kClosed, Retry::kNever, "stopped while starting");
        }
        const SteadyTime now = shard_.clock().Now();
        if (claimed_ && !std::exchange(known, true)) until = now + times_.silence;
        if (known) {
            if (const Other* const rival = Rival(true)) co_return Taken(*rival);
            const Other* const rival = Rival(false);
            if (rival == nullptr) {
                SayInherited();
                co_return Result<void>();
            }
            if (!std::exchange(waits, true)) SayWaits(*rival);
        }
        if (now >= until) break;
        co_await SleepFor(kLook);
    }
    if (!known) {
        FailOpen(Error(ErrorCode::kTimeout, Retry::kLater, "its own record did not come back"));
    }
    co_return Result<void>();
}

/// An earlier claimant that may live; `heard_since`: that surely does, because it spoke after this
/// gateway's claim.
const IdClaim::Other* IdClaim::Rival(bool heard_since) const {
    for (const auto& [instance, other] : others_) {
        if (other.first > *claimed_) continue;
        if (heard_since ? other.last > *claimed_ : !HasEnded(other.claim, self_)) return &other;
    }
    return nullptr;
}

/// That whoever had the id ended without giving it back.
void IdClaim::SayInherited() const {
    const Other* newest = nullptr;
    for (const auto& [instance, other] : others_) {
        if (other.first > *claimed_) continue;
        if (newest == nullptr || other.last > newest->last) newest = &other;
    }
    if (newest == nullptr) return;
    log::Info(
        "gateway.id_inherited",
        "the gateway that had this id ended without giving it back; this one goes on with it",
        {{"id", self_.id}, {"host", newest->claim.host}, {"process", newest->claim.process}}
    );
}

void IdClaim::SayWaits(const Other& rival) const {
    const std::chrono::duration<double> seconds = times_.silence;
    log::Info(
        "gateway.id_waits",
        "another gateway has used this id a moment ago, and it cannot be seen from here whether it "
        "runs; this one starts when nothing was heard of that for a while",
        {{"id", self_.id},
         {"host", rival.claim.host},
         {"process", rival.claim.process},
         {"seconds", seconds.count()}}
    );
}

Error IdClaim::Taken(const Other& other) const {
    return Error(
        ErrorCode::kConflict,
        Retry::kLater,
        fmt::format(
            "gateway.id '{}' is in use: process {} on host {} is a gateway of this fleet with that "
            "id, and a proxy could not tell the two apart. Give each gateway a character of its "
            "own (--gateway.id, one of a-z, 0-9), or stop that one first",
            self_.id,
            other.claim.process,
            other.claim.host
        )
    );
}

void IdClaim::FailOpen(const Error& error) const {
    log::Warn(
        "gateway.id_unchecked",
        "nobody could be asked whether another gateway of this fleet has the same gateway.id; "
        "`flux topics apply` makes the topic, and the login must be allowed to read and write it",
        {{"id", self_.id}, {"topic", contract::kGateways.name}, {"error", error.context}}
    );
}

Task<Result<void>> IdClaim::Handle(const std::vector<bus::Message>& batch) {
    for (const bus::Message& message : batch)
        Hear(message, true);
    Judge();
    co_return Result<void>();
}

void IdClaim::Hear(const bus::Message& message, bool live) {
    if (message.key != self_.id) return;
    const Result<contract::GatewayClaim> claim =
        contract::DecodeGatewayClaim(message.payload.view());
    if (!claim) return;
    if (claim->instance == self_.instance) {
        if (!claimed_) claimed_ = message.offset;
        return;
    }
    if (claim->gone) {
        others_.erase(claim->instance);
        return;
    }
    const SteadyTime now = shard_.clock().Now();
    if (!live && message.timestamp + times_.memory.count() < shard_.clock().WallNow()) return;
    const auto found = others_.find(claim->instance);
    if (found != others_.end()) {
        found->second.last = std::max(found->second.last, message.offset);
        found->second.heard = now;
        return;
    }
    if (others_.size() >= kOthersMax) return;
    Other other;
    other.claim = *claim;
    other.first = other.last = message.offset;
    other.since = other.heard = now;
    others_.emplace(claim->instance, std::move(other));
    // Whoever asks need not wait for the next beat.
    if (live && claimed_) Say(false);
}

/// Newcomers with this id go away again; one that stays is told. Who is not heard is forgotten.
void IdClaim::Judge() {
    const SteadyTime now = shard_.clock().Now();
    std::erase_if(others_, [&](const auto& one) {
        return taken_ && one.second.heard + times_.silence < now;
    });
    bool conflict = false;
    for (auto& [instance, other] : others_) {
        const bool stays = taken_ && other.since + times_.silence + times_.beat < other.heard;
        if (!stays) continue;
        conflict = true;
        if (std::exchange(other.told, true)) continue;
        log::Failure(
            "gateway.id_taken",
            "another gateway of this fleet uses this one's gateway.id, so a proxy sends polling "
            "clients of one to the other; stop one of the two, or give it another id",
            {{"id", self_.id}, {"host", other.claim.host}, {"process", other.claim.process}}
        );
    }
    conflict_.Set(conflict ? 1 : 0);
}

Task<> IdClaim::Beat() {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    // Asked as well, because a cancellation between two sleeps is not seen by the next one.
    while (!released_) {
        Say(false);
        const bool slept = co_await SleepFor(times_.beat);
        if (!slept) co_return;
        Judge();
    }
}

/// One record is under way at a time; while the bus is away there is nothing to say.
void IdClaim::Say(bool gone) {
    if (sending_->busy) return;
    sending_->busy = true;
    said_ = true;
    contract::GatewayClaim claim = self_;
    claim.gone = gone;
    bus::Outgoing record;
    record.topic = Topic();
    record.key = self_.id;
    record.payload = SharedBytes(contract::Encode(claim));
    // It may outlive this object: the bus answers when it ends, at the latest.
    auto send = [](bus::EventBus& bus, bus::Outgoing outgoing, std::shared_ptr<Sending> sending
                ) -> Task<> {
        const auto stored = co_await bus.Publish(std::move(outgoing));
        static_cast<void>(stored);  // the next beat says it again
        sending->busy = false;
    };
    boost::asio::co_spawn(
        shard_.io(), send(bus_, std::move(record), sending_), boost::asio::detached
    );
}

Task<> IdClaim::Release() {
    if (std::exchange(released_, true)) co_return;
    taken_ = false;
    co_await tasks_.Drain();
    const SteadyTime until = shard_.clock().Now() + kFarewell;
    bool farewell = false;
    while (said_ && shard_.clock().Now() < until) {
        if (!sending_->busy && farewell) break;
        if (!sending_->busy) {
            Say(true);
            farewell = true;
        }
        co_await SleepFor(kLook);
    }
    if (!subscription_) co_return;
    co_await subscription_->Close();
    subscription_.reset();
}

}  // namespace flux::gateway
