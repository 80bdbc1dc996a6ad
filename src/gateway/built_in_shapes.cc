#include "gateway/built_in_shapes.h"

#include "contract/movers.h"
#include "contract/news.h"
#include "contract/replies.h"
#include "contract/service_status.h"
#include "contract/stock.h"
#include "contract/ticker.h"
#include "contract/top_coins.h"
#include "json/json_fields.h"

#include <utility>

namespace flux::gateway {
namespace {

std::string Wrap(std::string_view head, std::string_view payload, std::string_view tail) {
    std::string text;
    text.reserve(head.size() + payload.size() + tail.size());
    text += head;
    text += payload;
    text += tail;
    return text;
}

std::string Success(std::string_view payload) {
    return Wrap(contract::kSuccessHead, payload, contract::kSuccessTail);
}

/// The whole record is what goes on, once it is known to be whole.
template <class Event>
Result<ShapedEvent> WholeRecord(const Result<Event>& decoded, std::string_view payload) {
    if (!decoded) return decoded.error();
    ShapedEvent shaped;
    shaped.argument = Success(payload);
    return shaped;
}

Result<ShapedEvent> TickerOfRecord(std::string_view payload) {
    const Result<contract::TickerEvent> event = contract::DecodeTickerEvent(payload);
    Result<ShapedEvent> shaped = WholeRecord(event, payload);
    if (shaped) shaped->key = event->data.product_id;
    return shaped;
}

Result<ShapedEvent> MoversOfRecord(std::string_view payload) {
    return WholeRecord(contract::DecodeMoversEvent(payload), payload);
}

Result<ShapedEvent> TopCoinsOfRecord(std::string_view payload) {
    return WholeRecord(contract::DecodeTopCoinsEvent(payload), payload);
}

Result<ShapedEvent> StockOfRecord(std::string_view payload) {
    const Result<contract::StockEvent> decoded = contract::DecodeStockEvent(payload);
    if (!decoded) return decoded.error();
    const std::string_view data = *json::Member(payload, "data");
    ShapedEvent shaped;
    shaped.argument = Success(data);
    shaped.cache_value = data;
    return shaped;
}

Result<ShapedEvent> StockOfCached(std::string_view value) {
    return StockOfRecord(Wrap(R"({"data":)", value, "}"));
}

/// "2026-03-20 08:55:00", as older services write it, is UTC without saying so; browsers would read
/// it as their own time.
std::string WithZone(std::string time) {
    constexpr std::string_view kForm = "0000-00-00 00:00:00";
    if (time.size() != kForm.size()) return time;
    for (std::size_t i = 0; i < time.size(); ++i) {
        const bool digit = time[i] >= '0' && time[i] <= '9';
        if (kForm[i] == '0' ? !digit : time[i] != kForm[i]) return time;
    }
    time[kForm.find(' ')] = 'T';
    return time + 'Z';
}

Result<ShapedEvent> NewsOfRecord(std::string_view payload) {
    Result<contract::NewsEvent> event = contract::DecodeNewsEvent(payload);
    if (!event) return event.error();
    for (contract::NewsCard& card : event->cards)
        card.published_at = WithZone(std::move(card.published_at));
    const std::string record = contract::Encode(*event);
    const std::string_view cards = *json::Member(*json::Member(record, "payload"), "data");
    ShapedEvent shaped;
    shaped.argument = Wrap(contract::kNewsHead, cards, contract::kNewsTail);
    shaped.cache_value = cards;
    return shaped;
}

/// The cache holds the cards alone.
Result<ShapedEvent> NewsOfCached(std::string_view value) {
    constexpr std::string_view kHead = R"({"scope":"global","timestamp":0,"source":"interval",)"
                                       R"("payload":{"source":"cache","scope":"global","data":)";
    return NewsOfRecord(Wrap(kHead, value, "}}"));
}

Result<ShapedEvent> StatusOfRecord(std::string_view payload) {
    Result<contract::ServiceStatus> status = contract::DecodeServiceStatus(payload);
    if (!status) return status.error();
    ShapedEvent shaped;
    shaped.key = std::move(status->domain);
    shaped.argument = payload;
    return shaped;
}

}  // namespace

const EventShape kTickerShape{.of_record = TickerOfRecord};
const EventShape kMoversShape{.of_record = MoversOfRecord};
const EventShape kTopCoinsShape{.of_record = TopCoinsOfRecord};
const EventShape kStockShape{.of_record = StockOfRecord, .of_cached = StockOfCached};
const EventShape kNewsShape{.of_record = NewsOfRecord, .of_cached = NewsOfCached};
const EventShape kStatusShape{.of_record = StatusOfRecord};

}  // namespace flux::gateway
