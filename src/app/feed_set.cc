#include "app/feed_set.h"

#include "app/shard_call.h"
#include "base/random.h"

#include <fmt/format.h>
#include <utility>

namespace flux::app {

template <class T>
void FeedSet::Hold(Domain domain, std::shared_ptr<T> service) {
    Service held{.domain = domain};
    held.start = [service](Patience patience) { return service->Start(std::move(patience)); };
    held.stop = [service] { return service->Stop(); };
    services_.push_back(std::move(held));
}

FeedSet::FeedSet(
    const FeedSurroundings& surroundings, const DomainSettings& domains, const Role& role
)
    : home_(surroundings.home) {
    for (const Domain domain : kDomains)
        if (role.serves[domain]) Make(domain, surroundings, domains);
}

FeedSet::~FeedSet() = default;

void FeedSet::Make(
    Domain domain, const FeedSurroundings& surroundings, const DomainSettings& domains
) {
    const bool simulated = domains.source[domain] != Source::kLive;
    Shard& home = surroundings.home;
    bus::EventBus& bus = surroundings.bus;
    MetricRegistry& metrics = surroundings.metrics;
    cache::Cache* const cache = simulated ? &surroundings.simulated_cache : &surroundings.cache;
    const std::uint64_t seed = SecureRandomSeed();
    switch (domain) {
        case Domain::kWeather:
            return;
        case Domain::kCrypto:
            return Hold(
                domain,
                std::make_shared<feeds::CryptoService>(home, bus, domains.crypto, metrics, seed)
            );
        case Domain::kStock:
            return Hold(
                domain,
                std::make_shared<feeds::StockService>(
                    home, bus, domains.stock, metrics, seed, cache
                )
            );
        case Domain::kNews:
            return Hold(
                domain,
                std::make_shared<feeds::NewsService>(home, bus, domains.news, metrics, seed, cache)
            );
    }
}

Result<void> FeedSet::Start(const Patience& patience) {
    for (Service& service : services_) {
        const Result<void> started = CallOn(home_, [&] { return service.start(patience); });
        service.started = started.has_value();
        if (started) continue;
        return Error(
            started.error().code,
            started.error().retry,
            fmt::format(
                "the {} service did not start: {}", NameOf(service.domain), started.error().context
            )
        );
    }
    return {};
}

void FeedSet::Stop() {
    for (auto service = services_.rbegin(); service != services_.rend(); ++service) {
        if (!std::exchange(service->started, false)) continue;
        CallOn(home_, [&] { return service->stop(); });
    }
}

}  // namespace flux::app
