#include "simulator/finnhub/finnhub.h"

#include "simulator/finnhub/share.h"

#include <chrono>
#include <string>

namespace flux::simulator {
namespace {

Answer Message(int status, std::string_view message) {
    JsonText json;
    json.Open('{').Text("error", message).Close();
    return Answer::Json(status, json.Take());
}

std::string KeyOf(const Ask& ask) {
    std::string key = ask.Parameter("token");
    return key.empty() ? std::string(ask.Header("X-Finnhub-Token")) : key;
}

}  // namespace

Finnhub::Finnhub(const World& world)
    : Source(
          world,
          "finnhub",
          "/finnhub",
          {{"minute", 60, std::chrono::minutes(1)}, {"second", 30, std::chrono::seconds(1)}}
      ) {}

Answer Finnhub::Refusal(int status, std::optional<int> retry_after) {
    switch (status) {
        case 401:
            return Message(401, "Invalid API key");
        case 403:
            return Message(403, "You don't have access to this resource.");
        case 405:
            return Message(405, "Method not allowed.");
        case 429: {
            Answer answer =
                Message(429, "API limit reached. Please try again later. Remaining Limit: 0");
            if (retry_after) {
                answer.headers.emplace_back("Retry-After", std::to_string(*retry_after));
            }
            return answer;
        }
        default:
            return Answer::Plain(status, "Internal Server Error");
    }
}

void Finnhub::AddLimitHeaders(std::string_view key, Answer& answer) {
    const RateLedger::Rest rest = limits().RestOf(key, "minute");
    const WallMillis reset = world().clock.WallNow() + rest.until_free.count();
    answer.headers.emplace_back("X-Ratelimit-Limit", std::to_string(rest.most));
    answer.headers.emplace_back("X-Ratelimit-Remaining", std::to_string(rest.left));
    answer.headers.emplace_back("X-Ratelimit-Reset", std::to_string((reset + 999) / 1000));
}

std::optional<Answer> Finnhub::Admit(const Ask& ask) {
    const std::string key = KeyOf(ask);
    if (key.empty()) {
        return Message(
            429, "Please sign up for a free account to get your API key at https://finnhub.io"
        );
    }
    if (world().keys.Refuses(key)) return Refusal(401, std::nullopt);
    if (!limits().Take(key)) return std::nullopt;
    Answer answer = Refusal(429, std::nullopt);
    AddLimitHeaders(key, answer);
    return answer;
}

Answer Finnhub::Serve(const Ask& ask) {
    if (ask.path == "/api/v1/stock/candle") return Refusal(403, std::nullopt);
    const std::string symbol = ask.Parameter("symbol");
    if (ask.path != "/api/v1/quote" || symbol.empty()) {
        // So it has answered bad requests: with a page.
        Answer answer = Answer::Page(302, "<a href=\"/\">Found</a>.");
        answer.headers.emplace_back("Location", "/");
        return answer;
    }
    const Share* const share = FindShare(symbol);
    if (share == nullptr || faults().Use(FaultKind::kZeroQuote, ask.target())) {
        return Answer::Json(200, R"({"c":0,"d":null,"dp":null,"h":0,"l":0,"o":0,"pc":0,"t":0})");
    }
    const ShareQuote quote = faults().Use(FaultKind::kMarketClosed, ask.target())
                                 ? QuoteOfClose(world().seed, *share, ask.now)
                                 : QuoteAt(world().seed, *share, ask.now);
    const double change = quote.current - quote.previous_close;
    JsonText json;
    json.Open('{').Number("c", quote.current, 2).Number("d", change, 4);
    json.Number("dp", change / quote.previous_close * 100, 4);
    json.Number("h", quote.high, 2).Number("l", quote.low, 2).Number("o", quote.open, 2);
    json.Number("pc", quote.previous_close, 2).Integer("t", quote.traded / 1000);
    return Answer::Json(200, json.Close().Take());
}

void Finnhub::Finish(const Ask& ask, Answer& answer) {
    AddLimitHeaders(KeyOf(ask), answer);
}

const BodyShape& Finnhub::shape() const {
    static const BodyShape kShape{{"d", "dp"}, {"t", "d", "dp"}, {}};
    return kShape;
}

}  // namespace flux::simulator
