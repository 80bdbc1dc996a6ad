#include "simulator/coingecko/coingecko.h"

#include "simulator/frankfurter/exchange_rates.h"
#include "simulator/noise.h"
#include "simulator/wall_text.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <fmt/format.h>
#include <functional>

namespace flux::simulator {
namespace {

constexpr std::string_view kMarkets = "/api/v3/coins/markets";
constexpr std::size_t kPerPageMost = 250;
constexpr int kPriceDigits = 9;
constexpr std::size_t kDay = 1;
constexpr std::string_view kLimitWords =
    "You've exceeded the Rate Limit. Please visit https://www.coingecko.com/en/api/pricing to "
    "subscribe to our API plans for higher rate limits.";

std::string Lower(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    return text;
}

std::vector<std::string> List(const std::string& text) {
    std::vector<std::string> items;
    std::string_view rest = text;
    while (!rest.empty()) {
        const std::string_view item = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(item.size() + 1, rest.size()));
        if (!item.empty()) items.push_back(Lower(std::string(item)));
    }
    return items;
}

bool Among(const std::vector<std::string>& items, const std::string& item) {
    return std::find(items.begin(), items.end(), item) != items.end();
}

Answer Flat(int status, std::string_view message) {
    JsonText json;
    json.Open('{').Text("error", message).Close();
    return Answer::Json(status, json.Take());
}

std::optional<std::size_t> Number(const std::string& text, std::size_t otherwise) {
    if (text.empty()) return otherwise;
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::string DemoKeyOf(const Ask& ask) {
    const std::string_view header = ask.Header("x-cg-demo-api-key");
    return header.empty() ? ask.Parameter("x_cg_demo_api_key") : std::string(header);
}

}  // namespace

CoinGecko::CoinGecko(const World& world, const Market& market, Milliseconds refresh)
    : Source(
          world,
          "coingecko",
          "/coingecko",
          {{"minute", 100, std::chrono::minutes(1), "key:"},
           {"month", 10'000, std::chrono::hours(30 * 24), "key:"},
           {"keyless_minute", 10, std::chrono::minutes(1), "address:"}},
          true
      ),
      coins_(world.seed, market),
      refresh_(refresh) {}

Answer CoinGecko::Status(int status, int code, std::string_view message) const {
    JsonText json;
    json.Open('{').Open("status", '{');
    if (status != 429) json.Text("timestamp", IsoText(world().clock.WallNow()));
    json.Integer("error_code", code).Text("error_message", message).Close().Close();
    return Answer::Json(status, json.Take());
}

Answer CoinGecko::Refusal(int status, std::optional<int> retry_after) {
    switch (status) {
        case 401: {
            JsonText json;
            json.Open('{').Open("error", '{');
            json.Raw(
                "status",
                R"({"error_code":10002,"error_message":"API Key Missing. Please make )"
                R"(sure you're using the right authentication method."})"
            );
            return Answer::Json(401, json.Close().Close().Take());
        }
        case 403:
            return Status(403, 1020, "Access denied by the firewall.");
        case 405:
            return Flat(405, "Method not allowed");
        case 429: {
            Answer answer = Status(429, 429, kLimitWords);
            if (retry_after) {
                answer.headers.emplace_back("Retry-After", std::to_string(*retry_after));
            }
            return answer;
        }
        case 500:
            return Status(500, 500, "Internal Server Error");
        default:
            return Flat(404, "Incorrect path. Please check https://www.coingecko.com/api/");
    }
}

std::optional<Answer> CoinGecko::Admit(const Ask& ask) {
    if (ask.request.HasHeader("x-cg-pro-api-key")) {
        return Status(
            400,
            10010,
            "If you are using Pro API key, please change your root URL from api.coingecko.com to "
            "pro-api.coingecko.com"
        );
    }
    const std::string key = DemoKeyOf(ask);
    if (!key.empty() && world().keys.Refuses(key)) return Refusal(401, std::nullopt);
    const std::string account =
        key.empty() ? "address:" + ask.request.client.ToString() : "key:" + key;
    if (const auto refused = limits().Take(account)) {
        const auto wait = std::chrono::ceil<std::chrono::seconds>(refused->wait);
        return Refusal(429, static_cast<int>(wait.count()));
    }
    return std::nullopt;
}

std::optional<Answer> CoinGecko::Read(const Ask& ask, Query& query) {
    query.currency = Lower(ask.Parameter("vs_currency"));
    if (query.currency.empty()) return Flat(422, "Missing parameter vs_currency");
    std::string code = query.currency;
    for (char& c : code)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
    if (const auto rate = PerDollar(world().seed, code, RateDay(ask.now))) {
        query.rate = *rate;
    } else if (query.currency == "btc" || query.currency == "eth") {
        for (const CoinRow& row : coins_.RowsAt(ask.now, refresh_))
            if (row.coin->symbol == query.currency) query.rate = 1 / row.price;
    } else {
        return Flat(422, "invalid vs_currency");
    }
    query.ids = List(ask.Parameter("ids"));
    query.names = List(ask.Parameter("names"));
    query.symbols = List(ask.Parameter("symbols"));
    query.all_of_symbol = ask.Parameter("include_tokens") == "all";
    query.category = ask.Parameter("category");
    query.order = ask.Parameter("order");
    query.sparkline = ask.Parameter("sparkline") == "true";
    query.spans = List(ask.Parameter("price_change_percentage"));
    const auto per_page = Number(ask.Parameter("per_page"), 100);
    const auto page = Number(ask.Parameter("page"), 1);
    if (!per_page || *per_page < 1 || *per_page > kPerPageMost || !page || *page < 1) {
        return Flat(422, "per_page goes from 1 to 250, page from 1");
    }
    query.per_page = *per_page;
    query.page = *page;
    const std::string precision = ask.Parameter("precision");
    if (!precision.empty() && precision != "full") {
        const auto decimals = Number(precision, 0);
        if (!decimals || *decimals > 18) return Flat(422, "invalid precision");
        query.precision = static_cast<int>(*decimals);
    }
    return std::nullopt;
}

std::vector<const CoinRow*> CoinGecko::Select(const Query& query, const std::vector<CoinRow>& rows)
    const {
    std::vector<const CoinRow*> chosen;
    std::vector<std::string> met;
    for (const CoinRow& row : rows) {
        const Coin& coin = *row.coin;
        const std::string symbol(coin.symbol);
        const bool lists = !query.ids.empty() || !query.names.empty() || !query.symbols.empty();
        if (lists && !Among(query.ids, std::string(coin.id)) &&
            !Among(query.names, Lower(std::string(coin.name)))) {
            if (!Among(query.symbols, symbol)) continue;
            if (!query.all_of_symbol && Among(met, symbol)) continue;
            met.push_back(symbol);
        }
        if (!query.category.empty() && query.category != coin.category) continue;
        chosen.push_back(&row);
    }
    const auto sort = [&](auto key, bool up) {
        std::stable_sort(chosen.begin(), chosen.end(), [&](const CoinRow* a, const CoinRow* b) {
            return up ? key(*a) < key(*b) : key(*b) < key(*a);
        });
    };
    if (query.order == "market_cap_asc") {
        std::reverse(chosen.begin(), chosen.end());
    } else if (query.order.starts_with("volume_")) {
        sort([](const CoinRow& row) { return row.volume; }, query.order == "volume_asc");
    } else if (query.order.starts_with("id_")) {
        sort([](const CoinRow& row) { return row.coin->id; }, query.order == "id_asc");
    }
    const std::size_t from = std::min((query.page - 1) * query.per_page, chosen.size());
    const std::size_t to = std::min(from + query.per_page, chosen.size());
    return {
        chosen.begin() + static_cast<std::ptrdiff_t>(from),
        chosen.begin() + static_cast<std::ptrdiff_t>(to)};
}

void CoinGecko::AppendRow(JsonText& json, const Query& query, const CoinRow& row) const {
    const Coin& coin = *row.coin;
    const auto price = [&](std::string_view name, double dollars) {
        const double value = dollars * query.rate;
        if (query.precision >= 0) {
            json.Number(name, value, query.precision);
        } else {
            json.Digits(name, value, kPriceDigits);
        }
    };
    const auto whole = [&](std::string_view name, double dollars) {
        json.Integer(name, std::llround(dollars * query.rate));
    };
    const double change = row.price - row.before[kDay];
    json.Open('{').Text("id", coin.id).Text("symbol", coin.symbol).Text("name", coin.name);
    json.Text("image", fmt::format("https://coin-images.example/coins/large/{}.png", coin.id));
    price("current_price", row.price);
    whole("market_cap", row.cap());
    json.Integer("market_cap_rank", row.rank);
    whole("fully_diluted_valuation", row.cap_diluted());
    whole("total_volume", row.volume);
    price("high_24h", row.high_24h);
    price("low_24h", row.low_24h);
    price("price_change_24h", change);
    json.Number("price_change_percentage_24h", row.change(kDay), 5);
    whole("market_cap_change_24h", change * coin.circulating * 1e6);
    json.Number("market_cap_change_percentage_24h", row.change(kDay), 5);
    json.Number("circulating_supply", coin.circulating * 1e6, 2);
    json.Number("total_supply", std::max(coin.circulating, coin.most * 0.98) * 1e6, 2);
    json.Name("max_supply");
    if (coin.most > 0) {
        json.Number(coin.most * 1e6, 2);
    } else {
        json.Null();
    }
    price("ath", row.all_time_high);
    json.Number("ath_change_percentage", (row.price / row.all_time_high - 1) * 100, 5);
    json.Text("ath_date", IsoText(row.high_at));
    price("atl", row.all_time_low);
    json.Number("atl_change_percentage", (row.price / row.all_time_low - 1) * 100, 5);
    json.Text("atl_date", IsoText(row.low_at));
    if (coin.id == "ethereum") {
        const double times = row.price / 90;
        json.Open("roi", '{').Digits("times", times, 12).Text("currency", "btc");
        json.Digits("percentage", times * 100, 12).Close();
    } else {
        json.Null("roi");
    }
    json.Text("last_updated", IsoText(coins_.made_at() - static_cast<WallMillis>(row.rank * 37)));
    if (query.sparkline) {
        json.Open("sparkline_in_7d", '{').Open("price", '[');
        for (const double dollars : coins_.Week(row))
            json.Digits(dollars * query.rate, kPriceDigits);
        json.Close().Close();
    }
    for (std::size_t i = 0; i < kChangeSpans; ++i) {
        const std::string_view span = ChangeSpans()[i].name;
        if (!Among(query.spans, std::string(span))) continue;
        json.Number(fmt::format("price_change_percentage_{}_in_currency", span), row.change(i), 5);
    }
    json.Close();
}

Answer CoinGecko::Serve(const Ask& ask) {
    if (ask.path == "/api/v3/ping") {
        return Answer::Json(200, R"({"gecko_says":"(V3) To the Moon!"})");
    }
    if (ask.path != kMarkets) return Refusal(404, std::nullopt);
    Query query;
    if (std::optional<Answer> problem = Read(ask, query)) return std::move(*problem);
    const std::vector<CoinRow>& rows = coins_.RowsAt(ask.now, refresh_);
    JsonText json;
    json.Open('[');
    for (const CoinRow* const row : Select(query, rows))
        AppendRow(json, query, *row);
    return Answer::Json(200, json.Close().Take());
}

void CoinGecko::Finish(const Ask& ask, Answer& answer) {
    if (!faults().Use(FaultKind::kThrottleObject, ask.target())) return;
    answer = Refusal(429, std::nullopt);
    answer.status = 200;
}

const BodyShape& CoinGecko::shape() const {
    static const BodyShape kShape{
        {"current_price",
         "market_cap",
         "market_cap_rank",
         "fully_diluted_valuation",
         "total_volume",
         "high_24h",
         "low_24h",
         "price_change_24h",
         "price_change_percentage_24h",
         "market_cap_change_24h",
         "market_cap_change_percentage_24h",
         "circulating_supply",
         "total_supply",
         "max_supply",
         "ath",
         "ath_change_percentage",
         "atl",
         "atl_change_percentage",
         "ath_date",
         "atl_date",
         "roi",
         "price_change_percentage_1h_in_currency",
         "price_change_percentage_24h_in_currency",
         "price_change_percentage_7d_in_currency",
         "price_change_percentage_14d_in_currency",
         "price_change_percentage_30d_in_currency",
         "price_change_percentage_200d_in_currency",
         "price_change_percentage_1y_in_currency"},
        {"price_change_percentage_1h_in_currency",
         "price_change_percentage_24h_in_currency",
         "sparkline_in_7d",
         "roi",
         "max_supply",
         "fully_diluted_valuation"},
        {"name", "symbol"}};
    return kShape;
}

}  // namespace flux::simulator
