#include "simulator/frankfurter/frankfurter.h"

#include "simulator/frankfurter/exchange_rates.h"
#include "simulator/wall_text.h"

#include <algorithm>
#include <chrono>
#include <string>

namespace flux::simulator {
namespace {

Answer Message(int status, std::string_view message) {
    JsonText json;
    json.Open('{').Text("message", message).Close();
    return Answer::Json(status, json.Take());
}

/// Whether a comma-separated list names `code`; an empty list names all.
bool Names(std::string_view list, std::string_view code) {
    if (list.empty()) return true;
    for (;;) {
        const std::size_t comma = list.find(',');
        if (list.substr(0, comma) == code) return true;
        if (comma == std::string_view::npos) return false;
        list.remove_prefix(comma + 1);
    }
}

}  // namespace

Frankfurter::Frankfurter(const World& world)
    : Source(
          world,
          "frankfurter",
          "/frankfurter",
          {{"minute", 0, std::chrono::minutes(1)}, {"day", 0, std::chrono::hours(24)}}
      ) {}

Answer Frankfurter::Refusal(int status, std::optional<int> retry_after) {
    switch (status) {
        case 429: {
            Answer answer = Message(429, "too many requests");
            if (retry_after) {
                answer.headers.emplace_back("Retry-After", std::to_string(*retry_after));
            }
            return answer;
        }
        case 401:
            return Message(401, "unauthorized");
        case 403:
            return Message(403, "forbidden");
        case 405:
            return Message(405, "method not allowed");
        case 500:
            return Message(500, "internal server error");
        default:
            return Message(404, "not found");
    }
}

std::optional<Answer> Frankfurter::Admit(const Ask& ask) {
    if (const auto refused = limits().Take(ask.request.client.ToString())) {
        const auto wait = std::chrono::ceil<std::chrono::seconds>(refused->wait);
        return Refusal(429, static_cast<int>(wait.count()));
    }
    return std::nullopt;
}

Answer Frankfurter::Serve(const Ask& ask) {
    if (ask.path != "/v1/latest") return Refusal(404, std::nullopt);
    std::string base = ask.Parameter("base");
    if (base.empty()) base = ask.Parameter("from");
    if (base.empty()) base = "EUR";
    std::string symbols = ask.Parameter("symbols");
    if (symbols.empty()) symbols = ask.Parameter("to");
    const WallMillis day = RateDay(ask.now);
    const auto per_dollar = PerDollar(world().seed, base, day);
    if (!per_dollar) return Refusal(404, std::nullopt);
    JsonText rates;
    rates.Open('{');
    bool any = false;
    for (const Currency& currency : Currencies()) {
        if (currency.code == base || !Names(symbols, currency.code)) continue;
        any = true;
        const double rate = *PerDollar(world().seed, currency.code, day) / *per_dollar;
        rates.Digits(currency.code, rate, 5);
    }
    if (!any) return Refusal(404, std::nullopt);
    JsonText json;
    json.Open('{').Raw("amount", "1.0").Text("base", base).Text("date", DateText(day));
    json.Raw("rates", rates.Close().Take());
    return Answer::Json(200, json.Close().Take());
}

const BodyShape& Frankfurter::shape() const {
    static const BodyShape kShape{
        {"rates.INR", "rates.EUR", "rates.GBP", "rates.USD"},
        {"amount", "date", "rates.INR", "rates.EUR", "rates.GBP", "rates.USD"},
        {"base", "date"}};
    return kShape;
}

}  // namespace flux::simulator
