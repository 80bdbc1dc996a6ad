#include "simulator/openweather/city.h"

#include "json/utf8.h"
#include "simulator/noise.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <unordered_map>
#include <utility>

namespace flux::simulator {
namespace {

/// So many code points in a row are written like `letter` without their accents.
struct Run {
    int count;
    char letter;
};

// U+00C0 to U+00FF; 0 is no letter.
constexpr Run kLatin1[] = {{7, 'a'}, {1, 'c'}, {4, 'e'}, {4, 'i'}, {1, 'd'}, {1, 'n'}, {5, 'o'},
                           {1, 0},   {1, 'o'}, {4, 'u'}, {1, 'y'}, {1, 't'}, {1, 's'}, {7, 'a'},
                           {1, 'c'}, {4, 'e'}, {4, 'i'}, {1, 'd'}, {1, 'n'}, {5, 'o'}, {1, 0},
                           {1, 'o'}, {4, 'u'}, {1, 'y'}, {1, 't'}, {1, 'y'}};
// U+0100 to U+017F.
constexpr Run kLatinA[] = {{6, 'a'},  {8, 'c'}, {4, 'd'}, {10, 'e'}, {8, 'g'},  {4, 'h'},
                           {10, 'i'}, {2, 'i'}, {2, 'j'}, {3, 'k'},  {10, 'l'}, {9, 'n'},
                           {6, 'o'},  {2, 'o'}, {6, 'r'}, {8, 's'},  {6, 't'},  {12, 'u'},
                           {2, 'w'},  {3, 'y'}, {6, 'z'}, {1, 's'}};
// U+1EA0 to U+1EF9: Vietnamese.
constexpr Run kVietnamese[] = {{24, 'a'}, {16, 'e'}, {4, 'i'}, {24, 'o'}, {14, 'u'}, {8, 'y'}};

char LetterAt(std::span<const Run> runs, char32_t distance) {
    for (const Run& run : runs) {
        if (distance < static_cast<char32_t>(run.count)) return run.letter;
        distance -= static_cast<char32_t>(run.count);
    }
    return 0;
}

/// The plain letter behind an accented Latin one, or 0.
char PlainLetter(char32_t point) {
    if (point >= 0xc0 && point <= 0xff) return LetterAt(kLatin1, point - 0xc0);
    if (point >= 0x100 && point <= 0x17f) return LetterAt(kLatinA, point - 0x100);
    if (point >= 0x1ea0 && point <= 0x1ef9) return LetterAt(kVietnamese, point - 0x1ea0);
    if (point == 0x1a0 || point == 0x1a1) return 'o';
    if (point == 0x1af || point == 0x1b0) return 'u';
    if (point == 0x218 || point == 0x219) return 's';
    if (point == 0x21a || point == 0x21b) return 't';
    return 0;
}

char32_t Decode(std::string_view character) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(character[i]); };
    if (character.size() == 1) return byte(0);
    char32_t point = byte(0) & (0xffu >> (character.size() + 1));
    for (std::size_t i = 1; i < character.size(); ++i)
        point = point << 6 | (byte(i) & 0x3fu);
    return point;
}

/// Of two bytes: what Greek and Cyrillic need.
void AppendTwoBytes(std::string& out, char32_t point) {
    out += static_cast<char>(0xc0 | point >> 6);
    out += static_cast<char>(0x80 | (point & 0x3f));
}

void AppendFolded(std::string& out, std::string_view character) {
    const char32_t point = Decode(character);
    if (point < 0x80) {
        const bool capital = point >= 'A' && point <= 'Z';
        out += static_cast<char>(capital ? point + ('a' - 'A') : point);
    } else if (const char letter = PlainLetter(point); letter != 0) {
        out += letter;
    } else if (point >= 0x300 && point <= 0x36f) {
        return;  // an accent that stands alone
    } else if ((point >= 0x391 && point <= 0x3a9) || (point >= 0x410 && point <= 0x42f)) {
        AppendTwoBytes(out, point + 0x20);
    } else if (point >= 0x400 && point <= 0x40f) {
        AppendTwoBytes(out, point + 0x50);
    } else {
        out += character;
    }
}

/// The cities of each folded name, by population.
using NameIndex = std::unordered_map<std::string, std::vector<const City*>>;

NameIndex MakeIndex() {
    NameIndex index;
    const auto add = [&index](std::string_view name, const City& city) {
        std::vector<const City*>& cities = index[FoldedName(name)];
        if (cities.empty() || cities.back() != &city) cities.push_back(&city);
    };
    for (const City& city : Cities()) {
        add(city.name, city);
        std::string_view rest = city.local_names;
        while (!rest.empty()) {
            const std::string_view entry = rest.substr(0, rest.find(';'));
            rest.remove_prefix(std::min(entry.size() + 1, rest.size()));
            add(entry.substr(entry.find('=') + 1), city);
        }
    }
    return index;
}

/// What people write for a state: codes of the larger ones.
std::string_view StateOfCode(std::string_view code) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 22> kCodes{{
        {"ny", "new york"},     {"ca", "california"}, {"il", "illinois"},  {"tx", "texas"},
        {"az", "arizona"},      {"wa", "washington"}, {"co", "colorado"},  {"ma", "massachusetts"},
        {"or", "oregon"},       {"me", "maine"},      {"mo", "missouri"},  {"al", "alabama"},
        {"id", "idaho"},        {"oh", "ohio"},       {"va", "virginia"},  {"ga", "georgia"},
        {"nv", "nevada"},       {"fl", "florida"},    {"la", "louisiana"}, {"hi", "hawaii"},
        {"pa", "pennsylvania"}, {"mi", "michigan"},
    }};
    for (const auto& [known, name] : kCodes)
        if (known == code) return name;
    return code;
}

double DistanceKm(double lat_a, double lon_a, double lat_b, double lon_b) {
    constexpr double kRadians = std::numbers::pi / 180;
    const double x = (lon_b - lon_a) * kRadians * std::cos((lat_a + lat_b) / 2 * kRadians);
    const double y = (lat_b - lat_a) * kRadians;
    return 6371 * std::sqrt(x * x + y * y);
}

}  // namespace

std::int64_t City::id() const {
    constexpr std::uint64_t kFirst = 1'000'000;
    const std::uint64_t number = Mix(Mix(Mix(0, name), country), state);
    return static_cast<std::int64_t>(kFirst + number % (9 * kFirst));
}

std::string FoldedName(std::string_view name) {
    std::string out;
    bool blank = false;
    const char* at = name.data();
    const char* const end = at + name.size();
    while (at < end) {
        const std::size_t length = json::Utf8CharacterAt(at, end);
        if (length == 0) {  // no text: it is like nothing but itself
            out += *at++;
            continue;
        }
        const std::string_view character(at, length);
        at += length;
        if (character == " " || character == "\t") {
            blank = true;
            continue;
        }
        std::string folded;
        AppendFolded(folded, character);
        if (folded.empty()) continue;
        if (blank && !out.empty()) out += ' ';
        blank = false;
        out += folded;
    }
    return out;
}

std::vector<const City*> FindCities(
    std::string_view name, std::string_view state, std::string_view country
) {
    static const NameIndex kIndex = MakeIndex();
    std::vector<const City*> found;
    const auto named = kIndex.find(FoldedName(name));
    if (named == kIndex.end()) return found;
    const std::string folded_state = FoldedName(state);
    const std::string folded_country = FoldedName(country);
    for (const City* const city : named->second) {
        if (!folded_country.empty() && FoldedName(city->country) != folded_country) continue;
        const std::string of_city = FoldedName(city->state);
        if (folded_state.empty() || of_city == folded_state ||
            of_city == StateOfCode(folded_state)) {
            found.push_back(city);
        }
    }
    return found;
}

const City* CityNear(double lat, double lon) {
    constexpr double kNearKm = 50;
    const City* nearest = nullptr;
    double distance = kNearKm;
    for (const City& city : Cities()) {
        const double here = DistanceKm(lat, lon, city.lat, city.lon);
        if (here >= distance) continue;
        distance = here;
        nearest = &city;
    }
    return nearest;
}

}  // namespace flux::simulator
