// The articles of one answer of NewsData.io.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "contract/news.h"

#include <cstddef>
#include <string_view>
#include <vector>

namespace flux::feeds {

struct Articles {
    std::vector<contract::NewsCard> cards;  ///< in the order of the answer
    std::size_t dropped = 0;                ///< no id, title or link that can be shown, or no news
    std::size_t repeated = 0;               ///< the same id or link as one before
};

/// Reads the answer to GET /latest. Each article by itself: what is wrong with one costs that one,
/// or the field, where a card goes without. Texts become plain (PlainText), links are http or https
/// or none, times ISO 8601 with Z; an article without a time gets `now`. Errors: kBadInput (no
/// answer of that kind). Thread: any.
Result<Articles> ReadArticles(std::string_view body, std::size_t cards_max, WallMillis now);

}  // namespace flux::feeds
