// E4 `crypto.ticker.event.updated`: the newest price of one product.
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <optional>
#include <string>
#include <string_view>

namespace flux::contract {

/// One ticker object under the reference's (Advanced Trade) field names. Every number is its text
/// as the exchange wrote it: trailing zeros and precision mean something, so nothing is converted.
struct Ticker {
    std::string product_id;                        ///< "BTC-USD"; also the record's key
    std::string price;                             ///< in the quote currency
    std::string volume_24_h;                       ///< in base units
    std::string low_24_h;                          ///< in the quote currency
    std::string high_24_h;                         ///< in the quote currency
    std::string price_percent_chg_24_h;            ///< percent
    std::string best_bid;                          ///< in the quote currency
    std::string best_ask;                          ///< in the quote currency
    std::optional<std::string> best_bid_quantity;  ///< in base units
    std::optional<std::string> best_ask_quantity;  ///< in base units
    std::optional<std::string> low_52_w;           ///< absent from the Exchange feed
    std::optional<std::string> high_52_w;          ///< absent from the Exchange feed

    friend bool operator==(const Ticker&, const Ticker&) = default;
};

/// The record's value: `{"source":"coinbase","ts":...,"data":{"type":"ticker",...}}`.
struct TickerEvent {
    std::string source = "coinbase";
    WallMillis ts = 0;  ///< when the crypto service received it
    Ticker data;

    friend bool operator==(const TickerEvent&, const TickerEvent&) = default;
};

/// Whether `text` is written as a number (JSON's grammar), which every text field of a Ticker but
/// product_id must be. Thread: any.
bool IsNumberText(std::string_view text);

/// Thread: any. The caller has made sure that the number fields are numbers.
std::string Encode(const TickerEvent& event);

/// Checks and reads a record's value. Errors: kBadInput naming the field. Thread: any.
Result<TickerEvent> DecodeTickerEvent(std::string_view json);

}  // namespace flux::contract
