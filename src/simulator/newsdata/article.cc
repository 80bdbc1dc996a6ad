#include "simulator/newsdata/article.h"

#include "simulator/noise.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <fmt/format.h>
#include <span>

namespace flux::simulator {
namespace {

constexpr WallMillis kEvery = 120'000;

struct Category {
    std::string_view name;
    std::array<std::string_view, 8> subjects;
    std::array<std::string_view, 6> events;
};

constexpr Category kCategories[] = {
    {"business",
     {"Harbour operators",
      "The central bank",
      "Textile exporters",
      "A regional airline",
      "Coffee growers",
      "The shipbuilders' union",
      "A chain of bakeries",
      "Solar panel makers"},
     {"report a better quarter than feared",
      "agree on a wage deal after long talks",
      "open a second plant near the border",
      "postpone their listing until spring",
      "cut prices for the third time this year",
      "look for buyers abroad"}},
    {"politics",
     {"The lower house",
      "Mayors of six cities",
      "The coalition",
      "Observers from abroad",
      "The committee on transport",
      "Farmers' representatives",
      "The electoral office",
      "Two former ministers"},
     {"back a bill on night trains",
      "ask for more time before the vote",
      "reject the draft budget",
      "publish the minutes of last week's meeting",
      "call for talks on water rights",
      "disagree about the new district lines"}},
    {"technology",
     {"Researchers at a coastal university",
      "A maker of radio chips",
      "Volunteers of a map project",
      "The office for digital services",
      "A start-up from the valley",
      "Engineers of the metro",
      "An open source foundation",
      "Astronomers"},
     {"show a battery that survives the frost",
      "publish the plans of their new sensor",
      "find a fault in widely used routers",
      "test ferries without a crew",
      "release a free atlas of old letters",
      "warn of fake update notices"}},
    {"sports",
     {"The home team",
      "A nineteen-year-old sprinter",
      "The rowing eight",
      "Underdogs from the hills",
      "The cricket board",
      "Goalkeepers",
      "A veteran cyclist",
      "The chess federation"},
     {"win in the last minute",
      "set a record that stood for decades",
      "lose the final by a point",
      "return after a long injury",
      "name a new coach",
      "move the tournament by a week"}},
    {"science",
     {"Biologists",
      "A team in the Antarctic",
      "Geologists",
      "The observatory",
      "Marine scientists",
      "Students of a summer school",
      "Two laboratories",
      "Botanists"},
     {"count more otters than ever",
      "drill the oldest ice so far",
      "map a river under the sand",
      "explain a riddle of migrating birds",
      "hear whales in a new place",
      "date a footprint in clay"}},
    {"world",
     {"Rescue crews",
      "The harbour bridge",
      "Pilgrims",
      "Ferry lines",
      "The old town",
      "Delegates of forty states",
      "Harvest workers",
      "A night market"},
     {"return after a week at sea",
      "reopens after repairs",
      "travel in record numbers",
      "stop because of strong winds",
      "celebrates its founding",
      "meet to speak about fish"}},
};

struct Place {
    std::string_view country_code;
    std::string_view country;
    std::string_view town;
};

constexpr Place kPlaces[] = {
    {"gb", "united kingdom", "Whitby"},
    {"us", "united states of america", "Duluth"},
    {"in", "india", "Nashik"},
    {"au", "australia", "Hobart"},
    {"za", "south africa", "Durban"},
    {"ca", "canada", "Halifax"},
    {"ie", "ireland", "Galway"},
    {"sg", "singapore", "Tampines"},
    {"nz", "new zealand", "Nelson"},
    {"ke", "kenya", "Kisumu"},
};

struct Tongue {
    std::string_view code;
    std::string_view name;
    std::string_view country_code;
    std::string_view country;
    std::string_view title;
    std::string_view description;
};

constexpr Tongue kTongues[] = {
    {"hi",
     "hindi",
     "in",
     "india",
     "बंदरगाह का पुल मरम्मत के बाद फिर खुला",
     "दो सप्ताह बाद यातायात फिर शुरू हुआ।"},
    {"ar",
     "arabic",
     "eg",
     "egypt",
     "إعادة فتح جسر الميناء بعد الإصلاحات",
     "عادت الحركة يوم الجمعة."},
    {"es",
     "spanish",
     "es",
     "spain",
     "El puente del puerto reabre tras las obras",
     "El tráfico volvió el viernes tras dos semanas."},
    {"fr",
     "french",
     "fr",
     "france",
     "Le pont du port rouvre après travaux",
     "La circulation a repris vendredi."},
    {"ja", "japanese", "jp", "japan", "港の橋が修理を終えて再開", "金曜日に通行が再開した。"},
};

constexpr Publisher kPublishers[] = {
    {"harbourpost", "The Harbour Post", "https://harbourpost.example", 1204},
    {"northledger", "Northern Ledger", "https://northledger.example", 3871},
    {"dailyquay", "Daily Quay", "https://dailyquay.example", 15320},
    {"signalandnoise", "Signal & Noise", "https://signalandnoise.example", 48213, false},
    {"hillsgazette", "Hills Gazette", "https://hillsgazette.example", 103554, false},
    {"openwire", "Open Wire", "https://openwire.example", 771},
};

constexpr std::string_view kWriters[] = {
    "A. Writer", "R. Karlsen", "M. Okafor", "L. Fernandes", "S. Iyer", "J. Whitlock"};

template <class Items>
const auto& Pick(const Items& items, std::uint64_t number) {
    return items[number % std::size(items)];
}

}  // namespace

std::int64_t NewestArticle(WallMillis time) {
    return time / kEvery;
}

Article ArticleOf(std::uint64_t seed, std::int64_t number) {
    const std::uint64_t chance = Mix(seed, static_cast<std::uint64_t>(number));
    const auto of = [chance](std::uint64_t what) { return Mix(chance, what); };
    Article article;
    article.id = fmt::format("{:016x}{:016x}", of(1), of(2));
    article.published = number * kEvery - static_cast<WallMillis>(of(3) % (kEvery / 2000)) * 1000;
    const Category& category = Pick(kCategories, of(4));
    article.category = category.name;
    article.publisher = &Pick(kPublishers, of(5));
    if (of(6) % 3 != 0) article.creator = Pick(kWriters, of(7));
    article.image = of(8) % 4 != 0;
    article.duplicate = of(9) % 25 == 0;
    if (of(10) % 6 == 0) {
        const Tongue& tongue = Pick(kTongues, of(11));
        article.language_code = tongue.code;
        article.language = tongue.name;
        article.country_code = tongue.country_code;
        article.country = tongue.country;
        article.title = tongue.title;
        article.description = tongue.description;
        return article;
    }
    const Place& place = Pick(kPlaces, of(12));
    const std::string_view subject = Pick(category.subjects, of(13));
    const std::string_view event = Pick(category.events, of(14));
    article.language_code = "en";
    article.language = "english";
    article.country_code = place.country_code;
    article.country = place.country;
    article.title = fmt::format("{}: {} {}", place.town, subject, event);
    article.description = fmt::format(
        "{} {}, {} writes. What it means for {} is still open; the next meeting is in {} days.",
        subject,
        event,
        article.publisher->name,
        place.town,
        2 + of(15) % 20
    );
    article.keywords = {std::string(category.name), std::string(place.town)};
    return article;
}

bool IsCategory(std::string_view word) {
    constexpr std::array<std::string_view, 11> kOthers{
        "breaking",
        "crime",
        "domestic",
        "education",
        "entertainment",
        "environment",
        "food",
        "health",
        "lifestyle",
        "other",
        "top"};
    return std::any_of(
               std::begin(kCategories),
               std::end(kCategories),
               [word](const Category& category) { return category.name == word; }
           ) ||
           std::find(kOthers.begin(), kOthers.end(), word) != kOthers.end() || word == "tourism";
}

bool IsLanguage(std::string_view word) {
    return word.size() == 2 && std::islower(static_cast<unsigned char>(word[0])) != 0 &&
           std::islower(static_cast<unsigned char>(word[1])) != 0;
}

bool IsCountry(std::string_view word) {
    return IsLanguage(word);  // two small letters as well
}

}  // namespace flux::simulator
