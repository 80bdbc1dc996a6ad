// What a simulated source is told: faults are read or refused with a reason, an answer stays JSON
// under every fault of values, and names of cities are compared without losing bytes.
#include "base/assert.h"
#include "input.h"
#include "json/json_check.h"
#include "json/utf8.h"
#include "simulator/body_twist.h"
#include "simulator/coinbase/feed_request.h"
#include "simulator/fault.h"
#include "simulator/openweather/city.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using flux::simulator::BodyShape;
using flux::simulator::City;
using flux::simulator::FaultEntry;
using flux::simulator::FaultKind;
using flux::simulator::FoldedName;

const BodyShape kShape{{"a", "a.b", "rows"}, {"b", "rows.a"}, {"t", "name"}};

bool CheckTable() {
    const std::string table = flux::simulator::FaultTable();
    for (const FaultEntry& entry : flux::simulator::Faults())
        FLUX_ASSERT(table.find(entry.name) != std::string::npos);
    return true;
}

void CheckTwists(std::string_view body) {
    const bool json = flux::json::Check(body).has_value();
    for (const FaultEntry& entry : flux::simulator::Faults()) {
        if (entry.kind == FaultKind::kHugeTexts && body.size() > 200) continue;  // slow
        const std::string twisted = flux::simulator::Twist(body, entry.kind, kShape);
        if (!json) {
            FLUX_ASSERT(twisted == body);
            continue;
        }
        flux::json::CheckLimits limits;
        limits.bytes_max = std::size_t{64} << 20;
        FLUX_ASSERT(flux::json::Check(twisted, limits).has_value());
    }
    if (json)
        FLUX_ASSERT(flux::json::Check(flux::simulator::WithField(body, "a", "[null]")).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    [[maybe_unused]] static const bool checked = CheckTable();
    const std::string text(flux::fuzz::Input(data, size).Rest());
    if (const auto fault = flux::simulator::ParseFault(text)) {
        FLUX_ASSERT(fault->count <= 1'000'000);
        FLUX_ASSERT(fault->delay <= std::chrono::hours(1));
        FLUX_ASSERT(!flux::simulator::ToString(fault->kind).empty());
    } else {
        FLUX_ASSERT(!fault.error().context.empty());
    }
    if (const auto request = flux::simulator::ParseFeedRequest(text))
        FLUX_ASSERT(!request->channels.empty());
    CheckTwists(text);
    const std::string folded = FoldedName(text);
    if (flux::json::IsUtf8(text)) FLUX_ASSERT(FoldedName(folded) == folded);
    flux::fuzz::Input lines(data, size);
    const std::string_view name = lines.Line();
    const std::string_view state = lines.Line();
    for (const City* const city : flux::simulator::FindCities(name, state, lines.Rest())) {
        FLUX_ASSERT(city->id() >= 1'000'000 && city->id() < 10'000'000);
        FLUX_ASSERT(flux::simulator::CityNear(city->lat, city->lon) == city);
    }
    return 0;
}
