#include "feeds/crypto/market_row.h"

#include "config/instant.h"
#include "contract/member_reader.h"
#include "json/json_check.h"
#include "json/json_fields.h"

#include <algorithm>
#include <utility>

namespace flux::feeds {
namespace {

constexpr std::size_t kNameBytesMax = 200;
constexpr std::size_t kUrlBytesMax = 2000;

std::string Name(contract::MemberReader& in, std::string_view name) {
    std::string text = in.TextNotEmpty(name);
    if (text.size() > kNameBytesMax) in.Refuse(name, "is too long");
    return text;
}

std::string Image(contract::MemberReader& in) {
    std::string url = in.OptionalText("image").value_or("");
    const bool usable =
        url.size() <= kUrlBytesMax && (url.starts_with("https://") || url.starts_with("http://"));
    return usable ? url : "";
}

std::string LowerCase(std::string text) {
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return text;
}

Result<MarketRow> ReadRow(std::string_view item) {
    contract::MemberReader in("market row", item);
    MarketRow row;
    row.id = Name(in, "id");
    row.symbol = LowerCase(Name(in, "symbol"));
    row.name = Name(in, "name");
    row.image = Image(in);
    row.current_price = in.Number("current_price");
    if (row.current_price < 0) in.Refuse("current_price", "is negative");
    row.market_cap = in.OptionalNumber("market_cap");
    row.market_cap_rank = in.OptionalNumber("market_cap_rank");
    row.total_volume = in.OptionalNumber("total_volume");
    row.high_24h = in.OptionalNumber("high_24h");
    row.low_24h = in.OptionalNumber("low_24h");
    row.change_1h = in.OptionalNumber("price_change_percentage_1h_in_currency");
    row.change_24h = in.OptionalNumber("price_change_percentage_24h");
    if (!row.change_24h) {
        row.change_24h = in.OptionalNumber("price_change_percentage_24h_in_currency");
    }
    row.last_updated = Name(in, "last_updated");
    if (!config::ParseInstant(row.last_updated)) in.Refuse("last_updated", "is no time");
    if (in.error()) return *in.error();
    return row;
}

}  // namespace

Result<MarketList> DecodeMarkets(std::string_view body, std::size_t bytes_max) {
    json::CheckLimits limits;
    limits.bytes_max = bytes_max;
    if (const Result<void> checked = json::Check(body, limits); !checked) return checked.error();
    if (json::KindOf(body) != json::Kind::kArray) {
        return Error(ErrorCode::kBadInput, Retry::kLater, "the list of markets is no JSON array");
    }
    MarketList list;
    for (json::ArrayReader items(body); items.Next();) {
        Result<MarketRow> row = ReadRow(items.value());
        if (row) {
            list.rows.push_back(*std::move(row));
        } else {
            ++list.rows_skipped;
        }
    }
    std::stable_sort(
        list.rows.begin(),
        list.rows.end(),
        [](const MarketRow& left, const MarketRow& right) {
            return left.market_cap.value_or(-1) > right.market_cap.value_or(-1);
        }
    );
    return list;
}

std::optional<int> ThrottleCode(std::string_view body, std::size_t bytes_max) {
    json::CheckLimits limits;
    limits.bytes_max = bytes_max;
    if (!json::Check(body, limits) || json::KindOf(body) != json::Kind::kObject) {
        return std::nullopt;
    }
    const auto error = json::Member(body, "error");
    const auto status = json::Member(error.value_or(body), "status");
    const auto code = json::Member(status.value_or(""), "error_code");
    const auto number = code ? json::AsInteger(*code) : std::nullopt;
    if (!number || *number < 0 || *number > 100'000) return std::nullopt;
    return static_cast<int>(*number);
}

}  // namespace flux::feeds
