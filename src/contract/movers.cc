#include "contract/movers.h"

#include "contract/member_reader.h"
#include "contract/object_writer.h"

namespace flux::contract {
namespace {

constexpr std::string_view kCache = "cache";
constexpr std::string_view kApi = "api";

std::string EncodeMover(const Mover& mover) {
    ObjectWriter out;
    out.Text("id", mover.id);
    out.Text("symbol", mover.symbol);
    out.Text("name", mover.name);
    out.Text("image", mover.image);
    out.Number("currentPrice", mover.current_price);
    out.Number("priceChangePercentage1h", mover.change_1h);
    out.Number("priceChangePercentage24h", mover.change_24h);
    out.Number("high24h", mover.high_24h);
    out.Number("low24h", mover.low_24h);
    out.Number("marketCap", mover.market_cap);
    out.Number("marketCapRank", mover.market_cap_rank);
    out.Number("totalVolume", mover.total_volume);
    out.Text("lastUpdated", mover.last_updated);
    return out.Take();
}

Mover ReadMover(MemberReader& in) {
    Mover mover;
    mover.id = in.TextNotEmpty("id");
    mover.symbol = in.TextNotEmpty("symbol");
    mover.name = in.Text("name");
    mover.image = in.Text("image");
    mover.current_price = in.Number("currentPrice");
    mover.change_1h = in.Number("priceChangePercentage1h");
    mover.change_24h = in.Number("priceChangePercentage24h");
    mover.high_24h = in.Number("high24h");
    mover.low_24h = in.Number("low24h");
    mover.market_cap = in.Number("marketCap");
    mover.market_cap_rank = in.Number("marketCapRank");
    mover.total_volume = in.Number("totalVolume");
    mover.last_updated = in.Text("lastUpdated");
    return mover;
}

std::string EncodeList(const MoversEvent& event, const std::vector<Mover>& movers) {
    ObjectWriter out;
    out.Text("status", "success");
    out.Text("source", event.from_cache ? kCache : kApi);
    out.Integer("timestamp", event.timestamp);
    out.Raw("data", ArrayJson(movers, EncodeMover));
    return out.Take();
}

/// Reads one list, and into `event` when and from where it is.
std::vector<Mover> ReadList(MemberReader& event_in, std::string_view name, MoversEvent& event) {
    MemberReader in = event_in.Object(name);
    in.Constant("status", "success");
    const std::string source = in.Text("source");
    event.from_cache = source == kCache;
    if (!event.from_cache && source != kApi) {
        in.Refuse("source", "is neither \"api\" nor \"cache\"");
    }
    event.timestamp = in.Integer("timestamp");
    std::vector<Mover> movers = in.Objects("data", ReadMover);
    event_in.Take(in);
    return movers;
}

}  // namespace

std::string Encode(const MoversEvent& event) {
    ObjectWriter out;
    out.Raw("topGainers", EncodeList(event, event.gainers));
    out.Raw("topLosers", EncodeList(event, event.losers));
    return out.Take();
}

Result<MoversEvent> DecodeMoversEvent(std::string_view json) {
    Result<MemberReader> in = ReadObject("movers event", json);
    if (!in) return in.error();
    MoversEvent event;
    // The two may differ in time and source when another program wrote them; the gainers' count.
    event.losers = ReadList(*in, "topLosers", event);
    event.gainers = ReadList(*in, "topGainers", event);
    if (in->error()) return *in->error();
    return event;
}

}  // namespace flux::contract
