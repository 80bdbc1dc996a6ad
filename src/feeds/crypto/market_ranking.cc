#include "feeds/crypto/market_ranking.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

namespace flux::feeds {
namespace {

constexpr std::size_t kLargest = 100;
constexpr double kNoRank = 9007199254740991;  // the reference's: the largest whole number of JSON

contract::Mover ToMover(const MarketRow& row) {
    contract::Mover mover;
    mover.id = row.id;
    mover.symbol = row.symbol;
    mover.name = row.name;
    mover.image = row.image;
    mover.current_price = row.current_price;
    mover.change_1h = row.change_1h.value_or(0);
    mover.change_24h = row.change_24h.value_or(0);
    mover.high_24h = row.high_24h.value_or(row.current_price);
    mover.low_24h = row.low_24h.value_or(row.current_price);
    mover.market_cap = row.market_cap.value_or(0);
    mover.market_cap_rank = row.market_cap_rank.value_or(kNoRank);
    mover.total_volume = row.total_volume.value_or(0);
    mover.last_updated = row.last_updated;
    return mover;
}

/// In steps of 0.1 %, halves up, as Math.round of JavaScript does it.
double Steps(const MarketRow* row) {
    return std::floor(row->change_1h.value_or(0) * 10 + 0.5);
}

/// Those that can be ranked.
std::vector<const MarketRow*> Ranked(const std::vector<MarketRow>& rows) {
    std::vector<const MarketRow*> ranked;
    for (std::size_t index = 0; index < std::min(rows.size(), kLargest); ++index) {
        const MarketRow& row = rows[index];
        const bool large = row.market_cap_rank.value_or(kNoRank) <= static_cast<double>(kLargest);
        if (large && row.total_volume) ranked.push_back(&row);
    }
    return ranked;
}

/// `sign` 1: who rose most first; -1: who fell most.
std::vector<contract::Mover> First(
    std::vector<const MarketRow*> ranked, double sign, std::size_t count
) {
    std::stable_sort(
        ranked.begin(),
        ranked.end(),
        [sign](const MarketRow* left, const MarketRow* right) {
            const double a = sign * Steps(left);
            const double b = sign * Steps(right);
            return a != b ? a > b : *left->total_volume > *right->total_volume;
        }
    );
    std::vector<contract::Mover> movers;
    for (std::size_t index = 0; index < std::min(ranked.size(), count); ++index)
        movers.push_back(ToMover(*ranked[index]));
    return movers;
}

double Cents(double value) {
    return std::round(value * 100) / 100;
}

std::string UpperCase(std::string text) {
    for (char& c : text) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return text;
}

std::optional<contract::TopCoin> ToCoin(
    const MarketRow& row, const std::string& product, double inr_per_usd
) {
    contract::TopCoin coin;
    coin.symbol = product;
    coin.name = row.name;
    coin.price_inr = Cents(row.current_price * inr_per_usd);
    coin.change_24h = Cents(row.change_24h.value_or(0));
    coin.market_cap_inr = std::round(row.market_cap.value_or(0) * inr_per_usd);
    coin.volume_24h_inr = std::round(row.total_volume.value_or(0) * inr_per_usd);
    const bool finite = std::isfinite(coin.price_inr) && std::isfinite(coin.change_24h) &&
                        std::isfinite(coin.market_cap_inr) && std::isfinite(coin.volume_24h_inr);
    return finite ? std::optional(std::move(coin)) : std::nullopt;
}

}  // namespace

std::vector<contract::Mover> TopGainers(const std::vector<MarketRow>& rows, std::size_t count) {
    return First(Ranked(rows), 1, count);
}

std::vector<contract::Mover> TopLosers(const std::vector<MarketRow>& rows, std::size_t count) {
    std::vector<const MarketRow*> ranked = Ranked(rows);
    std::erase_if(ranked, [](const MarketRow* row) { return !row->change_1h; });
    return First(std::move(ranked), -1, count);
}

std::vector<contract::TopCoin> TopCoins(
    const std::vector<MarketRow>& rows,
    const ProductsByBase& products,
    double inr_per_usd,
    std::size_t count
) {
    std::vector<contract::TopCoin> coins;
    std::set<std::string_view> taken;  // coins of one symbol: the largest has the product
    for (const MarketRow& row : rows) {
        if (coins.size() == count) break;
        const auto product = products.find(UpperCase(row.symbol));
        if (product == products.end() || taken.contains(product->second)) continue;
        std::optional<contract::TopCoin> coin = ToCoin(row, product->second, inr_per_usd);
        if (!coin) continue;
        taken.insert(product->second);
        coins.push_back(*std::move(coin));
    }
    return coins;
}

}  // namespace flux::feeds
