// A frame of the exchange: what is accepted keeps its promises, and becomes an event that reads
// back as it was written; so does whatever else is accepted as an event.
#include "base/assert.h"
#include "contract/ticker.h"
#include "feeds/crypto/exchange_frame.h"
#include "json/json_check.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace {

using flux::feeds::ExchangeTicker;

constexpr std::size_t kBytesMax = 64 * 1024;

void CheckReadsAsWritten(const flux::contract::TickerEvent& event) {
    const std::string written = flux::contract::Encode(event);
    FLUX_ASSERT(flux::json::Check(written));
    const auto read = flux::contract::DecodeTickerEvent(written);
    FLUX_ASSERT(read && *read == event);
}

/// The text as a record of the topic.
void CheckEvent(std::string_view text) {
    const auto event = flux::contract::DecodeTickerEvent(text);
    if (event) {
        CheckReadsAsWritten(*event);
    } else {
        FLUX_ASSERT(!event.error().context.empty());
    }
}

void CheckTicker(const ExchangeTicker& ticker) {
    FLUX_ASSERT(flux::feeds::IsProductId(ticker.product_id));
    for (const std::string* required :
         {&ticker.price,
          &ticker.low_24h,
          &ticker.high_24h,
          &ticker.volume_24h,
          &ticker.best_bid,
          &ticker.best_ask}) {
        FLUX_ASSERT(flux::feeds::IsDecimal(*required));
    }
    for (const std::string* optional :
         {&ticker.open_24h, &ticker.best_bid_size, &ticker.best_ask_size}) {
        FLUX_ASSERT(optional->empty() || flux::feeds::IsDecimal(*optional));
    }
    CheckReadsAsWritten(flux::feeds::ToEvent(ticker, 1'700'000'000'000));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    CheckEvent(text);
    const auto frame = flux::feeds::DecodeExchangeFrame(text, kBytesMax);
    if (!frame) {
        FLUX_ASSERT(!frame.error().context.empty());
        return 0;
    }
    FLUX_ASSERT(flux::json::Check(text));
    if (const auto* ticker = std::get_if<ExchangeTicker>(&*frame)) CheckTicker(*ticker);
    if (const auto* taken = std::get_if<flux::feeds::Subscriptions>(&*frame)) {
        for (const std::string& product : taken->ticker_products)
            FLUX_ASSERT(flux::feeds::IsProductId(product));
        FLUX_ASSERT(flux::json::Check(flux::feeds::EncodeSubscribe(taken->ticker_products)));
    }
    return 0;
}
