#include "contract/top_coins.h"

#include "contract/member_reader.h"
#include "contract/object_writer.h"

namespace flux::contract {
namespace {

std::string EncodeCoin(const TopCoin& coin) {
    ObjectWriter out;
    out.Text("symbol", coin.symbol);
    out.Text("name", coin.name);
    out.Number("price_inr", coin.price_inr);
    out.Number("change_24h", coin.change_24h);
    out.Number("market_cap_inr", coin.market_cap_inr);
    out.Number("volume_24h_inr", coin.volume_24h_inr);
    out.Bool("tradable", true);
    return out.Take();
}

TopCoin ReadCoin(MemberReader& in) {
    TopCoin coin;
    coin.symbol = in.TextNotEmpty("symbol");
    coin.name = in.Text("name");
    coin.price_inr = in.Number("price_inr");
    coin.change_24h = in.Number("change_24h");
    coin.market_cap_inr = in.Number("market_cap_inr");
    coin.volume_24h_inr = in.Number("volume_24h_inr");
    return coin;
}

}  // namespace

std::string Encode(const TopCoinsEvent& event) {
    ObjectWriter out;
    out.Raw("topCoins", ArrayJson(event.coins, EncodeCoin));
    return out.Take();
}

Result<TopCoinsEvent> DecodeTopCoinsEvent(std::string_view json) {
    Result<MemberReader> in = ReadObject("top coins event", json);
    if (!in) return in.error();
    TopCoinsEvent event;
    event.coins = in->Objects("topCoins", ReadCoin);
    if (in->error()) return *in->error();
    return event;
}

}  // namespace flux::contract
