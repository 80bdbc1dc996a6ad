#include "contract/news.h"

#include "contract/member_reader.h"
#include "contract/object_writer.h"

#include <array>

namespace flux::contract {
namespace {

constexpr std::string_view kScope = "global";
constexpr std::string_view kCache = "cache";
constexpr std::string_view kApi = "api";
constexpr std::array<std::string_view, 3> kTriggers{"initial", "interval", "bff"};
static_assert(kTriggers.size() == static_cast<std::size_t>(NewsTrigger::kBff) + 1);

std::string EncodeCard(const NewsCard& card) {
    ObjectWriter out;
    out.Text("id", card.id);
    out.Text("title", card.title);
    out.TextOrNull("description", card.description);
    out.TextOrNull("image", card.image);
    out.Text("url", card.url);
    out.Text("source", card.source);
    out.OptionalText("sourceName", card.source_name);
    out.Text("publishedAt", card.published_at);
    out.Texts("category", card.category);
    return out.Take();
}

NewsCard ReadCard(MemberReader& in) {
    NewsCard card;
    card.id = in.TextNotEmpty("id");
    card.title = in.TextNotEmpty("title");
    card.description = in.OptionalText("description");
    card.image = in.OptionalText("image");
    card.url = in.Text("url");
    card.source = in.Text("source");
    card.source_name = in.OptionalText("sourceName");
    card.published_at = in.Text("publishedAt");
    card.category = in.Texts("category");
    return card;
}

NewsTrigger ReadTrigger(MemberReader& in) {
    const std::string name = in.Text("source");
    for (std::size_t index = 0; index < kTriggers.size(); ++index) {
        if (kTriggers[index] == name) return static_cast<NewsTrigger>(index);
    }
    in.Refuse("source", "is none of \"initial\", \"interval\" and \"bff\"");
    return NewsTrigger::kInterval;
}

}  // namespace

std::string Encode(const NewsEvent& event) {
    ObjectWriter payload;
    payload.Text("source", event.from_cache ? kCache : kApi);
    payload.Text("scope", kScope);
    payload.Raw("data", ArrayJson(event.cards, EncodeCard));
    ObjectWriter out;
    out.Text("scope", kScope);
    out.Integer("timestamp", event.timestamp);
    out.Text("source", kTriggers[static_cast<std::size_t>(event.trigger)]);
    out.Raw("payload", payload.Take());
    return out.Take();
}

Result<NewsEvent> DecodeNewsEvent(std::string_view json) {
    Result<MemberReader> in = ReadObject("news event", json);
    if (!in) return in.error();
    NewsEvent event;
    in->Constant("scope", kScope);
    event.timestamp = in->Integer("timestamp");
    event.trigger = ReadTrigger(*in);
    MemberReader payload = in->Object("payload");
    payload.Constant("scope", kScope);
    const std::string source = payload.Text("source");
    event.from_cache = source == kCache;
    if (!event.from_cache && source != kApi) {
        payload.Refuse("source", "is neither \"api\" nor \"cache\"");
    }
    event.cards = payload.Objects("data", ReadCard);
    in->Take(payload);
    if (in->error()) return *in->error();
    return event;
}

}  // namespace flux::contract
