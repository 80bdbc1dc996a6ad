// Every fault of the REST sources, as its client meets it on the wire.
#include "json/json_check.h"
#include "json/json_fields.h"
#include "simulator/simulator_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fmt/format.h>
#include <functional>
#include <map>
#include <zlib.h>

namespace flux::simulator {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// A source and a request it answers.
struct Endpoint {
    std::string source;
    std::string path;
    std::string nullable;  ///< a place that may be null, "" for none
    std::string text;      ///< a place that people read, "" for none
};

const std::vector<Endpoint> kEndpoints{
    {"coinbase", "/products", "0.status_message", "0.display_name"},
    {"openweather",
     "/openweather/data/2.5/weather?lat=18.52&lon=73.86&appid=k",
     "wind.deg",
     "weather.0.description"},
    {"coingecko",
     "/coingecko/api/v3/coins/markets?vs_currency=usd&per_page=8&x_cg_demo_api_key=k",
     "0.current_price",
     "0.name"},
    {"frankfurter", "/frankfurter/v1/latest?base=USD", "rates.INR", "date"},
    {"finnhub", "/finnhub/api/v1/quote?symbol=AAPL&token=k", "dp", ""},
    {"newsdata", "/newsdata/api/1/latest?apikey=k", "results.0.link", "results.0.title"}};

class SourceFaults : public SimulatorTest {
protected:
    SourceFaults() {
        options.exchange.requests_per_second = 1000;
        options.exchange.requests_burst = 1000;
        for (const auto& [source, rule] : std::vector<std::pair<std::string, std::string>>{
                 {"finnhub", "minute"}, {"finnhub", "second"}, {"newsdata", "quarter"}}) {
            options.limits.push_back({source, rule, 0});
        }
        Start();
    }

    void Inject(const Endpoint& endpoint, const std::string& fault, const std::string& more = "") {
        Control(
            "faults",
            fmt::format(R"({{"source":"{}","fault":"{}"{}}})", endpoint.source, fault, more)
        );
    }

    /// What the next request meets; the one after it must be well again.
    WireAnswer Meet(
        const Endpoint& endpoint, const std::string& fault, const std::string& more = ""
    ) {
        SCOPED_TRACE(endpoint.source + ": " + fault);
        Inject(endpoint, fault, more);
        WireAnswer answer = Fetch(endpoint.path);
        FetchJson(endpoint.path);
        EXPECT_THAT(Ask("GET", "/_simulator/faults", ""), HasSubstr("\r\n\r\n[]"));
        return answer;
    }
};

std::string Unzipped(const std::string& packed) {
    std::string out(1 << 20, '\0');
    z_stream stream{};
    EXPECT_EQ(::inflateInit2(&stream, 15 + 16), Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(::inflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    ::inflateEnd(&stream);
    return out;
}

double Seconds(const std::function<void()>& work) {
    const SteadyTime begin = SystemClock::Instance().Now();
    work();
    return std::chrono::duration<double>(SystemClock::Instance().Now() - begin).count();
}

TEST_F(SourceFaults, ConnectionsAreLost) {
    for (const Endpoint& endpoint : kEndpoints) {
        EXPECT_EQ(Meet(endpoint, "drop_connection").status, 0);
        const WireAnswer cut = Meet(endpoint, "cut_body");
        EXPECT_EQ(cut.status, 200);
        EXPECT_LT(cut.body.size(), std::strtoul(cut.Header("Content-Length").c_str(), nullptr, 10));
        Inject(endpoint, "down");
        for (int i = 0; i < 3; ++i)
            EXPECT_EQ(Fetch(endpoint.path).status, 0) << endpoint.source;
        Ask("DELETE", "/_simulator/faults?source=" + endpoint.source, "");
        EXPECT_EQ(Fetch(endpoint.path).status, 200) << endpoint.source;
    }
}

TEST_F(SourceFaults, AnswersComeLateOrNever) {
    for (const Endpoint& endpoint : kEndpoints) {
        WireAnswer answer;
        EXPECT_GE(Seconds([&] { answer = Meet(endpoint, "slow_header", R"(,"delay":0.2)"); }), 0.2);
        EXPECT_EQ(answer.status, 200);
        EXPECT_TRUE(json::Check(answer.body));
        EXPECT_GE(Seconds([&] { answer = Meet(endpoint, "slow_body", R"(,"delay":0.2)"); }), 0.15);
        EXPECT_EQ(answer.status, 200);
        EXPECT_TRUE(json::Check(answer.body));
        EXPECT_EQ(answer.Header("Content-Length"), std::to_string(answer.body.size()));
        Inject(endpoint, "http_stall");
        Run([](SourceFaults& test, std::string path) -> Task<> {
            net::HttpGetRequest request;
            request.base = *net::Url::Parse("http://127.0.0.1:" + std::to_string(test.port));
            request.endpoint = std::move(path);
            request.user_agent = "test";
            request.time_max = Milliseconds(150);
            const auto reply = co_await net::HttpGet(std::move(request));
            EXPECT_FALSE(reply);
            EXPECT_EQ(reply.error().code, ErrorCode::kTimeout);
        }(*this, endpoint.path));
    }
}

TEST_F(SourceFaults, StatusesAreTheVendors) {
    const std::map<std::string, std::string> limit_words{
        {"coinbase", R"({"message":"Public rate limit exceeded"})"},
        {"openweather", R"({"cod":429,"message":"Your account is temporary blocked)"},
        {"coingecko", R"({"status":{"error_code":429,"error_message":"You've exceeded)"},
        {"frankfurter", R"({"message":"too many requests"})"},
        {"finnhub", R"({"error":"API limit reached. Please try again later. Remaining Limit: 0"})"},
        {"newsdata", R"({"status":"error","message":"Rate Limit Exceeded"})"}};
    for (const Endpoint& endpoint : kEndpoints) {
        const WireAnswer limited = Meet(endpoint, "http_429");
        EXPECT_EQ(limited.status, 429);
        EXPECT_EQ(limited.Header("Retry-After"), "");
        EXPECT_THAT(limited.body, StartsWith(limit_words.at(endpoint.source)));
        EXPECT_EQ(Meet(endpoint, "http_429", R"(,"retry_after":7)").Header("Retry-After"), "7");
        EXPECT_EQ(Meet(endpoint, "http_500").status, 500);
        EXPECT_EQ(Meet(endpoint, "http_401").status, 401);
        EXPECT_EQ(Meet(endpoint, "http_403").status, 403);
        const WireAnswer gone = Meet(endpoint, "http_503", R"(,"retry_after":3)");
        EXPECT_EQ(gone.status, 503);
        EXPECT_EQ(gone.Header("Retry-After"), "3");
        EXPECT_THAT(gone.body, StartsWith("<html>"));
        const WireAnswer moved = Meet(endpoint, "http_302");
        EXPECT_EQ(moved.status, 302);
        EXPECT_EQ(moved.Header("Location"), "/");
        const WireAnswer plain = Meet(endpoint, "plain_error");
        EXPECT_EQ(plain.status, 500);
        EXPECT_THAT(plain.Header("Content-Type"), StartsWith("text/plain"));
        EXPECT_FALSE(json::Check(plain.body));
    }
}

TEST_F(SourceFaults, BodiesAreNotWhatTheySay) {
    for (const Endpoint& endpoint : kEndpoints) {
        const WireAnswer page = Meet(endpoint, "http_html");
        EXPECT_EQ(page.status, 200);
        EXPECT_THAT(page.Header("Content-Type"), StartsWith("text/html"));
        const WireAnswer empty = Meet(endpoint, "empty_body");
        EXPECT_EQ(empty.status, 200);
        EXPECT_EQ(empty.body, "");
        const WireAnswer half = Meet(endpoint, "truncated_json");
        EXPECT_EQ(half.status, 200);
        EXPECT_FALSE(json::Check(half.body));
        EXPECT_EQ(half.Header("Content-Length"), std::to_string(half.body.size()));
        const WireAnswer less = Meet(endpoint, "wrong_length");
        EXPECT_EQ(less.Header("Content-Length"), std::to_string(less.body.size() + 100));
        EXPECT_TRUE(json::Check(less.body));
        const WireAnswer packed = Meet(endpoint, "gzip");
        EXPECT_EQ(packed.Header("Content-Encoding"), "gzip");
        EXPECT_TRUE(json::Check(Unzipped(packed.body)));
    }
}

TEST_F(SourceFaults, ValuesAreOdd) {
    for (const Endpoint& endpoint : kEndpoints) {
        const WireAnswer nulls = Meet(endpoint, "nulls");
        EXPECT_TRUE(json::Check(nulls.body));
        EXPECT_EQ(At(nulls.body, endpoint.nullable), "null") << endpoint.source << nulls.body;
        const std::string whole = FetchJson(endpoint.path);
        const WireAnswer missing = Meet(endpoint, "missing_fields");
        EXPECT_TRUE(json::Check(missing.body));
        EXPECT_LT(missing.body.size(), whole.size());
        const WireAnswer wrong = Meet(endpoint, "wrong_types");
        EXPECT_TRUE(json::Check(wrong.body));
        const bool numbers = endpoint.source != "coinbase";  // its products have none
        const WireAnswer exponents = Meet(endpoint, "exponents");
        EXPECT_TRUE(json::Check(exponents.body));
        EXPECT_EQ(exponents.body.find("e+") != std::string::npos, numbers) << exponents.body;
        const WireAnswer infinite = Meet(endpoint, "infinite_numbers");
        EXPECT_TRUE(json::Check(infinite.body));
        EXPECT_EQ(infinite.body.find(":1e400") != std::string::npos, numbers);
        const WireAnswer broken = Meet(endpoint, "broken_rows");
        EXPECT_TRUE(json::Check(broken.body));
        const bool lists = endpoint.source == "coinbase" || endpoint.source == "coingecko" ||
                           endpoint.source == "newsdata";
        EXPECT_EQ(broken.body.find("5,{") != std::string::npos, lists) << endpoint.source;
        const WireAnswer html = Meet(endpoint, "html_texts");
        const WireAnswer huge = Meet(endpoint, "huge_texts");
        EXPECT_TRUE(json::Check(html.body));
        if (endpoint.text.empty()) continue;
        EXPECT_THAT(TextAt(html.body, endpoint.text), HasSubstr("<script>"));
        EXPECT_GT(TextAt(huge.body, endpoint.text).size(), 100'000u);
    }
}

TEST_F(SourceFaults, SeveralMeetOneRequest) {
    const Endpoint& coins = kEndpoints[2];
    Inject(coins, "nulls");
    Inject(coins, "exponents");
    Inject(coins, "slow_header", R"(,"delay":0.05)");
    const WireAnswer answer = Fetch(coins.path);
    EXPECT_EQ(At(answer.body, "0.current_price"), "null");
    EXPECT_EQ(At(answer.body, "1.market_cap"), "null");
    const std::string state = FetchJson("/_simulator/state");
    EXPECT_EQ(At(state, "sources.coingecko.faulted"), "3");
    EXPECT_EQ(At(state, "faults"), "[]");
}

TEST_F(SourceFaults, BeginInTheMiddleOfABatchOrForSomeRequests) {
    const Endpoint& quotes = kEndpoints[4];
    Inject(quotes, "http_429", R"(,"after":3,"count":2)");
    std::string statuses;
    for (int i = 0; i < 7; ++i)
        statuses += std::to_string(Fetch(quotes.path).status) + " ";
    EXPECT_EQ(statuses, "200 200 200 429 429 200 200 ");

    const Endpoint& weather = kEndpoints[1];
    Inject(weather, "http_500", R"(,"match":"air_pollution","lasting":true)");
    EXPECT_EQ(Fetch(weather.path).status, 200);
    EXPECT_EQ(Fetch("/openweather/data/2.5/air_pollution?lat=1&lon=1&appid=k").status, 500);
    EXPECT_EQ(Fetch("/openweather/data/2.5/air_pollution?lat=1&lon=1&appid=k").status, 500);
    Ask("DELETE", "/_simulator/faults", "");
    EXPECT_EQ(Fetch("/openweather/data/2.5/air_pollution?lat=1&lon=1&appid=k").status, 200);

    Control("faults", R"({"source":"all","fault":"http_500","count":1})");
    for (const Endpoint& endpoint : kEndpoints)
        EXPECT_EQ(Fetch(endpoint.path).status, 500) << endpoint.source;
}

TEST_F(SourceFaults, OfOneVendor) {
    const WireAnswer throttled = Meet(kEndpoints[2], "throttle_object");
    EXPECT_EQ(throttled.status, 200);
    EXPECT_EQ(At(throttled.body, "status.error_code"), "429");

    const Endpoint& weather = kEndpoints[1];
    EXPECT_EQ(At(Meet(weather, "mixed_cod").body, "cod"), "\"200\"");
    const WireAnswer lost = Meet(weather, "no_city");
    EXPECT_EQ(lost.status, 404);
    EXPECT_EQ(At(lost.body, "cod"), "\"404\"");
    Inject(weather, "no_city");
    EXPECT_EQ(FetchJson("/openweather/geo/1.0/direct?q=Pune&appid=k"), "[]");
    Inject(weather, "mixed_cod");
    const WireAnswer nowhere = Fetch("/openweather/data/2.5/weather?q=Nowhere&appid=k");
    EXPECT_EQ(nowhere.status, 404);
    EXPECT_EQ(At(nowhere.body, "cod"), "404");

    const Endpoint& quotes = kEndpoints[4];
    const WireAnswer zero = Meet(quotes, "zero_quote");
    EXPECT_EQ(At(zero.body, "c"), "0");
    EXPECT_EQ(At(zero.body, "d"), "null");
    const WireAnswer closed = Meet(quotes, "market_closed");
    EXPECT_EQ(Meet(quotes, "market_closed").body, closed.body);
    EXPECT_LT(
        NumberAt(closed.body, "t"),
        static_cast<double>(SystemClock::Instance().WallNow()) / 1000 - 60
    );

    const Endpoint& news = kEndpoints[5];
    for (const std::string& article : Items(At(Meet(news, "null_icon").body, "results")))
        EXPECT_EQ(At(article, "source_icon"), "null");
    EXPECT_EQ(At(Meet(news, "null_next_page").body, "nextPage"), "null");
    const std::string paid = Meet(news, "paid_fields").body;
    EXPECT_EQ(At(paid, "results.0.sentiment_stats.positive"), "91.2");
    EXPECT_EQ(Items(At(paid, "results.0.ai_tag")).size(), 2u);
    EXPECT_EQ(At(paid, "results.0.ai_org"), "null");
    const WireAnswer none = Meet(news, "empty_results");
    EXPECT_EQ(At(none.body, "results"), "[]");
    EXPECT_EQ(TextAt(none.body, "status"), "success");
}

TEST_F(SourceFaults, AreRefusedWhereTheyDoNotBelong) {
    for (const std::string body :
         {R"({"source":"finnhub","fault":"null_icon"})",
          R"({"source":"finnhub","fault":"silence"})",
          R"({"source":"nobody","fault":"http_500"})"}) {
        EXPECT_THAT(Ask("POST", "/_simulator/faults", body), StartsWith("HTTP/1.1 400")) << body;
    }
    EXPECT_THAT(Ask("DELETE", "/_simulator/faults?source=x", ""), StartsWith("HTTP/1.1 400"));
    EXPECT_THAT(Ask("GET", "/_simulator/faults", ""), HasSubstr("\r\n\r\n[]"));
}

TEST_F(SourceFaults, KeysAreRefusedAndTakenBack) {
    const Endpoint& quotes = kEndpoints[4];
    Control("keys", R"({"refuse":"k"})");
    EXPECT_EQ(Fetch(quotes.path).status, 401);
    EXPECT_EQ(Fetch(kEndpoints[5].path).status, 401);
    Control("keys", R"({"accept":"k"})");
    EXPECT_EQ(Fetch(quotes.path).status, 200);
    for (const std::string body : {"", "{}", R"({"refuse":""})", R"({"refuse":1})"})
        EXPECT_THAT(Ask("POST", "/_simulator/keys", body), StartsWith("HTTP/1.1 400")) << body;
    for (const std::string body :
         {"",
          R"({"source":"x","rule":"minute","most":1})",
          R"({"source":"finnhub","rule":"hour","most":1})",
          R"({"source":"finnhub","rule":"minute","most":-1})"}) {
        EXPECT_THAT(Ask("POST", "/_simulator/limits", body), StartsWith("HTTP/1.1 400")) << body;
    }
}

TEST_F(SourceFaults, RequestsAreShownWithoutTheirKeys) {
    Fetch("/finnhub/api/v1/quote?symbol=AAPL&token=very-secret", "X-Finnhub-Token: hidden-too\r\n");
    const std::string shown = FetchJson("/_simulator/requests?source=finnhub");
    const auto requests = Items(shown);
    ASSERT_EQ(requests.size(), 1u);
    EXPECT_EQ(TextAt(requests[0], "path"), "/finnhub/api/v1/quote");
    EXPECT_EQ(TextAt(requests[0], "query"), "symbol=AAPL&token=(key)");
    EXPECT_THAT(shown, HasSubstr("[\"X-Finnhub-Token\",\"(key)\"]"));
    EXPECT_EQ(shown.find("secret"), std::string::npos);
    EXPECT_EQ(shown.find("hidden"), std::string::npos);
    EXPECT_EQ(Fetch("/_simulator/requests").status, 400);
}

}  // namespace
}  // namespace flux::simulator
