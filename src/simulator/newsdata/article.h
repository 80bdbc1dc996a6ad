// News that nobody needs to believe.
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flux::simulator {

struct Publisher {
    std::string_view id;
    std::string_view name;
    std::string_view url;
    int priority = 0;  ///< smaller is more important
    bool icon = true;
};

/// One article, made of its number alone: the same seed and number give the same one.
struct Article {
    std::string id;  ///< 32 hexadecimal digits
    std::string title;
    std::string description;
    std::vector<std::string> keywords;
    std::string creator;             ///< "" when nobody is named
    std::string_view language_code;  ///< "en"
    std::string_view language;       ///< "english"
    std::string_view country_code;   ///< "gb"
    std::string_view country;        ///< "united kingdom"
    std::string_view category;       ///< "business"
    const Publisher* publisher = nullptr;
    bool image = false;
    bool duplicate = false;
    WallMillis published = 0;
};

/// The number of the newest article that is out at `time`; one comes every two minutes.
std::int64_t NewestArticle(WallMillis time);

/// Thread: any.
Article ArticleOf(std::uint64_t seed, std::int64_t number);

/// Whether these are words the source uses: "business", "en", "gb".
bool IsCategory(std::string_view word);
bool IsLanguage(std::string_view word);
bool IsCountry(std::string_view word);

}  // namespace flux::simulator
