// The payloads of all domains: what is accepted is written as checked JSON and reads back as it
// was; what is refused says why. Names of places fold once and for all.
#include "base/assert.h"
#include "contract/commands.h"
#include "contract/location.h"
#include "contract/movers.h"
#include "contract/news.h"
#include "contract/places.h"
#include "contract/service_status.h"
#include "contract/stock.h"
#include "contract/top_coins.h"
#include "contract/unicode_text.h"
#include "contract/weather.h"
#include "json/json_check.h"
#include "json/utf8.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace {

using flux::Result;
namespace contract = flux::contract;

template <typename Payload>
void CheckReadsAsWritten(const Payload& payload, Result<Payload> (*decode)(std::string_view)) {
    const std::string written = contract::Encode(payload);
    FLUX_ASSERT(flux::json::Check(written));
    const Result<Payload> read = decode(written);
    FLUX_ASSERT(read && *read == payload);
}

template <typename Payload>
void CheckPayload(std::string_view text, Result<Payload> (*decode)(std::string_view)) {
    const Result<Payload> payload = decode(text);
    if (payload) {
        CheckReadsAsWritten(*payload, decode);
    } else {
        FLUX_ASSERT(!payload.error().context.empty());
    }
}

void CheckWeather(std::string_view text) {
    const Result<contract::WeatherEvent> event = contract::DecodeWeatherEvent(text);
    if (!event) {
        FLUX_ASSERT(!event.error().context.empty());
        return;
    }
    const auto written =
        std::visit([](const auto& payload) { return contract::Encode(payload); }, *event);
    FLUX_ASSERT(flux::json::Check(written));
    const Result<contract::WeatherEvent> read = contract::DecodeWeatherEvent(written);
    FLUX_ASSERT(read && *read == *event);
}

void CheckPlaces(std::string_view text) {
    const std::string folded = contract::FoldedCity(text);
    if (flux::json::IsUtf8(text)) {
        FLUX_ASSERT(flux::json::IsUtf8(folded));
        FLUX_ASSERT(contract::FoldedCity(folded) == folded);
        FLUX_ASSERT(contract::FoldedCity(contract::ComposedText(text)) == folded);
    }
    const auto code = contract::CountryCode(text);
    FLUX_ASSERT(!code || (code->size() == 2 && contract::CountryCode(*code) == code));
    FLUX_ASSERT(contract::AirKey(text, code) != contract::WeatherKey(text, code));
    FLUX_ASSERT(
        contract::GeoKey(text, std::string("a:b"), code) !=
        contract::GeoKey(std::string(text) + ":a", std::string("b"), code)
    );
}

void CheckLocation(std::string_view text) {
    if (!flux::json::Check(text)) return;
    const auto location = contract::ReadLocation(text);
    if (!location) {
        FLUX_ASSERT(!location.error().context.empty());
        return;
    }
    if (!*location) return;
    const std::string& city = (*location)->city;
    FLUX_ASSERT(!city.empty() && flux::json::Utf8Length(city) <= contract::kPlaceCharactersMax);
    FLUX_ASSERT(contract::ComposedText(city) == city);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    CheckWeather(text);
    CheckPayload(text, &contract::DecodeWeatherReading);
    CheckPayload(text, &contract::DecodeMoversEvent);
    CheckPayload(text, &contract::DecodeTopCoinsEvent);
    CheckPayload(text, &contract::DecodeStockEvent);
    CheckPayload(text, &contract::DecodeNewsEvent);
    CheckPayload(text, &contract::DecodeServiceStatus);
    CheckPayload(text, &contract::DecodeWeatherFetch);
    CheckPayload(text, &contract::DecodeRefreshCommand);
    CheckLocation(text);
    CheckPlaces(text);
    return 0;
}
