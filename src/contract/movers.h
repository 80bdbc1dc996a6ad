// E2 `crypto.movers.event.updated`: who rose and fell most within the hour.
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace flux::contract {

struct Mover {
    std::string id;
    std::string symbol;  ///< lower case
    std::string name;
    std::string image;         ///< URL
    double current_price = 0;  ///< USD
    double change_1h = 0;      ///< percent
    double change_24h = 0;     ///< percent
    double high_24h = 0;       ///< USD
    double low_24h = 0;        ///< USD
    double market_cap = 0;     ///< USD
    double market_cap_rank = 0;
    double total_volume = 0;   ///< USD
    std::string last_updated;  ///< ISO 8601

    friend bool operator==(const Mover&, const Mover&) = default;
};

/// Both lists, of one answer of the source. An event is published only when both are whole.
struct MoversEvent {
    WallMillis timestamp = 0;
    bool from_cache = false;  ///< `source`: "cache" or "api"
    std::vector<Mover> gainers;
    std::vector<Mover> losers;

    friend bool operator==(const MoversEvent&, const MoversEvent&) = default;
};

/// `{"topGainers":{"status":"success","source":...,"timestamp":...,"data":[...]},"topLosers":{...}}`
std::string Encode(const MoversEvent& event);

/// Also the value of the cache key kMoversKey. Errors: kBadInput naming the field. Thread: any.
Result<MoversEvent> DecodeMoversEvent(std::string_view json);

}  // namespace flux::contract
