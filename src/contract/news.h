// E6 `news.service.event.updated`: the newest headlines.
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flux::contract {

struct NewsCard {
    std::string id;
    std::string title;
    std::optional<std::string> description;
    std::optional<std::string> image;  ///< URL
    std::string url;
    std::string source;                      ///< the publisher's id
    std::optional<std::string> source_name;  ///< the publisher's name, for people
    std::string published_at;                ///< ISO 8601 with Z
    std::vector<std::string> category;

    friend bool operator==(const NewsCard&, const NewsCard&) = default;
};

/// What caused a NewsEvent: the start, the schedule, a command.
enum class NewsTrigger : std::uint8_t { kInitial, kInterval, kBff };

struct NewsEvent {
    WallMillis timestamp = 0;
    NewsTrigger trigger = NewsTrigger::kInterval;
    bool from_cache = false;  ///< `payload.source`: "cache" or "api"
    std::vector<NewsCard> cards;

    friend bool operator==(const NewsEvent&, const NewsEvent&) = default;
};

/// `{"scope":"global","timestamp":...,"source":...,"payload":{"source":...,"scope":"global","data":[...]}}`
std::string Encode(const NewsEvent& event);
/// Errors: kBadInput naming the field. Thread: any.
Result<NewsEvent> DecodeNewsEvent(std::string_view json);

}  // namespace flux::contract
