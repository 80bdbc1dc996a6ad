#include "feeds/upstream/scheduled_domain.h"

#include "base/log.h"
#include "net/client/tls_trust.h"

#include <optional>
#include <utility>

namespace flux::feeds {

using contract::ServiceState;
using contract::ServiceStatus;

ScheduledDomain::ScheduledDomain(
    Shard& shard,
    bus::EventBus& bus,
    DomainPlan plan,
    cache::Cache* cache,
    Random& random,
    RefreshLoop::Refresh refresh
)
    : shard_(shard),
      plan_(std::move(plan)),
      random_(random),
      status_(shard, bus, plan_.refresh.domain, plan_.simulated),
      loop_(shard, bus, plan_.refresh, cache, random, std::move(refresh)) {}

Task<Result<void>> ScheduledDomain::Start(
    UpstreamOptions upstream, std::string ca_file, UpstreamStats& stats, Patience patience
) {
    if (upstream.base.secure()) {
        auto loaded = net::TlsTrust::Of(ca_file);
        if (!loaded) co_return loaded.error();
        upstream.trust = std::move(*loaded);
    }
    const std::string url = upstream.base.ToString();
    client_ = std::make_unique<UpstreamClient>(std::move(upstream), shard_.clock(), random_, stats);
    const std::optional<UpstreamError> why_not = client_->WhyNot();
    if (why_not) SayFailed(*why_not, ServiceState::kNoKey);
    Task<Result<void>> starting = loop_.Start(std::move(patience), !why_not);
    Result<void> started = co_await std::move(starting);
    if (!started) co_return started;
    status_.Start();
    log::Info(
        plan_.words.started_event,
        plan_.words.started,
        {{"url", url}, {"simulated", plan_.simulated}, {"asks", !why_not}}
    );
    co_return Result<void>();
}

Task<> ScheduledDomain::Stop() {
    co_await loop_.Stop();
    co_await status_.Stop();
}

void ScheduledDomain::Say(ServiceStatus status, std::string_view detail) {
    const ServiceState before = status_.status().state;
    const std::string message = status.message.value_or("");
    const ServiceState now = status.state;
    status_.Set(std::move(status));
    if (now == before) return;
    if (now == ServiceState::kLive) {
        log::Info(plan_.words.live_event, plan_.words.live);
        return;
    }
    log::Warn(
        plan_.words.not_live_event, message, {{"state", contract::NameOf(now)}, {"detail", detail}}
    );
}

void ScheduledDomain::SayFailed(const UpstreamError& error, ServiceState state) {
    ServiceStatus status;
    status.state = state;
    status.error = error.failure;
    status.message = error.message;
    status.retry_at = error.retry_at;
    Say(std::move(status), error.detail);
}

}  // namespace flux::feeds
