// How the news service is set.
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flux::feeds {

/// Plain settings; the composition root fills them from the configuration.
struct NewsOptions {
    std::string base_url = "https://newsdata.io/api/1";
    std::string key;      ///< "": there is none, and nothing is asked
    std::string ca_file;  ///< PEM file of trusted authorities; "" trusts the machine's
    std::string user_agent = "flux/0.1";
    bool simulated = false;  ///< `base_url` is the simulator's

    std::vector<std::string> categories{"business", "politics", "technology"};
    std::string language = "en";
    Milliseconds interval{480'000};    ///< between two scheduled events
    Milliseconds cache_time{720'000};  ///< an answer is not asked for again while it is younger
    Milliseconds retry_first{30'000};  ///< after a call that failed; doubles, up to the interval
    std::uint32_t credits_per_day = 200;
    std::uint32_t credits_per_quarter_hour = 30;
    Milliseconds limited_wait{900'000};  ///< after a 429 that does not say how long

    Milliseconds call_time_max{10'000};
    std::size_t cards_max = 50;  ///< the vendor's largest answer
};

/// A word the vendor may know as category or language: 1 to 30 of a-z.
bool IsNewsWord(std::string_view text);

/// Whether the options can be used. Errors: kBadInput naming the setting and what is allowed.
Result<void> Check(const NewsOptions& options);

/// "/latest?category=business,politics,technology&language=en": what is asked, without the key.
std::string NewsEndpoint(const NewsOptions& options);

/// "news:latest:global:en:business,politics,technology": where an answer is cached. Categories are
/// sorted, so that their order in the settings makes no difference.
std::string NewsCacheKey(const NewsOptions& options);

}  // namespace flux::feeds
