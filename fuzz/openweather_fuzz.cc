// Answers of OpenWeatherMap: what is accepted is within the bounds of what can be, and becomes a
// reading that reads back as it was written; so does what is kept of the air.
#include "base/assert.h"
#include "contract/weather.h"
#include "feeds/weather/kept_air.h"
#include "feeds/weather/openweather_answer.h"
#include "feeds/weather/weather_mapping.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

constexpr flux::WallMillis kNow = 1'700'000'000'000;

void CheckObservation(std::string_view text) {
    const auto seen = flux::feeds::DecodeObservation(text);
    if (!seen) {
        FLUX_ASSERT(!seen.error().context.empty());
        return;
    }
    FLUX_ASSERT(seen->humidity >= 0 && seen->humidity <= 100);
    FLUX_ASSERT(seen->wind_degree >= 0 && seen->wind_degree < 360);
    FLUX_ASSERT(!seen->condition.empty());
    auto reading = flux::feeds::ToReading(*seen, "http://h", kNow);
    reading.city = "Pune";
    const auto read = flux::contract::DecodeWeatherReading(flux::contract::Encode(reading));
    FLUX_ASSERT(read && *read == reading);
}

void CheckAir(std::string_view text) {
    const auto air = flux::feeds::DecodeAir(text);
    FLUX_ASSERT(air || !air.error().context.empty());
    if (!air) return;
    const flux::feeds::KeptAir kept{*air, kNow};
    FLUX_ASSERT(flux::feeds::DecodeKeptAir(flux::feeds::EncodeKeptAir(kept)) == kept);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    CheckObservation(text);
    CheckAir(text);
    const auto rows = flux::feeds::DecodeGeo(text);
    FLUX_ASSERT(rows || !rows.error().context.empty());
    if (rows) {
        for (const auto& row : *rows)
            FLUX_ASSERT(std::abs(row.lat) <= 90 && std::abs(row.lon) <= 180);
    }
    if (const auto kept = flux::feeds::DecodeKeptAir(text)) {
        FLUX_ASSERT(flux::feeds::DecodeKeptAir(flux::feeds::EncodeKeptAir(*kept)) == kept);
    }
    return 0;
}
