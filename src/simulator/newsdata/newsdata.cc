#include "simulator/newsdata/newsdata.h"

#include "json/json_fields.h"
#include "simulator/noise.h"
#include "simulator/wall_text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <fmt/format.h>
#include <functional>

namespace flux::simulator {
namespace {

constexpr std::string_view kPaid = "ONLY AVAILABLE IN PAID PLANS";
constexpr std::string_view kProfessional = "ONLY AVAILABLE IN PROFESSIONAL AND CORPORATE PLANS";
constexpr std::string_view kCorporate = "ONLY AVAILABLE IN CORPORATE PLANS";
constexpr std::size_t kWordsMost = 100;
constexpr std::size_t kValuesMost = 5;
constexpr std::size_t kSizeMost = 10;
constexpr WallMillis kWindow = 2 * kDayMillis;

Answer Problem(int status, std::string_view message, std::string_view code) {
    JsonText json;
    json.Open('{').Text("status", "error").Open("results", '{').Text("message", message);
    json.Text("code", code).Close().Close();
    return Answer::Json(status, json.Take());
}

std::string KeyOf(const Ask& ask) {
    const std::string_view header = ask.Header("X-ACCESS-KEY");
    return header.empty() ? ask.Parameter("apikey") : std::string(header);
}

std::string Lower(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    return text;
}

/// The values of a comma-separated list; nothing when there are too many or one is unknown.
std::optional<std::vector<std::string>> Values(
    const std::string& text, const std::function<bool(std::string_view)>& known
) {
    std::vector<std::string> values;
    if (text.empty()) return values;
    std::string_view rest = text;
    for (;;) {
        const std::size_t comma = rest.find(',');
        std::string value = Lower(std::string(rest.substr(0, comma)));
        if (!known(value) || values.size() >= kValuesMost) return std::nullopt;
        values.push_back(std::move(value));
        if (comma == std::string_view::npos) return values;
        rest.remove_prefix(comma + 1);
    }
}

bool Among(const std::vector<std::string>& values, std::string_view value) {
    return values.empty() || std::find(values.begin(), values.end(), value) != values.end();
}

/// The name of a parameter that stands twice, or "".
std::string_view RepeatedParameter(std::string_view query) {
    std::vector<std::string_view> names;
    while (!query.empty()) {
        const std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(pair.size() + 1, query.size()));
        const std::string_view name = pair.substr(0, pair.find('='));
        if (std::find(names.begin(), names.end(), name) != names.end()) return name;
        names.push_back(name);
    }
    return {};
}

std::optional<std::int64_t> Number(const std::string& text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// A page's name: an article's number in 19 digits, as opaque as the vendor's.
constexpr std::int64_t kPageBase = 1'700'000'000'000'000'000;

}  // namespace

NewsData::NewsData(const World& world)
    : Source(
          world,
          "newsdata",
          "/newsdata",
          {{"quarter", 30, std::chrono::minutes(15)}, {"day", 200, std::chrono::hours(24)}}
      ) {}

Answer NewsData::Refusal(int status, std::optional<int> retry_after) {
    switch (status) {
        case 401:
            return Problem(401, "The provided API key is not valid.", "Unauthorized");
        case 403:
            return Problem(403, "Access from this address is restricted.", "AccessDenied");
        case 404:
            return Problem(404, "The requested resource does not exist.", "NotFound");
        case 405:
            return Problem(405, "Method not allowed.", "MethodNotAllowed");
        case 429: {
            Answer answer =
                Answer::Json(429, R"({"status":"error","message":"Rate Limit Exceeded"})");
            if (retry_after) {
                answer.headers.emplace_back("Retry-After", std::to_string(*retry_after));
            }
            return answer;
        }
        default:
            return Problem(status, "Internal server error.", "ServerError");
    }
}

std::optional<Answer> NewsData::Admit(const Ask& ask) {
    const std::string key = KeyOf(ask);
    if (key.empty()) {
        return Problem(401, "API key is missing from your request.", "ApiKeyMissing");
    }
    if (world().keys.Refuses(key)) return Refusal(401, std::nullopt);
    const auto refused = limits().Take(key);
    if (!refused) return std::nullopt;
    const auto wait = std::chrono::ceil<std::chrono::seconds>(refused->wait);
    return Refusal(429, static_cast<int>(wait.count()));
}

bool NewsData::Query::Wants(const Article& article) const {
    if (!Among(categories, article.category) || !Among(languages, article.language_code) ||
        !Among(countries, article.country_code)) {
        return false;
    }
    if (unique && article.duplicate) return false;
    if (image && *image != article.image) return false;
    if (words.empty()) return true;
    return Lower(article.title).find(words) != std::string::npos ||
           (!title_only && Lower(article.description).find(words) != std::string::npos);
}

std::optional<Answer> NewsData::Read(const Ask& ask, Query& query) const {
    if (const std::string_view name = RepeatedParameter(ask.request.query); !name.empty()) {
        return Problem(
            409, fmt::format("The parameter {} stands twice.", name), "DuplicateParameter"
        );
    }
    const auto bad = [](std::string_view message) {
        return Problem(422, message, "UnprocessableEntity");
    };
    auto categories = Values(ask.Parameter("category"), IsCategory);
    if (!categories) return bad("category takes up to 5 known categories.");
    auto languages = Values(ask.Parameter("language"), IsLanguage);
    if (!languages) return bad("language takes up to 5 codes of two letters.");
    auto countries = Values(ask.Parameter("country"), IsCountry);
    if (!countries) return bad("country takes up to 5 codes of two letters.");
    query.categories = std::move(*categories);
    query.languages = std::move(*languages);
    query.countries = std::move(*countries);
    const std::array words{ask.Parameter("q"), ask.Parameter("qInTitle"), ask.Parameter("qInMeta")};
    for (const std::string& text : words) {
        if (text.empty()) continue;
        if (!query.words.empty()) return bad("use one of q, qInTitle and qInMeta.");
        if (text.size() > kWordsMost) return bad("the query is too long for this plan.");
        query.words = Lower(text);
    }
    query.title_only = words[0].empty();
    query.unique = ask.Parameter("removeduplicate") == "1";
    const std::string image = ask.Parameter("image");
    if (!image.empty()) query.image = image == "1";
    if (const std::string size = ask.Parameter("size"); !size.empty()) {
        const auto number = Number(size);
        if (!number || *number < 1 || *number > static_cast<std::int64_t>(kSizeMost)) {
            return bad("size goes from 1 to 10 in this plan.");
        }
        query.size = static_cast<std::size_t>(*number);
    }
    query.from = NewestArticle(ask.now);
    query.to = NewestArticle(ask.now - kWindow);
    if (const std::string page = ask.Parameter("page"); !page.empty()) {
        const auto number = Number(page);
        if (!number || *number - kPageBase > query.from || *number < kPageBase) {
            return bad("page is not one that nextPage gave.");
        }
        query.from = *number - kPageBase;
    }
    return std::nullopt;
}

Answer NewsData::Serve(const Ask& ask) {
    if (ask.path != "/api/1/latest" && ask.path != "/api/1/news") {
        return Refusal(404, std::nullopt);
    }
    Query query;
    if (std::optional<Answer> problem = Read(ask, query)) return std::move(*problem);
    if (faults().Use(FaultKind::kEmptyResults, ask.target())) {
        return Answer::Json(
            200, R"({"status":"success","totalResults":0,"results":[],"nextPage":null})"
        );
    }
    std::int64_t total = 0;
    std::size_t shown = 0;
    std::optional<std::int64_t> next;
    JsonText results;
    results.Open('[');
    for (std::int64_t number = NewestArticle(ask.now); number > query.to; --number) {
        const Article article = ArticleOf(world().seed, number);
        if (!query.Wants(article)) continue;
        ++total;
        if (number > query.from) continue;  // on a page before
        if (shown < query.size) {
            AppendArticle(results, article);
            ++shown;
        } else if (!next) {
            next = number;
        }
    }
    JsonText json;
    json.Open('{').Text("status", "success").Integer("totalResults", total);
    json.Raw("results", results.Close().Take());
    json.Name("nextPage");
    if (next) {
        json.Text(std::to_string(kPageBase + *next));
    } else {
        json.Null();
    }
    return Answer::Json(200, json.Close().Take());
}

void NewsData::AppendArticle(JsonText& json, const Article& article) const {
    const Publisher& publisher = *article.publisher;
    const std::string page = fmt::format("{}/{}", publisher.url, article.id.substr(0, 12));
    json.Open('{').Text("article_id", article.id).Text("link", page).Text("title", article.title);
    json.Text("description", article.description).Text("content", kPaid);
    if (article.keywords.empty()) {
        json.Null("keywords");
    } else {
        json.Open("keywords", '[');
        for (const std::string& word : article.keywords)
            json.Text(word);
        json.Close();
    }
    if (article.creator.empty()) {
        json.Null("creator");
    } else {
        json.Open("creator", '[').Text(article.creator).Close();
    }
    json.Text("language", article.language);
    json.Open("country", '[').Text(article.country).Close();
    json.Open("category", '[').Text(article.category).Close();
    json.Text("datatype", "news");
    json.Text("pubDate", DateTimeText(article.published)).Text("pubDateTZ", "UTC");
    json.Text("fetched_at", DateTimeText(article.published + 30'000));
    json.Name("image_url");
    if (article.image) {
        json.Text(page + "/picture.jpg");
    } else {
        json.Null();
    }
    json.Null("video_url").Text("source_id", publisher.id).Text("source_name", publisher.name);
    json.Integer("source_priority", publisher.priority).Text("source_url", publisher.url);
    json.Name("source_icon");
    if (publisher.icon) {
        json.Text(fmt::format("{}/icon.png", publisher.url));
    } else {
        json.Null();
    }
    json.Text("sentiment", kProfessional).Text("sentiment_stats", kProfessional);
    json.Text("ai_tag", kProfessional).Text("ai_region", kCorporate).Text("ai_org", kCorporate);
    json.Text("ai_summary", kPaid).Bool("duplicate", article.duplicate).Close();
}

void NewsData::Finish(const Ask& ask, Answer& answer) {
    if (answer.status != 200) return;
    const std::string key = KeyOf(ask);
    const auto header = [&](std::string name, std::string_view rule) {
        const std::uint64_t left = limits().RestOf(key, rule).left;
        answer.headers.emplace_back(std::move(name), std::to_string(left));
    };
    header("X-RateLimit-Remaining", "quarter");
    header("X-API-Limit-Remaining", "day");
    if (faults().Use(FaultKind::kNullIcon, ask.target())) {
        answer.body = WithField(answer.body, "results.source_icon", "null");
    }
    if (faults().Use(FaultKind::kNullNextPage, ask.target())) {
        answer.body = WithField(answer.body, "nextPage", "null");
    }
    if (!faults().Use(FaultKind::kPaidFields, ask.target())) return;
    constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kPaidFields{{
        {"results.sentiment", R"("positive")"},
        {"results.sentiment_stats", R"({"positive":91.2,"neutral":7.1,"negative":1.7})"},
        {"results.ai_tag", R"(["transport","public works"])"},
        {"results.ai_region", R"(["north sea, europe"])"},
        {"results.ai_org", "null"},
        {"results.ai_summary", R"("A bridge is open again.")"},
    }};
    for (const auto& [field, value] : kPaidFields)
        answer.body = WithField(answer.body, field, value);
}

const BodyShape& NewsData::shape() const {
    static const BodyShape kShape{
        {"results.link",
         "results.title",
         "results.description",
         "results.content",
         "results.keywords",
         "results.creator",
         "results.country",
         "results.category",
         "results.image_url",
         "results.video_url",
         "results.source_icon",
         "results.sentiment",
         "results.sentiment_stats",
         "results.ai_tag",
         "results.ai_region",
         "results.ai_org",
         "results.ai_summary",
         "nextPage"},
        {"results.datatype",
         "results.fetched_at",
         "results.description",
         "results.content",
         "results.keywords",
         "results.creator",
         "results.image_url",
         "results.video_url",
         "results.source_icon",
         "results.source_name",
         "results.sentiment",
         "results.sentiment_stats",
         "results.ai_tag",
         "results.ai_region",
         "results.ai_org",
         "results.ai_summary",
         "results.duplicate",
         "results.pubDateTZ",
         "nextPage"},
        {"results.title",
         "results.description",
         "results.content",
         "results.source_name",
         "results.creator",
         "results.keywords"}};
    return kShape;
}

}  // namespace flux::simulator
