#include "feeds/crypto/exchange_frame.h"

#include "json/json_check.h"
#include "json/json_fields.h"

#include <array>
#include <optional>
#include <utility>

namespace flux::feeds {
namespace {

/// Words from upstream end up in logs: keep them short.
constexpr std::size_t kWordsBytesMax = 300;

Error Bad(std::string_view what) {
    return Error(
        ErrorCode::kBadInput, Retry::kNever, "a frame of the feed was skipped: " + std::string(what)
    );
}

struct NumberField {
    std::string_view name;
    std::string ExchangeTicker::*member;
    bool required;
};
constexpr std::array<NumberField, 9> kNumbers{
    {{"price", &ExchangeTicker::price, true},
     {"open_24h", &ExchangeTicker::open_24h, false},
     {"low_24h", &ExchangeTicker::low_24h, true},
     {"high_24h", &ExchangeTicker::high_24h, true},
     {"volume_24h", &ExchangeTicker::volume_24h, true},
     {"best_bid", &ExchangeTicker::best_bid, true},
     {"best_ask", &ExchangeTicker::best_ask, true},
     {"best_bid_size", &ExchangeTicker::best_bid_size, false},
     {"best_ask_size", &ExchangeTicker::best_ask_size, false}}};

std::string DecimalOrNothing(std::string_view value) {
    auto text = json::AsString(value);
    return text && IsDecimal(*text) ? std::move(*text) : std::string();
}

void ReadTickerMember(
    const json::ObjectReader& member, ExchangeTicker& ticker, bool& has_sequence
) {
    for (const NumberField& field : kNumbers) {
        if (!member.NameIs(field.name)) continue;
        ticker.*field.member = DecimalOrNothing(member.value());
        return;
    }
    if (member.NameIs("product_id")) {
        ticker.product_id = json::AsString(member.value()).value_or("");
    } else if (member.NameIs("sequence")) {
        const auto sequence = json::AsInteger(member.value());
        has_sequence = sequence.has_value();
        ticker.sequence = sequence.value_or(0);
    }
}

Result<ExchangeFrame> DecodeTicker(std::string_view text) {
    ExchangeTicker ticker;
    bool has_sequence = false;
    for (json::ObjectReader members(text); members.Next();)
        ReadTickerMember(members, ticker, has_sequence);
    if (!IsProductId(ticker.product_id)) return Bad("a ticker without a proper product_id");
    if (!has_sequence) return Bad("a ticker without a sequence number");
    for (const NumberField& field : kNumbers) {
        if (field.required && (ticker.*field.member).empty()) {
            return Bad("a ticker whose " + std::string(field.name) + " is missing or no decimal");
        }
    }
    return ExchangeFrame(std::move(ticker));
}

/// The products of one entry of `channels`: a name alone carries none.
void ReadChannel(std::string_view channel, Subscriptions& subscriptions) {
    const auto name = json::Member(channel, "name");
    if (!name || json::AsString(*name) != "ticker") return;
    const auto products = json::Member(channel, "product_ids");
    if (!products) return;
    for (json::ArrayReader ids(*products); ids.Next();) {
        auto id = json::AsString(ids.value());
        if (id && IsProductId(*id)) subscriptions.ticker_products.push_back(std::move(*id));
    }
}

Result<ExchangeFrame> DecodeSubscriptions(std::string_view text) {
    const auto channels = json::Member(text, "channels");
    if (!channels || json::KindOf(*channels) != json::Kind::kArray) {
        return Bad("subscriptions without a list of channels");
    }
    Subscriptions subscriptions;
    for (json::ArrayReader items(*channels); items.Next();)
        ReadChannel(items.value(), subscriptions);
    return ExchangeFrame(std::move(subscriptions));
}

std::string Words(std::string_view text, std::string_view name) {
    const auto value = json::Member(text, name);
    return value ? json::AsString(*value).value_or("").substr(0, kWordsBytesMax) : std::string();
}

}  // namespace

Result<ExchangeFrame> DecodeExchangeFrame(std::string_view text, std::size_t bytes_max) {
    json::CheckLimits limits;
    limits.bytes_max = bytes_max;
    const Result<void> checked = json::Check(text, limits);
    if (!checked) return checked.error();
    if (json::KindOf(text) != json::Kind::kObject) return Bad("it is no JSON object");
    const auto type_value = json::Member(text, "type");
    const auto type = type_value ? json::AsString(*type_value) : std::nullopt;
    if (!type) return Bad("it has no type");

    if (*type == "ticker") return DecodeTicker(text);
    if (*type == "heartbeat") return ExchangeFrame(Heartbeat{Words(text, "product_id")});
    if (*type == "subscriptions") return DecodeSubscriptions(text);
    if (*type == "error") {
        return ExchangeFrame(FeedError{Words(text, "message"), Words(text, "reason")});
    }
    return ExchangeFrame(UnknownFrame{type->substr(0, kWordsBytesMax)});
}

std::string EncodeSubscribe(std::span<const std::string> products) {
    std::string frame = R"({"type":"subscribe","product_ids":[)";
    for (std::size_t i = 0; i < products.size(); ++i) {
        if (i > 0) frame += ',';
        json::AppendQuoted(frame, products[i]);
    }
    frame += R"(],"channels":["ticker","heartbeat"]})";
    return frame;
}

}  // namespace flux::feeds
