// The settings of the domains: where their data comes from, how often, and with which key.
#pragma once

#include "app/domain.h"
#include "config/problems.h"
#include "config/registry.h"
#include "config/secret.h"
#include "feeds/crypto/crypto_options.h"
#include "feeds/news/news_options.h"
#include "feeds/stock/stock_options.h"
#include "feeds/weather/weather_options.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flux::app {

/// Where a domain's data comes from. kAuto: the real source where it was named or there is a key
/// for it, else the simulator (crypto needs no key, so it must be asked for). CompleteDomains
/// leaves kAuto only where nothing was named: `flux up` simulates it then, a role alone does not.
enum class Source : std::uint8_t { kAuto, kLive, kSimulated };

struct DomainSettings {
    PerDomain<Source> source;
    std::string ca_file;  ///< of every source; "" trusts the machine's authorities
    config::Secret weather_key;
    config::Secret coingecko_key;
    config::Secret finnhub_key;
    config::Secret newsdata_key;
    feeds::WeatherOptions weather;
    feeds::CryptoOptions crypto;
    feeds::StockOptions stock;
    feeds::NewsOptions news;
};

/// As Bind (settings.h), for these.
void BindDomains(config::Registry& registry, DomainSettings& domains);

/// As Complete (settings.h), for these.
void CompleteDomains(
    config::Registry& registry, DomainSettings& domains, config::Problems& problems
);

/// A setting that holds the key of a domain's source, and the vendor's name.
struct KeyPlace {
    std::string_view setting;
    std::string_view vendor;
    bool present = false;
};

/// Nothing for crypto, whose sources need none.
std::optional<KeyPlace> KeyOf(const DomainSettings& domains, Domain domain);

/// Hands keys and certificates to the options, and points the simulated domains to a simulator on
/// `simulator_port`. Their keys are not shown to it.
void AimDomains(DomainSettings& domains, std::uint16_t simulator_port);

}  // namespace flux::app
