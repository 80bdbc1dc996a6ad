#include "feeds/upstream/refresh_loop.h"

#include "base/log.h"
#include "base/units.h"
#include "contract/commands.h"
#include "feeds/upstream/fleet_lease.h"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <fmt/format.h>
#include <utility>
#include <vector>

namespace flux::feeds {
namespace {

constexpr int kPublishTries = 6;  // together some seconds
constexpr Milliseconds kPublishRetryFirst{250};
constexpr Milliseconds kPublishRetryLongest{2'000};

/// How much longer than planned a refresh may take before another instance may begin one.
constexpr std::chrono::seconds kLeaseSpare{30};

/// Before asking whether the instance that is at it has come to an end.
constexpr Milliseconds kOthersWait{15'000};

bus::TopicName NameOf(const contract::Topic& topic) {
    return bus::TopicName{std::string(topic.name)};
}

}  // namespace

RefreshEnd EndOf(const UpstreamError& error) {
    const bool may_pass = error.failure == contract::Failure::kSourceDown ||
                          error.failure == contract::Failure::kBadData;
    return may_pass ? RefreshEnd::kMayPass : RefreshEnd::kMustWait;
}

void Describe(MetricWriter& out, std::string_view domain, const RefreshStats& stats) {
    out.Write(
        "refresh_commands", "Refresh commands a service took", stats.commands, {{"domain", domain}}
    );
    out.Write(
        "refresh_commands_malformed",
        "Records on a command topic that are no command",
        stats.commands_malformed,
        {{"domain", domain}}
    );
    out.Write(
        "refresh_retries",
        "Refreshes tried again soon after a failure",
        stats.retries,
        {{"domain", domain}}
    );
    out.Write(
        "refresh_left_to_another",
        "Refreshes left to the instance that was at one",
        stats.left_to_another,
        {{"domain", domain}}
    );
    out.Write(
        "refresh_publish_failures",
        "Snapshot events the bus did not take",
        stats.publish_failures,
        {{"domain", domain}}
    );
}

RefreshLoop::RefreshLoop(
    Shard& shard,
    bus::EventBus& bus,
    RefreshPlan plan,
    cache::Cache* cache,
    Random& random,
    Refresh refresh
)
    : shard_(shard),
      bus_(bus),
      plan_(std::move(plan)),
      cache_(cache),
      random_(random),
      refresh_(std::move(refresh)),
      backoff_(std::min(plan_.retry_first, plan_.interval), std::max(plan_.interval, 1ms), random),
      schedule_(
          shard,
          bus,
          std::string(plan_.event.name),
          plan_.interval,
          plan_.lead,
          random,
          [this] { return Run(started_ ? RefreshCause::kSchedule : RefreshCause::kStart); }
      ),
      tasks_(shard) {}

Task<Result<void>> RefreshLoop::Start(Patience patience, bool active) {
    Result<void> ensured = co_await EnsureTopics(patience);
    if (!ensured) co_return ensured;
    if (!active) co_return Result<void>();
    std::function<Task<Result<void>>()> subscribe = [this] { return SubscribeToCommands(); };
    std::string what = fmt::format("topic {}", plan_.command.name);
    Result<void> subscribed = co_await patience.Try(std::move(what), std::move(subscribe));
    if (!subscribed) co_return subscribed;
    std::function<Task<Result<void>>()> schedule = [this] { return schedule_.Start(); };
    what = fmt::format("topic {}", plan_.event.name);
    Result<void> scheduled = co_await patience.Try(std::move(what), std::move(schedule));
    scheduled_ = scheduled.has_value();
    if (!scheduled) co_await Stop();
    co_return scheduled;
}

Task<Result<void>> RefreshLoop::EnsureTopics(const Patience& patience) {
    const std::array topics{plan_.event, plan_.command, contract::kServiceStatus};
    for (const contract::Topic& topic : topics) {
        bus::TopicOptions options;
        options.partitions = topic.partitions;
        options.durable = topic.durable;
        std::function<Task<Result<void>>()> ensure = [this, &topic, &options] {
            return bus_.EnsureTopic(NameOf(topic), options);
        };
        std::string what = fmt::format("topic {}", topic.name);
        Result<void> exists = co_await patience.Try(std::move(what), std::move(ensure));
        if (!exists) co_return exists;
    }
    co_return Result<void>();
}

Task<Result<void>> RefreshLoop::SubscribeToCommands() {
    bus::SubscribeOptions options;
    options.topic = NameOf(plan_.command);
    options.group = bus::Group::Shared(std::string(plan_.command.group));
    bus::BatchHandler handler = [this](const std::vector<bus::Message>& batch) {
        TakeCommands(batch);
        return []() -> Task<Result<void>> { co_return Result<void>(); }();
    };
    auto subscribed = co_await bus_.Subscribe(std::move(options), std::move(handler));
    if (!subscribed) co_return subscribed.error();
    commands_ = std::move(*subscribed);
    co_return Result<void>();
}

Task<> RefreshLoop::Stop() {
    stopping_ = true;
    if (commands_) co_await commands_->Close();
    commands_.reset();
    if (std::exchange(scheduled_, false)) co_await schedule_.Stop();
    co_await tasks_.Drain();
}

void RefreshLoop::TakeCommands(const std::vector<bus::Message>& batch) {
    bool wanted = false;
    for (const bus::Message& message : batch) {
        const auto command = contract::DecodeRefreshCommand(message.payload.view());
        (command ? stats_.commands : stats_.commands_malformed).Add();
        wanted = wanted || command.has_value();
        if (command || std::exchange(malformed_logged_, true)) continue;
        log::Warn(
            "feeds.command_malformed",
            "a record on a command topic is no command and was skipped; further ones are counted",
            {{"topic", plan_.command.name},
             {"partition", message.partition.value()},
             {"offset", message.offset.value()},
             {"error", command.error().context}}
        );
    }
    if (!wanted || stopping_) return;
    if (running_) {
        wanted_again_ = wanted_again_ || publishing_;
    } else {
        tasks_.Spawn(plan_.domain + ".command", Run(RefreshCause::kCommand));
    }
}

Task<> RefreshLoop::Run(RefreshCause cause) {
    if (running_ || stopping_) co_return;
    /// However it ends.
    struct Running {
        explicit Running(RefreshLoop& loop)
            : of(loop) {
            of.running_ = true;
            of.publishing_ = false;
        }
        Running(const Running&) = delete;
        Running& operator=(const Running&) = delete;
        ~Running() {
            of.running_ = false;
            if (!std::exchange(of.wanted_again_, false) || of.stopping_) return;
            of.tasks_.Spawn(of.plan_.domain + ".command", of.Run(RefreshCause::kCommand));
        }
        RefreshLoop& of;
    };
    const Running running(*this);
    const SteadyTime began = shard_.clock().Now();
    const auto ttl = std::chrono::ceil<std::chrono::seconds>(plan_.lead) + kLeaseSpare;
    std::string what(plan_.event.name);
    const std::optional<FleetLease> lease =
        co_await FleetLease::TryTake(cache_, std::move(what), ttl);
    if (stopping_) co_return;
    if (lease) {
        Task<> refreshing = RunLeased(cause);
        co_await std::move(refreshing);
        co_return;
    }
    // What it publishes serves all. Should it fall silent, somebody has to take over.
    stats_.left_to_another.Add();
    const bool heard = schedule_.heard_at() >= began;
    if (!heard) RunLater(std::min(kOthersWait, plan_.interval / 2), true);
}

Task<> RefreshLoop::RunLeased(RefreshCause cause) {
    started_ = true;
    Task<RefreshEnd> refresh = refresh_(cause);
    const RefreshEnd end = co_await std::move(refresh);
    if (end == RefreshEnd::kPublished) backoff_.Reset();
    if (end != RefreshEnd::kMayPass) co_return;
    const auto state = co_await boost::asio::this_coro::cancellation_state;
    if (state.cancelled() != boost::asio::cancellation_type::none) co_return;
    const Milliseconds wait = backoff_.Next();
    // Else the schedule comes soon enough by itself.
    if (wait < plan_.interval * 3 / 4) RunLater(wait, false);
}

/// `unless_heard`: it is not needed when anybody has published by then.
void RefreshLoop::RunLater(Milliseconds wait, bool unless_heard) {
    if (stopping_ || retry_at_) return;
    retry_at_ = shard_.clock().Now() + wait;
    tasks_.Spawn(plan_.domain + ".retry", RunAfter(wait, unless_heard));
}

Task<> RefreshLoop::RunAfter(Milliseconds wait, bool unless_heard) {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    const SteadyTime since = shard_.clock().Now();
    const bool slept = co_await SleepFor(wait);
    retry_at_.reset();
    if (!slept || (unless_heard && schedule_.heard_at() >= since)) co_return;
    stats_.retries.Add();
    co_await Run(started_ ? RefreshCause::kSchedule : RefreshCause::kStart);
}

Task<bool> RefreshLoop::Publish(std::string payload) {
    publishing_ = true;
    const SharedBytes bytes(payload);
    Backoff backoff(kPublishRetryFirst, kPublishRetryLongest, random_);
    for (int tried = 1;; ++tried) {
        bus::Outgoing record;
        record.topic = NameOf(plan_.event);
        record.key = plan_.event_key;
        record.payload = bytes;
        const Result<bus::Position> stored = co_await bus_.Publish(std::move(record));
        if (stored) {
            schedule_.Published(*stored);
            co_return true;
        }
        if (stored.error().retry == Retry::kLater && tried < kPublishTries && !stopping_) {
            const bool slept = co_await SleepFor(backoff.Next());
            if (slept) continue;
        }
        stats_.publish_failures.Add();
        log::Warn(
            "feeds.event_not_published",
            "the bus did not take a snapshot event; the next one replaces it",
            {{"topic", plan_.event.name}, {"error", ToString(stored.error())}}
        );
        co_return false;
    }
}

WallMillis RefreshLoop::NextAt() const {
    const SteadyTime due = std::min(schedule_.due(), retry_at_.value_or(SteadyTime::max()));
    const SteadyTime now = shard_.clock().Now();
    return shard_.clock().WallNow() +
           std::chrono::ceil<Milliseconds>(std::max(due, now) - now).count();
}

}  // namespace flux::feeds
