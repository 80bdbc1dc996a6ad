// The air quality of a city as it is kept, in memory and in the cache.
#pragma once

#include "base/clock.h"
#include "contract/weather.h"

#include <optional>
#include <string>
#include <string_view>

namespace flux::feeds {

struct KeptAir {
    contract::AirQuality air;
    WallMillis fetched_at = 0;

    friend bool operator==(const KeptAir&, const KeptAir&) = default;
};

/// `{"co":...,"pm2_5":...,"fetchedAt":ms}`. Thread: any, like the other.
std::string EncodeKeptAir(const KeptAir& kept);

/// Nothing when it cannot be read; the index is computed anew.
std::optional<KeptAir> DecodeKeptAir(std::string_view json);

}  // namespace flux::feeds
