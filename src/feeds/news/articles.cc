#include "feeds/news/articles.h"

#include "base/units.h"
#include "config/instant.h"
#include "contract/iso_time.h"
#include "feeds/news/plain_text.h"
#include "json/json_check.h"
#include "json/json_fields.h"

#include <optional>
#include <set>
#include <string>
#include <utility>

namespace flux::feeds {
namespace {

constexpr std::size_t kIdCharactersMax = 100;
constexpr std::size_t kTitleCharactersMax = 300;
constexpr std::size_t kDescriptionCharactersMax = 1'000;
constexpr std::size_t kNameCharactersMax = 100;
constexpr std::size_t kCategoriesMax = 10;

using Text = std::optional<std::string>;

/// An article as it was sent; absent, null and of another kind are all the same.
struct Raw {
    Text id;
    Text title;
    Text link;
    Text description;
    Text image;
    Text source_id;
    Text source_name;
    Text published;
    Text zone;
    Text fetched;
    Text kind;
    std::vector<std::string> categories;
};

std::vector<std::string> ReadCategories(std::string_view array) {
    std::vector<std::string> categories;
    for (json::ArrayReader items(array); items.Next() && categories.size() < kCategoriesMax;) {
        const Text category = json::AsString(items.value());
        std::string plain = category ? PlainText(*category, kNameCharactersMax) : "";
        if (!plain.empty()) categories.push_back(std::move(plain));
    }
    return categories;
}

Raw ReadRaw(std::string_view object) {
    Raw raw;
    constexpr std::pair<std::string_view, Text Raw::*> kTexts[] = {
        {"article_id", &Raw::id},
        {"title", &Raw::title},
        {"link", &Raw::link},
        {"description", &Raw::description},
        {"image_url", &Raw::image},
        {"source_id", &Raw::source_id},
        {"source_name", &Raw::source_name},
        {"pubDate", &Raw::published},
        {"pubDateTZ", &Raw::zone},
        {"fetched_at", &Raw::fetched},
        {"datatype", &Raw::kind}};
    for (json::ObjectReader members(object); members.Next();) {
        for (const auto& [name, member] : kTexts)
            if (members.NameIs(name)) raw.*member = json::AsString(members.value());
        if (members.NameIs("category")) raw.categories = ReadCategories(members.value());
    }
    return raw;
}

Text Shown(const Text& text, std::size_t characters_max) {
    if (!text) return std::nullopt;
    std::string plain = PlainText(*text, characters_max);
    if (plain.empty()) return std::nullopt;
    return plain;
}

Text Link(const Text& text) {
    return text && IsWebLink(*text) ? text : std::nullopt;
}

/// "2026-03-20 08:55:00" in a zone that is UTC, or not named.
std::optional<WallMillis> TimeOf(const Text& text, const Text& zone) {
    const bool utc = !zone || zone->empty() || *zone == "UTC" || *zone == "GMT";
    return text && utc ? config::ParseInstant(*text) : std::nullopt;
}

std::string PublishedAt(const Raw& raw, WallMillis now) {
    const auto published = TimeOf(raw.published, raw.zone);
    const auto fetched = TimeOf(raw.fetched, std::nullopt);
    std::string time = contract::IsoTime(published.value_or(fetched.value_or(now)));
    constexpr std::string_view kNoFraction = ".000Z";
    if (time.ends_with(kNoFraction)) time.replace(time.size() - kNoFraction.size(), 4, "");
    return time;
}

std::optional<contract::NewsCard> ToCard(const Raw& raw, WallMillis now) {
    if (raw.kind && *raw.kind != "news") return std::nullopt;
    Text id = Shown(raw.id, kIdCharactersMax);
    Text title = Shown(raw.title, kTitleCharactersMax);
    Text link = Link(raw.link);
    if (!id || !title || !link) return std::nullopt;
    contract::NewsCard card;
    card.id = *std::move(id);
    card.title = *std::move(title);
    card.url = *std::move(link);
    card.description = Shown(raw.description, kDescriptionCharactersMax);
    card.image = Link(raw.image);
    card.source = Shown(raw.source_id, kNameCharactersMax).value_or("");
    card.source_name = Shown(raw.source_name, kNameCharactersMax);
    card.published_at = PublishedAt(raw, now);
    card.category = raw.categories;
    return card;
}

Error Bad(std::string why) {
    return Error(ErrorCode::kBadInput, Retry::kLater, std::move(why));
}

/// The array of articles of an answer.
Result<std::string_view> Results(std::string_view body) {
    json::CheckLimits limits;
    limits.bytes_max = 1 * MiB;
    if (const Result<void> checked = json::Check(body, limits); !checked) return checked.error();
    const auto status = json::Member(body, "status");
    if (!status || json::AsString(*status) != "success")
        return Bad("the answer does not say that it is a success");
    const auto results = json::Member(body, "results");
    if (!results || json::KindOf(*results) != json::Kind::kArray)
        return Bad("the answer has no list of articles");
    return *results;
}

}  // namespace

Result<Articles> ReadArticles(std::string_view body, std::size_t cards_max, WallMillis now) {
    const Result<std::string_view> results = Results(body);
    if (!results) return results.error();
    Articles articles;
    std::set<std::string> seen;
    for (json::ArrayReader items(*results); items.Next() && articles.cards.size() < cards_max;) {
        std::optional<contract::NewsCard> card = ToCard(ReadRaw(items.value()), now);
        if (!card) {
            ++articles.dropped;
            continue;
        }
        const bool new_id = seen.insert(card->id).second;
        const bool new_link = seen.insert(card->url).second;
        if (new_id && new_link) {
            articles.cards.push_back(*std::move(card));
        } else {
            ++articles.repeated;
        }
    }
    return articles;
}

}  // namespace flux::feeds
