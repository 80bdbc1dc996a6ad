#include "contract/places.h"

#include "contract/country_table.h"
#include "contract/location.h"
#include "contract/unicode_text.h"
#include "json/utf8.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace flux::contract {
namespace {

TEST(FoldedCity, IsHowCitiesAreCompared) {
    EXPECT_EQ(FoldedCity("Pune"), "pune");
    EXPECT_EQ(FoldedCity("  NEW \t Delhi "), "new delhi");
    EXPECT_EQ(FoldedCity("Großenhain"), FoldedCity("GROSSENHAIN"));
    EXPECT_EQ(FoldedCity("ΑΘΉΝΑΣ"), FoldedCity("αθήνας"));
    EXPECT_EQ(FoldedCity("Мос\u043A\u0432А"), FoldedCity("МОСКВА"));
    EXPECT_EQ(FoldedCity("東京"), "東京");
    EXPECT_EQ(FoldedCity("\u1E9E"), "ss");
    EXPECT_NE(FoldedCity("Zürich"), FoldedCity("Zurich"));
    EXPECT_EQ(FoldedCity(""), "");
}

TEST(FoldedCity, OneWayToWriteACharacter) {
    EXPECT_EQ(FoldedCity("Zu\u0308rich"), FoldedCity("Z\u00FCrich"));
    EXPECT_EQ(FoldedCity("\u212Bl"), FoldedCity("A\u030Al"));  // Angstrom sign
    EXPECT_EQ(FoldedCity("q\u0323\u0307"), FoldedCity("q\u0307\u0323"));
    EXPECT_EQ(FoldedCity("\u1112\u1161\u11AB"), FoldedCity("\uD55C"));  // Hangul
}

std::string Utf8Of(char32_t code) {
    std::string character;
    const auto put = [&](char32_t byte) { character += static_cast<char>(byte); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0 | code >> 6);
        put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        put(0xE0 | code >> 12);
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    } else {
        put(0xF0 | code >> 18);
        put(0x80 | (code >> 12 & 0x3F));
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    }
    return character;
}

// Every character alone, and among letters and marks that it may combine with; 512 of them in one
// text, because there are many.
TEST(FoldedCity, FoldingWhatIsFoldedChangesNothing) {
    constexpr char32_t kTogether = 512;
    for (char32_t first = 0; first < 0x20000; first += kTogether) {
        if (first >= 0xD800 && first < 0xE000) continue;
        std::string text;
        for (char32_t code = std::max<char32_t>(first, 1); code < first + kTogether; ++code) {
            const std::string character = Utf8Of(code);
            text += character + "|\u03B1" + character + "\u0301\u0345|";
        }
        const std::string folded = FoldedCity(text);
        ASSERT_EQ(FoldedCity(folded), folded) << std::hex << static_cast<unsigned>(first);
        ASSERT_EQ(FoldedCity(ComposedText(text)), folded) << static_cast<unsigned>(first);
        ASSERT_TRUE(json::IsUtf8(folded));
    }
}

TEST(FoldedCity, LeavesBrokenTextAlone) {
    EXPECT_EQ(FoldedCity("\xFFpune"), "\xFFpune");
    EXPECT_EQ(ComposedText("\xED\xA0\x80"), "\xED\xA0\x80");
}

TEST(Location, IsComposed) {
    const auto location =
        ReadLocation("{\"city\":\"Zu\\u0308rich\",\"region\":\"\u212B\",\"country\":\"CH\"}");
    ASSERT_TRUE(location.has_value() && location->has_value());
    EXPECT_EQ((*location)->city, "Z\u00FCrich");
    EXPECT_EQ((*location)->region, "\u00C5");
}

TEST(Location, CharactersAreCountedComposed) {
    std::string city;
    for (int character = 0; character < 100; ++character)
        city += "u\u0308";
    EXPECT_TRUE(ReadLocation("{\"city\":\"" + city + "\"}").has_value());
    EXPECT_FALSE(ReadLocation("{\"city\":\"" + city + "u\"}").has_value());
    EXPECT_FALSE(ReadLocation("{\"city\":\"" + std::string(900'000, 'x') + "\"}").has_value());
}

TEST(CountryCode, TakesCodesAndNamesInAnyCase) {
    for (const auto& [country, code] : std::initializer_list<std::pair<const char*, const char*>>{
             {"IN", "IN"},
             {"in", "IN"},
             {"India", "IN"},
             {" inDIA ", "IN"},
             {"IND", "IN"},
             {"USA", "US"},
             {"U.S.A.", "US"},
             {"United States of America", "US"},
             {"the United States", "US"},
             {"UK", "GB"},
             {"U.K.", "GB"},
             {"Great Britain", "GB"},
             {"South Korea", "KR"},
             {"Korea, Republic of", "KR"},
             {"North Korea", "KP"},
             {"Korea, Democratic People\u2019s Republic of", "KP"},
             {"Russia", "RU"},
             {"Russian Federation", "RU"},
             {"Vietnam", "VN"},
             {"Viet Nam", "VN"},
             {"Czech Republic", "CZ"},
             {"Czechia", "CZ"},
             {"Ivory Coast", "CI"},
             {"C\u00F4te d'Ivoire", "CI"},
             {"Cote d\u2019Ivoire", "CI"},
             {"CO\u0302TE D'IVOIRE", "CI"},
             {"Curacao", "CW"},
             {"T\u00FCrkiye", "TR"},
             {"Turkey", "TR"},
             {"Burma", "MM"},
             {"Swaziland", "SZ"},
             {"Congo - Kinshasa", "CD"},
             {"Congo - Brazzaville", "CG"},
             {"Trinidad & Tobago", "TT"},
             {"St. Lucia", "LC"},
             {"The Bahamas", "BS"},
             {"Gambia (The)", ""},
             {"Guinea-Bissau", "GW"},
             {"Guinea Bissau", "GW"},
             {"Guinea", "GN"},
             {"Virgin Islands, U.S.", "VI"},
             {"Taiwan, Province of China", "TW"},
             {"UAE", "AE"},
             {"", ""},
             {" ", ""},
             {"the", ""},
             {"XX", ""},
             {"ZZZ", ""},
             {"Indiana", ""},
             {"undefined", ""},
             {"\xFF", ""},
         }) {
        EXPECT_EQ(CountryCode(country).value_or(""), code) << country;
    }
    EXPECT_EQ(CountryCode(std::string(1'000'000, 'a')), std::nullopt);
}

TEST(CountryCode, TheTableIsWhole) {
    std::set<std::string_view> alpha_2;
    std::set<std::string_view> alpha_3;
    std::string_view before;
    for (const Country& country : kCountryTable) {
        EXPECT_LT(before, country.alpha_2);
        before = country.alpha_2;
        EXPECT_EQ(country.alpha_2.size(), 2u);
        EXPECT_EQ(country.alpha_3.size(), 3u);
        alpha_2.insert(country.alpha_2);
        alpha_3.insert(country.alpha_3);
        EXPECT_EQ(CountryCode(country.alpha_2), country.alpha_2);
        EXPECT_EQ(CountryCode(country.alpha_3), country.alpha_2);
        // No name, and no code, is another country's.
        for (std::string_view names = country.names; !names.empty();) {
            const std::string_view name = names.substr(0, names.find('|'));
            EXPECT_EQ(CountryCode(name), country.alpha_2) << name;
            names.remove_prefix(std::min(name.size() + 1, names.size()));
        }
    }
    EXPECT_EQ(alpha_2.size(), 249u);
    EXPECT_EQ(alpha_3.size(), 249u);
}

TEST(Places, HaveRoomsAndKeys) {
    EXPECT_EQ(WeatherRoom("New  Delhi", "IN"), "weather.new delhi.IN");
    EXPECT_EQ(WeatherRoom("Pune", std::nullopt), "weather.pune");
    EXPECT_EQ(WeatherKey("New Delhi", "IN"), "weather:new delhi:IN");
    EXPECT_EQ(WeatherKey("Pune", std::nullopt), "weather:pune:");
    EXPECT_EQ(AirKey("Pune", "IN"), "weather:air:pune:IN");
    EXPECT_EQ(GeoKey("Pune", "Maharashtra", "IN"), "geo:pune:maharashtra:IN");
    EXPECT_EQ(GeoKey("Pune", std::nullopt, std::nullopt), "geo:pune::");
}

TEST(Places, NoNameCanForgeAnotherKey) {
    EXPECT_NE(WeatherKey("air:pune", "IN"), AirKey("pune", "IN"));
    EXPECT_NE(GeoKey("a:b", "c", "IN"), GeoKey("a", "b:c", "IN"));
    EXPECT_NE(WeatherKey("a:", std::nullopt), WeatherKey("a%3A", std::nullopt));
    EXPECT_NE(WeatherRoom("pune.IN", std::nullopt), WeatherRoom("pune", "IN"));
}

}  // namespace
}  // namespace flux::contract
