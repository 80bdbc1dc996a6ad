#include "app/doctor/sources_check.h"

#include "net/client/tls_trust.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fmt/format.h>
#include <string>

namespace flux::app::doctor {
namespace {

std::string Quota(const DomainSettings& domains, Domain domain) {
    switch (domain) {
        case Domain::kWeather:
            return fmt::format("{} calls a minute", domains.weather.calls_per_minute);
        case Domain::kCrypto:
            return fmt::format(
                "CoinGecko {} calls a minute, {}",
                domains.crypto.coingecko_calls_per_minute,
                domains.coingecko_key.empty() ? "without a key" : "with a key"
            );
        case Domain::kStock:
            return fmt::format(
                "{} calls a minute, {} a second",
                domains.stock.calls_per_minute,
                domains.stock.calls_per_second
            );
        case Domain::kNews:
            return fmt::format(
                "{} calls a day, {} in 15 minutes",
                domains.news.credits_per_day,
                domains.news.credits_per_quarter_hour
            );
    }
    return {};
}

Finding JudgeKeyless(const DomainSettings& domains, Domain domain, const KeyPlace& key) {
    const std::string check(NameOf(domain));
    const std::string remedy = fmt::format(
        "put the key into a file (chmod 600) and give its path as {0}_file, or set {1}.source to "
        "simulated",
        key.setting,
        check
    );
    if (domains.source[domain] == Source::kLive) {
        return Warning(
            check,
            fmt::format("{}.source is live, but there is no {}: no data", check, key.setting),
            remedy
        );
    }
    return Ok(
        check,
        fmt::format(
            "there is no {}: simulated by flux up, without data in flux {}", key.setting, check
        )
    );
}

Finding JudgeDomain(const DomainSettings& domains, Domain domain) {
    const std::string check(NameOf(domain));
    const Source source = domains.source[domain];
    if (source == Source::kSimulated)
        return Ok(check, fmt::format("simulated, as {}.source says", check));
    const auto key = KeyOf(domains, domain);
    if (key && !key->present) return JudgeKeyless(domains, domain, *key);
    if (source == Source::kAuto)
        return Ok(check, "simulated by flux up unless --live is given, real in flux " + check);
    const std::string vendor(key ? key->vendor : "Coinbase, CoinGecko and Frankfurter");
    return Ok(check, fmt::format("real: {}; {}", vendor, Quota(domains, domain)));
}

/// A batch needs a call per symbol.
void JudgeStockPace(Findings& findings, const DomainSettings& domains) {
    const feeds::StockOptions& stock = domains.stock;
    const auto interval = std::max<std::int64_t>(stock.interval.count(), 1);
    const auto wanted = static_cast<std::int64_t>(stock.symbols.size()) * 60'000 / interval;
    if (wanted <= static_cast<std::int64_t>(stock.calls_per_minute)) return;
    findings.push_back(Warning(
        "stock",
        fmt::format(
            "{} symbols every {} s are {} calls a minute, and stock.calls_per_minute is {}: each "
            "batch takes longer than stock.interval",
            stock.symbols.size(),
            interval / 1000,
            wanted,
            stock.calls_per_minute
        ),
        "name fewer stock.symbols, or raise stock.interval"
    ));
}

/// An answer serves every event until it is too old.
void JudgeNewsPace(Findings& findings, const DomainSettings& domains) {
    const feeds::NewsOptions& news = domains.news;
    constexpr std::int64_t kDay = 24 * 3'600'000;
    const auto interval = std::max<std::int64_t>(news.interval.count(), 1);
    const auto cached = std::max<std::int64_t>(news.cache_time.count(), 1);
    const std::int64_t between = (cached + interval - 1) / interval * interval;
    if (kDay / between <= static_cast<std::int64_t>(news.credits_per_day)) return;
    findings.push_back(Warning(
        "news",
        fmt::format(
            "the schedule alone would make {} calls a day, and news.credits_per_day is {}: the "
            "news stops before the day is over",
            kDay / between,
            news.credits_per_day
        ),
        "raise news.cache_time or news.interval"
    ));
}

}  // namespace

Findings JudgeSources(const DomainSettings& domains) {
    Findings findings;
    for (const Domain domain : kDomains)
        findings.push_back(JudgeDomain(domains, domain));
    JudgeStockPace(findings, domains);
    JudgeNewsPace(findings, domains);
    return findings;
}

Findings CheckSources(const Examination& examination) {
    const DomainSettings& domains = examination.settings().domains;
    Findings findings = JudgeSources(domains);
    if (domains.ca_file.empty()) return findings;
    const auto trust = net::TlsTrust::FromFile(domains.ca_file);
    if (!trust) {
        findings.push_back(
            Wrong("upstream.ca_file", trust.error().context, "correct upstream.ca_file")
        );
    }
    return findings;
}

}  // namespace flux::app::doctor
