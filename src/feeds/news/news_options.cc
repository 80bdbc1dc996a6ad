#include "feeds/news/news_options.h"

#include "net/client/url.h"

#include <algorithm>
#include <set>

namespace flux::feeds {
namespace {

constexpr std::size_t kCategoriesMax = 5;  // the vendor's own bound
constexpr std::size_t kWordBytesMax = 30;

Error Bad(std::string why) {
    return Error(ErrorCode::kBadInput, Retry::kNever, std::move(why));
}

std::string SortedCategories(const NewsOptions& options) {
    std::vector<std::string> sorted = options.categories;
    std::sort(sorted.begin(), sorted.end());
    std::string text;
    for (const std::string& category : sorted)
        text += (text.empty() ? "" : ",") + category;
    return text;
}

Result<void> CheckWords(const NewsOptions& options) {
    if (options.categories.empty() || options.categories.size() > kCategoriesMax) {
        return Bad("news.categories must name 1 to 5 categories such as business");
    }
    std::set<std::string_view> seen;
    for (const std::string& category : options.categories) {
        if (!IsNewsWord(category)) {
            return Bad(
                "news.categories holds \"" + category.substr(0, 40) +
                "\", which is no category; write it like business"
            );
        }
        if (!seen.insert(category).second)
            return Bad("news.categories names " + category + " twice");
    }
    if (!IsNewsWord(options.language)) return Bad("news.language must be a code such as en");
    return {};
}

}  // namespace

bool IsNewsWord(std::string_view text) {
    return !text.empty() && text.size() <= kWordBytesMax &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

Result<void> Check(const NewsOptions& options) {
    const auto base = net::Url::Parse(options.base_url);
    if (!base) return Bad("newsdata.base_url: " + base.error().context);
    if (base->web_socket()) return Bad("newsdata.base_url must begin with http:// or https://");
    for (const Milliseconds time :
         {options.interval,
          options.retry_first,
          options.cache_time,
          options.limited_wait,
          options.call_time_max}) {
        if (time <= Milliseconds(0)) return Bad("every time of news must be at least 1 ms");
    }
    if (options.credits_per_day == 0 || options.credits_per_quarter_hour == 0) {
        return Bad("news.credits_per_day and news.credits_per_quarter_hour must be at least 1");
    }
    if (options.cards_max == 0) return Bad("news.cards must be at least 1");
    return CheckWords(options);
}

std::string NewsEndpoint(const NewsOptions& options) {
    return "/latest?category=" + SortedCategories(options) + "&language=" + options.language;
}

std::string NewsCacheKey(const NewsOptions& options) {
    return "news:latest:global:" + options.language + ":" + SortedCategories(options);
}

}  // namespace flux::feeds
