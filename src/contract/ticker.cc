#include "contract/ticker.h"

#include "contract/object_writer.h"
#include "json/json_check.h"
#include "json/json_fields.h"

#include <array>
#include <fmt/format.h>
#include <utility>

namespace flux::contract {

namespace {

constexpr std::string_view kTickerType = "ticker";

using RequiredField = std::pair<std::string_view, std::string Ticker::*>;
using OptionalField = std::pair<std::string_view, std::optional<std::string> Ticker::*>;

constexpr std::array<RequiredField, 7> kRequired{{
    {"price", &Ticker::price},
    {"volume_24_h", &Ticker::volume_24_h},
    {"low_24_h", &Ticker::low_24_h},
    {"high_24_h", &Ticker::high_24_h},
    {"price_percent_chg_24_h", &Ticker::price_percent_chg_24_h},
    {"best_bid", &Ticker::best_bid},
    {"best_ask", &Ticker::best_ask},
}};

constexpr std::array<OptionalField, 4> kOptional{{
    {"best_bid_quantity", &Ticker::best_bid_quantity},
    {"best_ask_quantity", &Ticker::best_ask_quantity},
    {"low_52_w", &Ticker::low_52_w},
    {"high_52_w", &Ticker::high_52_w},
}};

Error Bad(std::string_view field, std::string_view why) {
    return Error(
        ErrorCode::kBadInput, Retry::kNever, fmt::format("ticker event: '{}' {}", field, why)
    );
}

/// The text of a number field, or what is wrong with it.
Result<std::string> NumberText(std::string_view name, std::string_view value) {
    std::optional<std::string> text = json::AsString(value);
    if (!text || !IsNumberText(*text)) return Bad(name, "is not a number written as text");
    return *std::move(text);
}

Result<Ticker> ReadTicker(std::string_view object) {
    Ticker ticker;
    const auto type = json::Member(object, "type");
    if (!type || json::AsString(*type) != kTickerType) return Bad("data.type", "is not \"ticker\"");
    const auto product = json::Member(object, "product_id");
    ticker.product_id = product ? json::AsString(*product).value_or("") : "";
    if (ticker.product_id.empty()) return Bad("data.product_id", "is missing or no text");
    for (const auto& [name, member] : kRequired) {
        const auto value = json::Member(object, name);
        if (!value) return Bad(name, "is missing");
        Result<std::string> text = NumberText(name, *value);
        if (!text) return text.error();
        ticker.*member = *std::move(text);
    }
    for (const auto& [name, member] : kOptional) {
        const auto value = json::Member(object, name);
        if (!value) continue;
        Result<std::string> text = NumberText(name, *value);
        if (!text) return text.error();
        ticker.*member = *std::move(text);
    }
    return ticker;
}

}  // namespace

bool IsNumberText(std::string_view text) {
    return json::Check(text).has_value() && json::KindOf(text) == json::Kind::kNumber &&
           json::TrimBlanks(text).size() == text.size();
}

std::string Encode(const TickerEvent& event) {
    ObjectWriter data;
    data.Text("type", kTickerType);
    data.Text("product_id", event.data.product_id);
    for (const auto& [name, member] : kRequired)
        data.Text(name, event.data.*member);
    for (const auto& [name, member] : kOptional)
        data.OptionalText(name, event.data.*member);

    ObjectWriter out;
    out.Text("source", event.source);
    out.Integer("ts", event.ts);
    out.Raw("data", data.Take());
    return out.Take();
}

Result<TickerEvent> DecodeTickerEvent(std::string_view json) {
    if (const Result<void> checked = json::Check(json); !checked) return checked.error();
    TickerEvent event;
    const auto source = json::Member(json, "source");
    const auto source_text = source ? json::AsString(*source) : std::nullopt;
    if (!source_text) return Bad("source", "is missing or no text");
    event.source = *source_text;
    const auto ts = json::Member(json, "ts");
    const auto ts_number = ts ? json::AsInteger(*ts) : std::nullopt;
    if (!ts_number) return Bad("ts", "is missing or no integer");
    event.ts = *ts_number;
    const auto data = json::Member(json, "data");
    if (!data || json::KindOf(*data) != json::Kind::kObject) return Bad("data", "is no object");
    Result<Ticker> ticker = ReadTicker(*data);
    if (!ticker) return ticker.error();
    event.data = *std::move(ticker);
    return event;
}

}  // namespace flux::contract
