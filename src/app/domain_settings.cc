#include "app/domain_settings.h"

#include "base/units.h"
#include "feeds/crypto/exchange_ticker.h"
#include "net/client/url.h"

#include <fmt/format.h>
#include <string_view>
#include <utility>
#include <vector>

namespace flux::app {
namespace {

using config::Between;
using config::Registry;
using config::TextRule;

constexpr std::size_t kListItemsMax = 1'000;

bool IsSocketUrl(std::string_view text) {
    const auto url = net::Url::Parse(text);
    return url && url->web_socket();
}

bool IsHttpUrl(std::string_view text) {
    const auto url = net::Url::Parse(text);
    return url && !url->web_socket();
}

bool IsHttpUrlOrNone(std::string_view text) {
    return text.empty() || IsHttpUrl(text);
}

const TextRule& HttpUrl() {
    static const TextRule rule{.what = "an http:// or https:// URL", .accept = IsHttpUrl};
    return rule;
}

void BindSource(
    Registry& registry, DomainSettings& domains, Domain domain, const std::string& sentence
) {
    registry.AddChoice<Source>(
        fmt::format("{}.source", NameOf(domain)),
        &domains.source[domain],
        {{"auto", Source::kAuto}, {"live", Source::kLive}, {"simulated", Source::kSimulated}},
        sentence
    );
}

void BindCrypto(Registry& registry, DomainSettings& domains) {
    feeds::CryptoOptions& crypto = domains.crypto;
    registry.AddList(
        "crypto.products",
        &crypto.products,
        TextRule{.what = "a product such as BTC-USD", .accept = feeds::IsProductId},
        kListItemsMax,
        "Products whose prices are shown."
    );
    BindSource(
        registry,
        domains,
        Domain::kCrypto,
        "Whose prices: a feed's (live) or the built-in simulator's; auto is live with --live or "
        "when coinbase.* names another feed, else simulated."
    );
    registry.AddDuration(
        "crypto.flush_interval",
        &crypto.flush_interval,
        Between<Milliseconds>{10ms, 1h},
        1ms,
        "How often the newest ticker of each product is published."
    );
    registry.AddText(
        "coinbase.ws_url",
        &crypto.ws_url,
        TextRule{.what = "a ws:// or wss:// URL", .accept = IsSocketUrl},
        "The exchange's feed."
    );
    registry.AddText(
        "coinbase.rest_base_url",
        &crypto.rest_base_url,
        TextRule{.what = "an http:// or https:// URL, or empty", .accept = IsHttpUrlOrNone},
        "The exchange's product list; empty asks for none."
    );
}

void BindStock(Registry& registry, DomainSettings& domains) {
    feeds::StockOptions& stock = domains.stock;
    BindSource(
        registry,
        domains,
        Domain::kStock,
        "Whose quotes: Finnhub's (live) or the built-in simulator's; auto is live when there is a "
        "key or finnhub.base_url names another server, else simulated."
    );
    registry.AddList(
        "stock.symbols",
        &stock.symbols,
        TextRule{.what = "a symbol such as AAPL or BRK.B", .accept = feeds::IsSymbol},
        500,
        "Shares among which the best and worst of the day are sought."
    );
    registry.AddDuration(
        "stock.interval",
        &stock.interval,
        Between<Milliseconds>{100ms, 24h},
        1ms,
        "From one batch of quotes to the next, of all instances together."
    );
    registry.AddInteger(
        "stock.calls_per_minute",
        &stock.calls_per_minute,
        Between<std::uint32_t>{1, 100'000},
        "calls/min",
        "What the plan allows; the first batch may spend it at once, later ones are spread."
    );
    registry.AddInteger(
        "stock.calls_per_second",
        &stock.calls_per_second,
        Between<std::uint32_t>{1, 1'000},
        "calls/s",
        "Never more than this, the first batch included."
    );
    registry.AddInteger(
        "stock.quotes_min",
        &stock.quotes_min_percent,
        Between<std::uint32_t>{1, 100},
        "%",
        "Of the symbols that must have a quote; with fewer a batch is not published."
    );
    registry.AddText(
        "finnhub.base_url", &stock.base_url, HttpUrl(), "Finnhub's API, with its version."
    );
    registry.AddSecret(
        "finnhub.api_key",
        &domains.finnhub_key,
        "Finnhub's token; without one stock.source = auto is simulated, and live has no data."
    );
}

void BindNews(Registry& registry, DomainSettings& domains) {
    feeds::NewsOptions& news = domains.news;
    BindSource(
        registry,
        domains,
        Domain::kNews,
        "Whose headlines: NewsData.io's (live) or the built-in simulator's; auto is live when "
        "there is a key or newsdata.base_url names another server, else simulated."
    );
    registry.AddList(
        "news.categories",
        &news.categories,
        TextRule{.what = "a category such as business", .accept = feeds::IsNewsWord},
        5,
        "What the headlines are about."
    );
    registry.AddText(
        "news.language",
        &news.language,
        TextRule{.what = "a language code such as en", .accept = feeds::IsNewsWord},
        "The language of the headlines."
    );
    registry.AddDuration(
        "news.interval",
        &news.interval,
        Between<Milliseconds>{100ms, 24h},
        1ms,
        "From one event to the next, of all instances together."
    );
    registry.AddDuration(
        "news.cache_time",
        &news.cache_time,
        Between<Milliseconds>{1s, 24h},
        1ms,
        "An answer younger than this is sent again instead of spending a credit."
    );
    registry.AddInteger(
        "news.credits_per_day",
        &news.credits_per_day,
        Between<std::uint32_t>{1, 100'000},
        "calls/day",
        "What the plan allows in any 24 hours."
    );
    registry.AddInteger(
        "news.credits_per_quarter_hour",
        &news.credits_per_quarter_hour,
        Between<std::uint32_t>{1, 100'000},
        "calls/15 min",
        "What the plan allows in any 15 minutes."
    );
    registry.AddText(
        "newsdata.base_url", &news.base_url, HttpUrl(), "NewsData.io's API, with its version."
    );
    registry.AddSecret(
        "newsdata.api_key",
        &domains.newsdata_key,
        "NewsData.io's key; without one news.source = auto is simulated, and live has no data."
    );
}

/// The setting of `domain` that names another server than the vendor's, or none.
std::string_view NamedServer(const DomainSettings& domains, Domain domain) {
    static const DomainSettings defaults;
    switch (domain) {
        case Domain::kWeather:
            return {};
        case Domain::kCrypto:
            if (domains.crypto.ws_url != defaults.crypto.ws_url) return "coinbase.ws_url";
            if (domains.crypto.rest_base_url != defaults.crypto.rest_base_url)
                return "coinbase.rest_base_url";
            return {};
        case Domain::kStock:
            return domains.stock.base_url != defaults.stock.base_url ? "finnhub.base_url"
                                                                     : std::string_view();
        case Domain::kNews:
            return domains.news.base_url != defaults.news.base_url ? "newsdata.base_url"
                                                                   : std::string_view();
    }
    return {};
}

bool HasKey(const DomainSettings& domains, Domain domain) {
    switch (domain) {
        case Domain::kWeather:
            return !domains.weather_key.empty();
        case Domain::kCrypto:
            return false;  // one is of use, but says nothing about what is wanted
        case Domain::kStock:
            return !domains.finnhub_key.empty();
        case Domain::kNews:
            return !domains.newsdata_key.empty();
    }
    return false;
}

/// A server that was named is the one to ask; asking for it and for the simulator is a
/// contradiction. So is a key that would not be used, but it harms nobody.
void Decide(
    Registry& registry, DomainSettings& domains, Domain domain, config::Problems& problems
) {
    Source& source = domains.source[domain];
    const std::string_view named = NamedServer(domains, domain);
    if (!named.empty() && source == Source::kSimulated) {
        const std::string setting = fmt::format("{}.source", NameOf(domain));
        problems.Add(
            registry.Find(setting)->place,
            fmt::format(
                "{0} is simulated, but {1} names a server, which would not be asked; set {0} to "
                "live, or leave {1} alone",
                setting,
                named
            )
        );
    } else if (source == Source::kAuto && (!named.empty() || HasKey(domains, domain))) {
        source = Source::kLive;
    }
}

void CheckOptions(Registry& registry, const DomainSettings& domains, config::Problems& problems) {
    const auto check = [&](std::string_view setting, const Result<void>& fits) {
        if (!fits) problems.Add(registry.Find(setting)->place, fits.error().context);
    };
    check("crypto.products", feeds::Check(domains.crypto));
    check("stock.symbols", feeds::Check(domains.stock));
    check("news.categories", feeds::Check(domains.news));
}

/// What a simulator takes for a key: any will do, and the real ones are none of its business.
constexpr std::string_view kSimulatedKey = "simulated";

/// Points one option struct to its own source or to the simulator's `endpoint`.
template <class Options>
void Aim(
    Options& options,
    const config::Secret& key,
    bool simulated,
    std::uint16_t port,
    std::string_view prefix
) {
    options.simulated = simulated;
    options.key = simulated ? std::string(kSimulatedKey) : key.Reveal();
    if (simulated) options.base_url = fmt::format("http://127.0.0.1:{}{}", port, prefix);
}

}  // namespace

void BindDomains(Registry& registry, DomainSettings& domains) {
    registry.AddText(
        "upstream.ca_file",
        &domains.ca_file,
        {},
        "Certificates (PEM) that may vouch for the servers data comes from; empty is the machine's."
    );
    BindCrypto(registry, domains);
    BindStock(registry, domains);
    BindNews(registry, domains);
}

void CompleteDomains(Registry& registry, DomainSettings& domains, config::Problems& problems) {
    for (const Domain domain : kDomains)
        Decide(registry, domains, domain, problems);
    CheckOptions(registry, domains, problems);
}

bool LacksKey(const DomainSettings& domains, Domain domain) {
    return domain != Domain::kCrypto && !HasKey(domains, domain);
}

void AimDomains(DomainSettings& domains, std::uint16_t simulator_port) {
    const auto simulated = [&](Domain domain) { return domains.source[domain] != Source::kLive; };
    domains.crypto.ca_file = domains.stock.ca_file = domains.news.ca_file = domains.ca_file;
    if (simulated(Domain::kCrypto)) {
        domains.crypto.ws_url = fmt::format("ws://127.0.0.1:{}", simulator_port);
        domains.crypto.rest_base_url = fmt::format("http://127.0.0.1:{}", simulator_port);
    }
    Aim(domains.stock, domains.finnhub_key, simulated(Domain::kStock), simulator_port, "/api/v1");
    Aim(domains.news, domains.newsdata_key, simulated(Domain::kNews), simulator_port, "/api/1");
}

}  // namespace flux::app
