#include "gateway/bus_pump.h"

#include "base/log.h"
#include "gateway/rendered_event.h"
#include "json/json_check.h"
#include "limits/limits.h"
#include "runtime/patience.h"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>
#include <variant>

namespace flux::gateway {

namespace {

constexpr std::size_t kPostsPerTurn = 256;  // the shards' ring is bounded

std::optional<std::string_view> KeyOf(const bus::Message& message) {
    if (!message.key) return std::nullopt;
    return std::string_view(*message.key);
}

}  // namespace

BusPump::BusPump(
    std::string topic,
    const RouteTable& routes,
    Broadcaster& broadcaster,
    std::vector<RouteStats>& route_stats
)
    : topic_(std::move(topic)),
      routes_(routes),
      broadcaster_(broadcaster),
      route_stats_(route_stats),
      numbers_(routes.OfTopic(topic_)),
      replays_(broadcaster.replay().Follows(topic_)) {}

Task<Result<void>> BusPump::Start(
    bus::EventBus& bus, const LookBackOptions& look_back, SteadyTime until, MissingTopic missing
) {
    stopped_ = false;
    LookBack looking(topic_, routes_, look_back, stats_);
    if (!looking.wanted() && !replays_) co_return co_await SubscribeOrElse(bus, missing);
    gate_ = std::make_unique<boost::asio::steady_timer>(Shard::Current()->io());
    gate_->expires_at(SteadyTime::max());
    bus::TopicName name(topic_);
    const auto before = co_await bus.Watermarks(std::move(name));
    Result<void> started = co_await SubscribeOrElse(bus, missing);
    if (subscription_) started = co_await WarmUp(bus, looking, until);
    // Only what came between the two questions comes again.
    for (std::size_t i = 0; before && i < before->size(); ++i) {
        const auto number = static_cast<std::int32_t>(i);
        const auto mark = looked_back_to_.find(number);
        if (mark != looked_back_to_.end() && mark->second == (*before)[i].second) {
            looked_back_to_.erase(mark);
        }
    }
    if (!started) co_await Stop();
    if (!replays_) OpenGate();
    co_return started;
}

/// Nothing is missing between the two: the look back ends at a mark that is asked for when the
/// place where the subscription begins is fixed already.
Task<Result<void>> BusPump::WarmUp(bus::EventBus& bus, LookBack& look_back, SteadyTime until) {
    const Clock& clock = Shard::Current()->clock();
    const SteadyTime began = clock.Now();
    Result<std::vector<std::pair<bus::Offset, bus::Offset>>> marks = Error();
    std::function<Task<Result<void>>()> ask = [&]() -> Task<Result<void>> {
        bus::TopicName name(topic_);
        marks = co_await bus.Watermarks(std::move(name));
        if (!marks) co_return marks.error();
        co_return Result<void>();
    };
    const Patience patience(until, [this] { return stopped_; });
    std::string what = "where topic " + topic_ + " ends";
    const Result<void> asked = co_await patience.Try(std::move(what), std::move(ask));
    if (!asked && replays_) co_return asked.error();
    if (!asked) {
        stats_.warm_up_cut.Add();
        log::Warn(
            "gateway.warm_up_cut",
            "a topic could not be looked back at; its keys come with their next record",
            {{"topic", topic_}, {"error", asked.error().context}}
        );
        co_return Result<void>();
    }
    if (look_back.wanted()) co_await look_back.Run(bus, *marks, clock, until);
    for (std::size_t i = 0; i < marks->size(); ++i) {
        const auto number = static_cast<std::int32_t>(i);
        if (look_back.Read(bus::Partition(number))) looked_back_to_[number] = (*marks)[i].second;
    }
    if (replays_) {
        Begin(look_back, *marks);
    } else {
        co_await PostNewest(look_back);
    }
    log::Info(
        "gateway.warm",
        "the newest events of a topic are there",
        {{"topic", topic_},
         {"records", stats_.warm_up_records.value()},
         {"snapshots", stats_.warm_up_snapshots.value()},
         {"milliseconds", std::chrono::duration_cast<Milliseconds>(clock.Now() - began).count()}}
    );
    co_return Result<void>();
}

Task<> BusPump::PostNewest(LookBack& look_back) {
    for (const NewestEvent& newest : look_back.TakeNewest()) {
        broadcaster_.Post(newest.route, newest.event.key, newest.event.room, newest.event.frame);
        if (watcher_) {
            watcher_->OnFound(*routes_.Find(newest.route), newest.event.room, newest.at);
        }
        stats_.warm_up_snapshots.Add();
        if (stats_.warm_up_snapshots.value() % kPostsPerTurn == 0) {
            co_await boost::asio::post(Shard::Current()->io(), boost::asio::use_awaitable);
        }
    }
}

/// What replays know begins with the oldest record that was found, or at the mark.
void BusPump::Begin(LookBack& look_back, const LookBack::Marks& marks) {
    std::vector<std::int64_t> next;
    for (std::size_t i = 0; i < marks.size(); ++i) {
        const bus::Partition partition(static_cast<std::int32_t>(i));
        const bool read = look_back.Read(partition);
        next.push_back((read ? look_back.Begin(partition) : marks[i].second).value());
    }
    broadcaster_.replay().Start(topic_, next);
    found_ = look_back.TakeRecords();
}

Task<> BusPump::Replay(const std::function<Task<>()>& keep_up) {
    std::size_t records = 0;
    std::size_t bytes = 0;
    for (const bus::Message& message : std::exchange(found_, {})) {
        RelayToReplays(message);
        bytes += message.payload.size();
        if (++records < kPostsPerTurn && bytes < limits::kBatchBytesMax) continue;
        records = 0;
        bytes = 0;
        co_await keep_up();
    }
    OpenGate();
}

void BusPump::OpenGate() {
    const std::unique_ptr<boost::asio::steady_timer> gate = std::move(gate_);
    if (gate) gate->cancel();
}

Task<Result<void>> BusPump::SubscribeOrElse(bus::EventBus& bus, const MissingTopic& missing) {
    Result<void> subscribed = co_await Subscribe(bus, bus::StartAt::kEnd);
    if (subscribed || subscribed.error().code != ErrorCode::kNotFound) co_return subscribed;
    if (!missing.make) {
        log::Warn(
            "gateway.topic_missing",
            "a route reads a topic that is not there; correct the name in the route, or make the "
            "topic: it is read from its beginning once it is there",
            {{"topic", topic_}}
        );
        stats_.missing.Set(1);
        co_return Result<void>();
    }
    bus::TopicName name(topic_);
    bus::TopicOptions options = *missing.make;
    const Result<void> created = co_await bus.EnsureTopic(std::move(name), options);
    if (!created) co_return created.error();
    co_return co_await Subscribe(bus, bus::StartAt::kEnd);
}

/// Nothing of it was there before, so all of it is new.
Task<Result<void>> BusPump::LookAgain(bus::EventBus& bus) {
    if (replays_) {
        const Result<void> begun = co_await BeginReplayOf(bus);
        if (!begun) co_return begun;
    }
    const Result<void> subscribed = co_await Subscribe(bus, bus::StartAt::kBeginning);
    if (!subscribed) co_return subscribed;
    stats_.missing.Set(0);
    log::Info(
        "gateway.topic_found",
        "a topic that was waited for is there, and read from its beginning",
        {{"topic", topic_}}
    );
    co_return Result<void>();
}

/// Before its first record is read it is known which partitions it has, as it is to a gateway that
/// starts now: both speak of the same positions.
Task<Result<void>> BusPump::BeginReplayOf(bus::EventBus& bus) {
    bus::TopicName name(topic_);
    const auto marks = co_await bus.Watermarks(std::move(name));
    if (!marks) co_return marks.error();
    if (marks->empty()) {
        co_return Error(
            ErrorCode::kNotFound, Retry::kNever, "topic " + topic_ + " has no partition yet"
        );
    }
    std::vector<std::int64_t> next;
    for (const auto& [oldest, end] : *marks)
        next.push_back(oldest.value());
    if (broadcaster_.replay().Found(topic_, next)) broadcaster_.PostLayout();
    co_return Result<void>();
}

Task<Result<void>> BusPump::Subscribe(bus::EventBus& bus, bus::StartAt start) {
    bus::SubscribeOptions options;
    options.topic = bus::TopicName(topic_);
    options.group = bus::Group::EveryInstance(start);
    // Of a replay route's topic every record is looked at: what this gateway has read up to is what
    // clients of other gateways are measured by.
    if (replays_) {
        options.lost = [this](bus::Partition partition, bus::Offset from) {
            OnLost(partition, from);
        };
    } else {
        options.wants = [this](std::optional<std::string_view> key) {
            return std::any_of(numbers_.begin(), numbers_.end(), [&](RouteNumber number) {
                return routes_.Find(number)->match.AllowsKey(key);
            });
        };
    }
    bus::BatchHandler handler = [this](const std::vector<bus::Message>& batch) {
        return Handle(batch);
    };
    auto subscribed = co_await bus.Subscribe(std::move(options), std::move(handler));
    if (!subscribed) co_return subscribed.error();
    subscription_ = *std::move(subscribed);
    co_return Result<void>();
}

Task<> BusPump::Stop() {
    stopped_ = true;
    OpenGate();
    if (!subscription_) co_return;
    co_await subscription_->Close();
    subscription_.reset();
}

Task<Result<void>> BusPump::Handle(const std::vector<bus::Message>& batch) {
    while (gate_) {
        boost::system::error_code ignored;
        auto opened = boost::asio::redirect_error(boost::asio::use_awaitable, ignored);
        co_await gate_->async_wait(opened);
        if (stopped_) co_return Error(ErrorCode::kClosed, Retry::kLater, "stopped while starting");
    }
    for (const bus::Message& message : batch)
        Relay(message);
    co_return Result<void>();
}

/// Clients may have missed what is gone: who was there then begins anew when it comes back.
void BusPump::OnLost(bus::Partition partition, bus::Offset from) {
    stats_.lost.Add();
    if (!std::exchange(loss_logged_, true)) {
        log::Warn(
            "gateway.replay_lost",
            "records of a replay route were gone from the log before this gateway read them; "
            "sessions from before begin anew, and further losses are only counted "
            "(flux_gateway_replay_lost_total); keep the topic's records longer, or see why reading "
            "is slow",
            {{"topic", topic_}, {"partition", partition.value()}, {"from", from.value()}}
        );
    }
    if (broadcaster_.replay().Lose(topic_, partition, from.value())) broadcaster_.PostLayout();
}

void BusPump::Relay(const bus::Message& message) {
    stats_.records.Add();
    const bool looked_back = LookedBackAt(message);
    if (!replays_) return RelayToRoutes(message, looked_back);
    if (!looked_back) RelayToReplays(message);
}

void BusPump::RelayToReplays(const bus::Message& message) {
    if (broadcaster_.replay().Read(message)) broadcaster_.PostLayout();
    RelayToRoutes(message, false);
    broadcaster_.replay().Finish();
}

void BusPump::RelayToRoutes(const bus::Message& message, bool looked_back) {
    if (message.payload.empty()) stats_.tombstones.Add();
    bool taken = false;
    bool settled = false;
    bool delivered = false;
    bool passed = false;
    for (const RouteNumber number : numbers_) {
        const Route& route = *routes_.Find(number);
        if (!route.match.AllowsKey(KeyOf(message))) continue;
        if (looked_back && LookBack::Settles(route)) {
            settled = true;
            continue;
        }
        if (message.payload.empty()) {
            Forget(number, message);
        } else {
            if (!taken) {
                const Result<void> checked = json::Check(message.payload.view());
                if (!checked) {
                    const bool large = checked.error().code == ErrorCode::kTooLarge;
                    return Pass(
                        large ? Skip::kTooLarge : Skip::kBadJson, message, checked.error().context
                    );
                }
            }
            const Outcome outcome = Deliver(number, message);
            delivered = delivered || outcome == Outcome::kDelivered;
            passed = passed || outcome == Outcome::kPassed;
        }
        taken = true;
    }
    if (!taken && !settled) stats_.unmatched.Add();
    if (taken && !message.payload.empty()) TellOf(message, delivered, passed);
}

void BusPump::TellOf(const bus::Message& message, bool delivered, bool passed) {
    if (!watcher_) return;
    const Result<void> told = watcher_->OnRecord(message, delivered);
    if (!told && !delivered && !passed) Pass(Skip::kBadPayload, message, told.error().context);
}

/// Whether the look back has dealt with this record: what it found is as new or newer.
bool BusPump::LookedBackAt(const bus::Message& message) {
    if (looked_back_to_.empty()) return false;
    const auto mark = looked_back_to_.find(message.partition.value());
    if (mark == looked_back_to_.end()) return false;
    if (message.offset < mark->second) return true;
    looked_back_to_.erase(mark);
    return false;
}

BusPump::Outcome BusPump::Deliver(RouteNumber number, const bus::Message& message) {
    const Route& route = *routes_.Find(number);
    if (!route.match.AllowsPayload(message.payload.view())) return Outcome::kNotMine;
    RouteStats& stats = route_stats_[number - 1];
    stats.matched.Add();
    std::variant<RenderedEvent, Unrenderable> rendered = Render(route, message);
    if (const auto* const failed = std::get_if<Unrenderable>(&rendered)) {
        Pass(failed->why, message, failed->detail);
        return Outcome::kPassed;
    }
    const auto& event = std::get<RenderedEvent>(rendered);
    stats.encoded_bytes.Add(event.frame.size());
    stats.deliveries.Add();
    broadcaster_.Post(number, event.key, event.room, event.frame);
    if (writer_ && route.cache && route.cache->written) {
        const bool own = event.cache_value.empty();
        SharedBytes value = own ? message.payload : SharedBytes(event.cache_value);
        writer_->Write(event.cache_key, std::move(value), route.cache->ttl);
    }
    return Outcome::kDelivered;
}

void BusPump::Forget(RouteNumber number, const bus::Message& message) {
    const Route& route = *routes_.Find(number);
    if (route.snapshot == SnapshotRule::kNone) return;
    // An event that is a fact does not end by being empty.
    if (route.shape != nullptr) return Pass(Skip::kBadPayload, message, "it has no payload");
    if (!message.key) return Pass(Skip::kNoKey, message, "a record without payload needs a key");
    const Result<std::string> key = SnapshotKeyOf(route, message);
    if (!key) return Pass(Skip::kNoKey, message, key.error().context);
    broadcaster_.Forget(number, *key);
    if (!writer_ || !route.cache) return;
    if (const auto cache_key = CacheKeyOf(route, message)) writer_->Forget(*cache_key);
}

void BusPump::Pass(Skip why, const bus::Message& message, std::string_view detail) {
    const auto index = static_cast<std::size_t>(why);
    stats_.skipped[index].Add();
    if (logged_[index]) return;
    logged_[index] = true;
    log::Warn(
        "gateway.record_skipped",
        "a record was passed over; further ones of this kind are only counted "
        "(flux_gateway_records_skipped_total)",
        {{"topic", topic_},
         {"partition", message.partition.value()},
         {"offset", message.offset.value()},
         {"reason", kSkipNames[index]},
         {"detail", detail}}
    );
}

}  // namespace flux::gateway
