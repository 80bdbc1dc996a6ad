#include "feeds/weather/kept_air.h"

#include "contract/member_reader.h"
#include "contract/object_writer.h"
#include "feeds/weather/epa_index.h"

#include <array>
#include <utility>

namespace flux::feeds {
namespace {

using Pollutant = std::pair<std::string_view, std::optional<double> contract::AirQuality::*>;

constexpr std::array<Pollutant, 6> kPollutants{{
    {"co", &contract::AirQuality::co},
    {"no2", &contract::AirQuality::no2},
    {"o3", &contract::AirQuality::o3},
    {"so2", &contract::AirQuality::so2},
    {"pm10", &contract::AirQuality::pm10},
    {"pm2_5", &contract::AirQuality::pm2_5},
}};

}  // namespace

std::string EncodeKeptAir(const KeptAir& kept) {
    contract::ObjectWriter out;
    for (const auto& [name, member] : kPollutants)
        out.OptionalNumber(name, kept.air.*member);
    out.Integer("fetchedAt", kept.fetched_at);
    return out.Take();
}

std::optional<KeptAir> DecodeKeptAir(std::string_view json) {
    Result<contract::MemberReader> in = contract::ReadObject("air quality", json);
    if (!in) return std::nullopt;
    KeptAir kept;
    for (const auto& [name, member] : kPollutants) {
        kept.air.*member = in->OptionalNumber(name);
        if (kept.air.*member && *(kept.air.*member) < 0) return std::nullopt;
    }
    kept.fetched_at = in->Integer("fetchedAt");
    if (in->error()) return std::nullopt;
    if (kept.air.pm2_5) kept.air.us_epa_index = UsEpaIndex(*kept.air.pm2_5);
    return kept;
}

}  // namespace flux::feeds
