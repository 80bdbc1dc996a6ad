#include "contract/stock.h"

#include "contract/member_reader.h"
#include "contract/object_writer.h"

#include <array>
#include <utility>

namespace flux::contract {
namespace {

// The same in every event; pages join `exchanges` and throw without it.
constexpr std::string_view kMeta =
    R"({"source":"Finnhub","market":"US","exchanges":["NYSE","NASDAQ"],"currency":"USD","timezone":"UTC"})";

using Price = std::pair<std::string_view, double StockPerformance::*>;

constexpr std::array<Price, 7> kPrices{{
    {"currentPrice", &StockPerformance::current_price},
    {"previousClose", &StockPerformance::previous_close},
    {"change", &StockPerformance::change},
    {"changePercent", &StockPerformance::change_percent},
    {"high", &StockPerformance::high},
    {"low", &StockPerformance::low},
    {"open", &StockPerformance::open},
}};

std::string EncodeRow(const StockPerformance& row) {
    ObjectWriter out;
    out.Text("symbol", row.symbol);
    for (const auto& [name, member] : kPrices)
        out.Number(name, row.*member);
    return out.Take();
}

StockPerformance ReadRow(MemberReader& in) {
    StockPerformance row;
    row.symbol = in.TextNotEmpty("symbol");
    for (const auto& [name, member] : kPrices)
        row.*member = in.Number(name);
    return row;
}

}  // namespace

std::string Encode(const StockEvent& event) {
    ObjectWriter data;
    data.Raw("meta", kMeta);
    data.Text("timestamp", event.timestamp);
    data.Raw("topGainers", ArrayJson(event.gainers, EncodeRow));
    data.Raw("topLosers", ArrayJson(event.losers, EncodeRow));
    ObjectWriter out;
    out.Raw("data", data.Take());
    return out.Take();
}

Result<StockEvent> DecodeStockEvent(std::string_view json) {
    Result<MemberReader> in = ReadObject("stock event", json);
    if (!in) return in.error();
    StockEvent event;
    MemberReader data = in->Object("data");
    MemberReader meta = data.Object("meta");
    meta.Text("market");
    meta.Texts("exchanges");
    meta.Text("currency");
    data.Take(meta);
    event.timestamp = data.TextNotEmpty("timestamp");
    event.gainers = data.Objects("topGainers", ReadRow);
    event.losers = data.Objects("topLosers", ReadRow);
    in->Take(data);
    if (in->error()) return *in->error();
    return event;
}

}  // namespace flux::contract
