// A domain that asks one source and publishes one snapshot event.
#pragma once

#include "base/random.h"
#include "base/result.h"
#include "bus/event_bus.h"
#include "cache/cache.h"
#include "contract/service_status.h"
#include "feeds/upstream/refresh_loop.h"
#include "feeds/upstream/status_publisher.h"
#include "feeds/upstream/upstream_client.h"
#include "feeds/upstream/upstream_error.h"
#include "runtime/patience.h"
#include "runtime/shard.h"
#include "runtime/task.h"

#include <memory>
#include <string>
#include <string_view>

namespace flux::feeds {

/// How the log speaks of a domain; literals.
struct DomainWords {
    std::string_view started_event;  ///< "stock.started"
    std::string_view started;
    std::string_view live_event;
    std::string_view live;
    std::string_view not_live_event;
};

struct DomainPlan {
    RefreshPlan refresh;  ///< `domain` names it to everybody
    DomainWords words;
    bool simulated = false;
};

/// The client of the source, the loop that refreshes, and what everybody is told of both. Thread:
/// its shard's. Lifecycle: Start once, Stop once, destroy.
class ScheduledDomain {
public:
    /// References and `cache` (of `shard`, or null) outlive it.
    ScheduledDomain(
        Shard& shard,
        bus::EventBus& bus,
        DomainPlan plan,
        cache::Cache* cache,
        Random& random,
        RefreshLoop::Refresh refresh
    );

    /// A source that cannot be reached, or has no key, does not keep it from starting. `stats`
    /// outlives it. Errors: kNotFound or kUnavailable (certificates), those of RefreshLoop::Start.
    Task<Result<void>> Start(
        UpstreamOptions upstream, std::string ca_file, UpstreamStats& stats, Patience patience
    );

    /// Cancels what is under way. Idempotent.
    Task<> Stop();

    /// To everybody, and to the log when the state is another than before. `detail`: for the log.
    void Say(contract::ServiceStatus status, std::string_view detail);
    void SayFailed(const UpstreamError& error, contract::ServiceState state);

    UpstreamClient& client() { return *client_; }  // once Start has begun
    RefreshLoop& loop() { return loop_; }
    const RefreshStats& refresh_stats() const { return loop_.stats(); }  // any thread

private:
    Shard& shard_;
    const DomainPlan plan_;
    Random& random_;
    std::unique_ptr<UpstreamClient> client_;
    StatusPublisher status_;
    RefreshLoop loop_;
};

}  // namespace flux::feeds
