// Answers of NewsData.io: every card can be shown as text and linked to, and the event that is made
// of them reads back.
#include "base/assert.h"
#include "contract/blank_text.h"
#include "contract/news.h"
#include "feeds/news/articles.h"
#include "feeds/news/plain_text.h"
#include "json/utf8.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

void CheckText(std::string_view text) {
    FLUX_ASSERT(flux::json::IsUtf8(text));
    FLUX_ASSERT(!flux::contract::HasControlCharacter(text));
    FLUX_ASSERT(!text.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (flux::json::IsUtf8(text)) {
        const std::string plain = flux::feeds::PlainText(text, 50);
        FLUX_ASSERT(flux::json::IsUtf8(plain) && flux::json::Utf8Length(plain) <= 50);
        FLUX_ASSERT(!flux::contract::HasControlCharacter(plain));
    }
    const auto articles = flux::feeds::ReadArticles(text, 50, 1'774'000'800'042);
    if (!articles) {
        FLUX_ASSERT(!articles.error().context.empty());
        return 0;
    }
    flux::contract::NewsEvent event;
    event.cards = articles->cards;
    for (const auto& card : event.cards) {
        CheckText(card.id);
        CheckText(card.title);
        if (card.description) CheckText(*card.description);
        FLUX_ASSERT(flux::feeds::IsWebLink(card.url));
        FLUX_ASSERT(!card.image || flux::feeds::IsWebLink(*card.image));
        FLUX_ASSERT(card.published_at.ends_with('Z'));
    }
    const auto again = flux::contract::DecodeNewsEvent(flux::contract::Encode(event));
    FLUX_ASSERT(again && again->cards == event.cards);
    return 0;
}
