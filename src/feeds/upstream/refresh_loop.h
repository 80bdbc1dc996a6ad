// Keeps one snapshot event fresh: by a schedule, on command, and soon again after a failure.
#pragma once

#include "base/clock.h"
#include "base/counter.h"
#include "base/metrics.h"
#include "base/random.h"
#include "base/result.h"
#include "bus/event_bus.h"
#include "cache/cache.h"
#include "contract/topics.h"
#include "feeds/upstream/shared_schedule.h"
#include "feeds/upstream/upstream_error.h"
#include "runtime/backoff.h"
#include "runtime/patience.h"
#include "runtime/shard.h"
#include "runtime/task.h"
#include "runtime/task_group.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace flux::feeds {

/// Why a refresh is due.
enum class RefreshCause : std::uint8_t {
    kStart,     ///< the first of this process
    kSchedule,  ///< also a try that follows a failure
    kCommand,   ///< somebody asked
};

struct RefreshStats {
    Counter commands;
    Counter commands_malformed;  ///< skipped: no JSON object
    Counter retries;             ///< soon after a failure
    Counter left_to_another;     ///< another instance was at it
    Counter publish_failures;    ///< events the bus did not take
};

/// How a refresh ended.
enum class RefreshEnd : std::uint8_t {
    kPublished,
    kMayPass,   ///< worth another try before the schedule comes round
    kMustWait,  ///< a limit, a refused key, or an answer that will be no better soon
};

/// What a failure of the source means for the next refresh. Thread: any.
RefreshEnd EndOf(const UpstreamError& error);

/// `domain` becomes a label.
void Describe(MetricWriter& out, std::string_view domain, const RefreshStats& stats);

struct RefreshPlan {
    std::string domain;  ///< for logs: "stock"
    contract::Topic event;
    contract::Topic command;
    std::optional<std::string> event_key;
    Milliseconds interval{0};
    Milliseconds lead{0};  ///< how long a refresh takes, as a rule; it begins so much early
    Milliseconds retry_first{30'000};  ///< after a failure; doubles, up to the interval
};

/// One refresh at a time, of all instances that share `cache`: commands that come meanwhile, to
/// whichever, are served by the event it ends with. The command handler never waits for one, so
/// that a slow source does not hold up the group. Thread: its shard's. Lifecycle: Start once, Stop
/// once, destroy.
class RefreshLoop {
public:
    using Refresh = std::function<Task<RefreshEnd>(RefreshCause)>;

    /// References and `cache` (of `shard`, or null) outlive the loop.
    RefreshLoop(
        Shard& shard,
        bus::EventBus& bus,
        RefreshPlan plan,
        cache::Cache* cache,
        Random& random,
        Refresh refresh
    );
    RefreshLoop(const RefreshLoop&) = delete;
    RefreshLoop& operator=(const RefreshLoop&) = delete;

    /// Makes its topics and that of ServiceStatus; then, unless there is nothing to ask
    /// (`active` = false), begins. Errors: those of EventBus, once `patience` ends; nothing runs
    /// then.
    Task<Result<void>> Start(Patience patience, bool active);

    /// No new refresh; one under way is cancelled. Idempotent.
    Task<> Stop();

    /// Publishes `payload` on the event topic; what the bus cannot take now is tried again for some
    /// seconds. False when it did not take it.
    Task<bool> Publish(std::string payload);

    /// When the next refresh is due, as things are. Only while it is active.
    WallMillis NextAt() const;

    const RefreshStats& stats() const { return stats_; }  // any thread

private:
    Task<Result<void>> EnsureTopics(const Patience& patience);
    Task<Result<void>> SubscribeToCommands();
    void TakeCommands(const std::vector<bus::Message>& batch);
    Task<> Run(RefreshCause cause);
    Task<> RunLeased(RefreshCause cause);
    void RunLater(Milliseconds wait, bool unless_heard);
    Task<> RunAfter(Milliseconds wait, bool unless_heard);

    Shard& shard_;
    bus::EventBus& bus_;
    const RefreshPlan plan_;
    cache::Cache* const cache_;
    Random& random_;
    const Refresh refresh_;
    RefreshStats stats_;
    Backoff backoff_;
    SharedSchedule schedule_;
    std::unique_ptr<bus::Subscription> commands_;
    TaskGroup tasks_;
    std::optional<SteadyTime> retry_at_;
    bool started_ = false;  // a first refresh has begun
    bool running_ = false;
    bool publishing_ = false;    // the event of the run is on its way
    bool wanted_again_ = false;  // by a command that came too late for it
    bool scheduled_ = false;
    bool stopping_ = false;
    bool malformed_logged_ = false;
};

}  // namespace flux::feeds
