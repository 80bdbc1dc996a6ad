// What a simulated source is told: faults are read or refused with a reason, an answer stays JSON
// under every fault of values, and names of cities are compared without losing bytes.
#include "base/assert.h"
#include "input.h"
#include "json/json_check.h"
#include "simulator/body_twist.h"
#include "simulator/coinbase/feed_request.h"
#include "simulator/fault.h"
#include "simulator/openweather/city.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace flux::simulator;

const BodyShape kShape{{"a", "a.b", "rows"}, {"b", "rows.a"}, {"t", "name"}};

void CheckTwists(std::string_view body) {
    const bool json = flux::json::Check(body).has_value();
    for (const FaultEntry& entry : Faults()) {
        if (entry.kind == FaultKind::kHugeTexts) continue;  // slow, and no other code
        const std::string twisted = Twist(body, entry.kind, kShape);
        if (!json) {
            FLUX_ASSERT(twisted == body);
            continue;
        }
        flux::json::CheckLimits limits;
        limits.bytes_max = std::size_t{64} << 20;
        FLUX_ASSERT(flux::json::Check(twisted, limits).has_value());
    }
    if (json) FLUX_ASSERT(flux::json::Check(WithField(body, "a", "[null]")).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = Input(data, size).Rest();
    if (const auto fault = ParseFault(text)) {
        FLUX_ASSERT(fault->count <= 1'000'000);
        FLUX_ASSERT(fault->delay.count() > 0 || fault->delay.count() == 0);
        FLUX_ASSERT(!ToString(fault->kind).empty());
    } else {
        FLUX_ASSERT(!fault.error().context.empty());
    }
    if (const auto request = ParseFeedRequest(text)) FLUX_ASSERT(!request->channels.empty());
    CheckTwists(text);
    const std::string folded = FoldedName(text);
    FLUX_ASSERT(FoldedName(folded) == folded);
    for (const City* const city : FindCities(text, "", ""))
        FLUX_ASSERT(!city->name.empty());
    return 0;
}
