#include "contract/blank_text.h"
#include "contract/country_table.h"
#include "contract/unicode_text.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace flux::contract {
namespace {

/// Longer than any name of the table: nobody has to fold what cannot be one.
constexpr std::size_t kNameBytesMax = 256;

/// A code or name as it is compared.
std::string ComparedName(std::string_view name) {
    std::string plain;
    for (const char byte : FoldedPlainText(name)) {
        switch (byte) {
            case '.':
                break;
            case ',':
            case '(':
            case ')':
            case '-':
                plain += ' ';
                break;
            case '&':
                plain += " and ";
                break;
            default:
                plain += byte;
        }
    }
    constexpr std::string_view kCurlyApostrophe = "\xE2\x80\x99";
    for (std::size_t at = 0; (at = plain.find(kCurlyApostrophe, at)) != std::string::npos;)
        plain.replace(at, kCurlyApostrophe.size(), "'");
    constexpr std::string_view kArticle = "the ";
    std::string compared = CollapseBlankText(plain);
    return compared.starts_with(kArticle) ? compared.substr(kArticle.size()) : compared;
}

using Entry = std::pair<std::string, std::string_view>;  // a compared name, its alpha-2 code

std::vector<Entry> MakeIndex() {
    std::vector<Entry> index;
    for (const Country& country : kCountryTable) {
        index.emplace_back(ComparedName(country.alpha_2), country.alpha_2);
        index.emplace_back(ComparedName(country.alpha_3), country.alpha_2);
        for (std::string_view names = country.names; !names.empty();) {
            const std::size_t bar = std::min(names.find('|'), names.size());
            index.emplace_back(ComparedName(names.substr(0, bar)), country.alpha_2);
            names.remove_prefix(std::min(bar + 1, names.size()));
        }
    }
    std::sort(index.begin(), index.end());
    return index;
}

}  // namespace

std::string_view FindCountryCode(std::string_view text) {
    static const std::vector<Entry> index = MakeIndex();
    if (text.size() > kNameBytesMax) return {};
    const std::string name = ComparedName(text);
    const auto found = std::lower_bound(
        index.begin(),
        index.end(),
        name,
        [](const Entry& entry, const std::string& wanted) { return entry.first < wanted; }
    );
    if (found == index.end() || found->first != name) return {};
    return found->second;
}

}  // namespace flux::contract
