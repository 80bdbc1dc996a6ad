#include "app/feed_set.h"

#include "app/shard_call.h"
#include "base/random.h"

#include <fmt/format.h>
#include <type_traits>
#include <utility>

namespace flux::app {

template <class T>
void FeedSet::Hold(Domain domain, const std::shared_ptr<T>& service) {
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
    cache::Cache& cache = simulated ? surroundings.simulated_cache : surroundings.cache;
    const auto make = [&]<class Service>(std::type_identity<Service>, const auto& options) {
        auto service = std::make_shared<Service>(
            surroundings.home,
            surroundings.bus,
            options,
            surroundings.metrics,
            SecureRandomSeed(),
            &cache
        );
        Hold(domain, std::move(service));
    };
    switch (domain) {
        case Domain::kWeather:
            return make(std::type_identity<feeds::WeatherService>(), domains.weather);
        case Domain::kCrypto:
            return make(std::type_identity<feeds::CryptoService>(), domains.crypto);
        case Domain::kStock:
            return make(std::type_identity<feeds::StockService>(), domains.stock);
        case Domain::kNews:
            return make(std::type_identity<feeds::NewsService>(), domains.news);
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
