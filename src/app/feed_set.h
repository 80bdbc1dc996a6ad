// The domain services of one process, started and stopped together.
#pragma once

#include "app/domain_settings.h"
#include "app/role.h"
#include "base/metrics.h"
#include "base/result.h"
#include "bus/event_bus.h"
#include "cache/cache.h"
#include "feeds/crypto/crypto_service.h"
#include "feeds/news/news_service.h"
#include "feeds/stock/stock_service.h"
#include "feeds/weather/weather_service.h"
#include "runtime/patience.h"
#include "runtime/shard.h"
#include "runtime/task.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace flux::app {

/// What services need of the process they run in. All of it outlives them.
struct FeedSurroundings {
    Shard& home;  ///< where they live
    bus::EventBus& bus;
    MetricRegistry& metrics;
    cache::Cache& cache;            ///< of `home`, for live domains
    cache::Cache& simulated_cache;  ///< of `home`, for simulated ones
};

/// Thread: main, which must be no shard. Lifecycle: Start once, Stop once, destroy.
class FeedSet {
public:
    /// Makes the services of `role`. `domains` were aimed (AimDomains).
    FeedSet(const FeedSurroundings& surroundings, const DomainSettings& domains, const Role& role);
    FeedSet(const FeedSet&) = delete;
    FeedSet& operator=(const FeedSet&) = delete;
    ~FeedSet();

    /// One after the other. Errors: of the first that did not start; the others are not tried.
    Result<void> Start(const Patience& patience);

    /// Stops those that were started, the last first. Idempotent.
    void Stop();

private:
    struct Service {
        Domain domain;
        std::function<Task<Result<void>>(Patience)> start;
        std::function<Task<>()> stop;
        bool started = false;
    };

    template <class T>
    void Hold(Domain domain, const std::shared_ptr<T>& service);
    void Make(Domain domain, const FeedSurroundings& surroundings, const DomainSettings& domains);

    Shard& home_;
    std::vector<Service> services_;
};

}  // namespace flux::app
