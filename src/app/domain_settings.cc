#include "app/domain_settings.h"

#include "base/units.h"
#include "feeds/crypto/exchange_ticker.h"
#include "net/client/url.h"

#include <array>
#include <chrono>
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

void BindWeather(Registry& registry, DomainSettings& domains) {
    feeds::WeatherOptions& weather = domains.weather;
    BindSource(
        registry,
        domains,
        Domain::kWeather,
        "Whose weather: OpenWeatherMap's (live) or the built-in simulator's; auto is live when "
        "there is a key or openweather.base_url names another server, else simulated."
    );
    registry.AddInteger(
        "weather.calls_per_minute",
        &weather.calls_per_minute,
        Between<std::size_t>{1, 1'000'000},
        "calls/min",
        "What the plan allows in any minute, of all uses of the key together."
    );
    registry.AddDuration(
        "weather.current_fresh",
        &weather.current_fresh,
        Between<Milliseconds>{1s, 24h},
        1ms,
        "A city's weather is not asked for again while it is younger."
    );
    registry.AddDuration(
        "weather.air_fresh",
        &weather.air_fresh,
        Between<Milliseconds>{1s, 24h},
        1ms,
        "The same of a city's air quality."
    );
    registry.AddDuration(
        "weather.stale_max",
        &weather.stale_max,
        Between<Milliseconds>{1s, std::chrono::hours(24 * 7)},
        1ms,
        "While the source is away, weather up to this age is served, marked with its time."
    );
    registry.AddText("openweather.base_url", &weather.base_url, HttpUrl(), "OpenWeatherMap's API.");
    registry.AddSecret(
        "weather.api_key",
        &domains.weather_key,
        "OpenWeatherMap's key; without one weather.source = auto is simulated, and live has no "
        "data."
    );
    registry.AddText(
        "public_url",
        &weather.public_url,
        HttpUrl(),
        "Where browsers reach Flux; pictures of the weather are addressed below it. Unless it is "
        "set it follows http.port."
    );
}

/// CoinGecko's and Frankfurter's part.
void BindMarkets(Registry& registry, DomainSettings& domains) {
    feeds::CryptoOptions& crypto = domains.crypto;
    registry.AddDuration(
        "crypto.movers_interval",
        &crypto.movers_interval,
        Between<Milliseconds>{100ms, 24h},
        1ms,
        "From one event with the top movers to the next, of all instances together."
    );
    registry.AddDuration(
        "crypto.top_coins_interval",
        &crypto.top_coins_interval,
        Between<Milliseconds>{100ms, 24h},
        1ms,
        "From one event with the top coins to the next, of all instances together."
    );
    registry.AddDuration(
        "crypto.top_coins_rebuild",
        &crypto.top_coins_rebuild,
        Between<Milliseconds>{100ms, std::chrono::hours(24)},
        1ms,
        "How often the top coins are chosen and priced anew; between, the last ones are repeated."
    );
    registry.AddDuration(
        "crypto.markets_max_age",
        &crypto.markets_max_age,
        Between<Milliseconds>{100ms, 24h},
        1ms,
        "A list of markets is not asked for again while it is younger."
    );
    registry.AddBool(
        "crypto.follow_top_coins",
        &crypto.follow_top_coins,
        "Whether prices of published top coins are shown too, beside crypto.products."
    );
    registry.AddText(
        "coingecko.base_url",
        &crypto.coingecko_url,
        TextRule{.what = "an http:// or https:// URL, or empty", .accept = IsHttpUrlOrNone},
        "CoinGecko's API, with its version; empty gives no movers and no top coins."
    );
    registry.AddInteger(
        "coingecko.calls_per_minute",
        &crypto.coingecko_calls_per_minute,
        Between<std::size_t>{1, 100'000},
        "calls/min",
        "What CoinGecko allows in any minute; without a key that is little."
    );
    registry.AddSecret(
        "coingecko.api_key",
        &domains.coingecko_key,
        "CoinGecko's demo key, or the pro key where coingecko.base_url names the pro host; none "
        "is needed."
    );
    registry.AddText(
        "frankfurter.base_url",
        &crypto.frankfurter_url,
        HttpUrl(),
        "Frankfurter's API, with its version: exchange rates for the top coins."
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
        "Whose prices: Coinbase's and CoinGecko's (live) or the built-in simulator's; auto is live "
        "with --live or when coinbase.*, coingecko.base_url or frankfurter.base_url names another "
        "server, else simulated."
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
        "The exchange's product list; empty asks for none, and then there are no movers and no top "
        "coins either."
    );
    BindMarkets(registry, domains);
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

/// Where a domain's servers are named: the setting, and what it says.
struct ServerName {
    Domain domain;
    std::string_view setting;
    const std::string& (*value)(const DomainSettings&);
};

constexpr std::array<ServerName, 7> kServerNames{{
    {Domain::kWeather,
     "openweather.base_url",
     [](const DomainSettings& d) -> const std::string& { return d.weather.base_url; }},
    {Domain::kCrypto,
     "coinbase.ws_url",
     [](const DomainSettings& d) -> const std::string& { return d.crypto.ws_url; }},
    {Domain::kCrypto,
     "coinbase.rest_base_url",
     [](const DomainSettings& d) -> const std::string& { return d.crypto.rest_base_url; }},
    {Domain::kCrypto,
     "coingecko.base_url",
     [](const DomainSettings& d) -> const std::string& { return d.crypto.coingecko_url; }},
    {Domain::kCrypto,
     "frankfurter.base_url",
     [](const DomainSettings& d) -> const std::string& { return d.crypto.frankfurter_url; }},
    {Domain::kStock,
     "finnhub.base_url",
     [](const DomainSettings& d) -> const std::string& { return d.stock.base_url; }},
    {Domain::kNews,
     "newsdata.base_url",
     [](const DomainSettings& d) -> const std::string& { return d.news.base_url; }},
}};

/// The setting of `domain` that names another server than the vendor's, or none.
std::string_view NamedServer(const DomainSettings& domains, Domain domain) {
    static const DomainSettings defaults;
    for (const ServerName& server : kServerNames) {
        const bool named = server.value(domains) != server.value(defaults);
        if (server.domain == domain && named) return server.setting;
    }
    return {};
}

bool HasKey(const DomainSettings& domains, Domain domain) {
    const auto place = KeyOf(domains, domain);
    return place && place->present;
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
    check("weather.stale_max", feeds::Check(domains.weather));
    check("crypto.products", feeds::Check(domains.crypto));
    check("stock.symbols", feeds::Check(domains.stock));
    check("news.categories", feeds::Check(domains.news));
}

/// What a simulator takes for a key: any will do, and the real ones are none of its business.
constexpr std::string_view kSimulatedKey = "simulated";

/// The simulator within this process allows it (SimulatedLimits), and a start waits for the quotes.
constexpr std::uint32_t kSimulatedQuotesPerSecond = 1'000;

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
    BindWeather(registry, domains);
    BindCrypto(registry, domains);
    BindStock(registry, domains);
    BindNews(registry, domains);
}

void CompleteDomains(Registry& registry, DomainSettings& domains, config::Problems& problems) {
    for (const Domain domain : kDomains)
        Decide(registry, domains, domain, problems);
    // Both are made of the product list.
    feeds::CryptoOptions& crypto = domains.crypto;
    if (crypto.rest_base_url.empty() &&
        crypto.coingecko_url == feeds::CryptoOptions().coingecko_url)
        crypto.coingecko_url.clear();
    CheckOptions(registry, domains, problems);
}

std::optional<KeyPlace> KeyOf(const DomainSettings& domains, Domain domain) {
    switch (domain) {
        case Domain::kWeather:
            return KeyPlace{"weather.api_key", "OpenWeatherMap", !domains.weather_key.empty()};
        case Domain::kCrypto:
            return std::nullopt;
        case Domain::kStock:
            return KeyPlace{"finnhub.api_key", "Finnhub", !domains.finnhub_key.empty()};
        case Domain::kNews:
            return KeyPlace{"newsdata.api_key", "NewsData.io", !domains.newsdata_key.empty()};
    }
    return std::nullopt;
}

/// CoinGecko and its helpers; the feed has its own way of naming things.
void AimCrypto(DomainSettings& domains, bool simulated, std::uint16_t port) {
    feeds::CryptoOptions& crypto = domains.crypto;
    crypto.ca_file = domains.ca_file;
    crypto.simulated = simulated;
    crypto.coingecko_key = simulated ? std::string() : domains.coingecko_key.Reveal();
    if (!simulated) return;
    crypto.ws_url = fmt::format("ws://127.0.0.1:{}", port);
    crypto.rest_base_url = fmt::format("http://127.0.0.1:{}", port);
    crypto.coingecko_url = fmt::format("http://127.0.0.1:{}/coingecko/api/v3", port);
    crypto.frankfurter_url = fmt::format("http://127.0.0.1:{}/frankfurter/v1", port);
}

void AimDomains(DomainSettings& domains, std::uint16_t simulator_port) {
    const auto simulated = [&](Domain domain) { return domains.source[domain] != Source::kLive; };
    const std::uint16_t port = simulator_port;
    domains.weather.ca_file = domains.stock.ca_file = domains.news.ca_file = domains.ca_file;
    AimCrypto(domains, simulated(Domain::kCrypto), port);
    Aim(domains.weather, domains.weather_key, simulated(Domain::kWeather), port, "/openweather");
    // Nobody else waits for the simulator: a start need not, either.
    const feeds::StockOptions usual;
    if (simulated(Domain::kStock) && domains.stock.calls_per_second == usual.calls_per_second)
        domains.stock.calls_per_second = kSimulatedQuotesPerSecond;
    Aim(domains.stock, domains.finnhub_key, simulated(Domain::kStock), port, "/finnhub/api/v1");
    Aim(domains.news, domains.newsdata_key, simulated(Domain::kNews), port, "/newsdata/api/1");
}

}  // namespace flux::app
