#include "net/accept_encoding.h"

#include "net/http_text.h"

#include <optional>

namespace flux::net {
namespace {

constexpr int kFull = 1000;

/// "0.5" in thousandths; a value that is none counts as 0, the careful reading.
int ParseQuality(std::string_view text) {
    if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return 0;
    int thousandths = (text[0] - '0') * kFull;
    if (text.size() > 1 && text[1] != '.') return 0;
    int place = 100;
    for (const char c : text.substr(text.size() > 1 ? 2 : 1)) {
        if (c < '0' || c > '9') return 0;
        thousandths += (c - '0') * place;
        place /= 10;
    }
    return thousandths > kFull ? 0 : thousandths;
}

int QualityOf(std::string_view element) {
    std::size_t semicolon = element.find(';');
    while (semicolon != std::string_view::npos) {
        element = TrimBlanks(element.substr(semicolon + 1));
        semicolon = element.find(';');
        const std::string_view parameter = TrimBlanks(element.substr(0, semicolon));
        if (parameter.size() >= 2 && ToLower(parameter[0]) == 'q' && parameter[1] == '=') {
            return ParseQuality(parameter.substr(2));
        }
    }
    return kFull;
}

}  // namespace

int EncodingQuality(std::string_view accept_encoding, std::string_view encoding) {
    std::optional<int> named;
    std::optional<int> any;
    ForEachListElement(accept_encoding, [&](std::string_view element) {
        const std::string_view name = TrimBlanks(element.substr(0, element.find(';')));
        if (EqualsIgnoringCase(name, encoding)) named = QualityOf(element);
        if (name == "*") any = QualityOf(element);
        return true;
    });
    if (named) return *named;
    if (any) return *any;
    return encoding == "identity" ? kFull : 0;
}

}  // namespace flux::net
