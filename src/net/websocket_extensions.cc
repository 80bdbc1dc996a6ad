#include "net/websocket_extensions.h"

#include "net/http_text.h"

#include <string_view>

namespace flux::net {
namespace {

/// Takes what stands before the next `separator` that is not in a quoted string from `rest`.
std::string_view TakeUntil(std::string_view& rest, char separator) {
    bool quoted = false;
    std::size_t at = 0;
    for (; at < rest.size() && (quoted || rest[at] != separator); ++at)
        quoted = quoted != (rest[at] == '"');
    const std::string_view taken = TrimBlanks(rest.substr(0, at));
    rest = at < rest.size() ? rest.substr(at + 1) : std::string_view();
    return taken;
}

std::string_view Unquote(std::string_view value) {
    const bool quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
    return quoted ? value.substr(1, value.size() - 2) : value;
}

/// 8 to 15, written without a leading zero; else 0.
std::uint8_t WindowBits(std::string_view text) {
    if (text == "8" || text == "9") return static_cast<std::uint8_t>(text[0] - '0');
    if (text.size() != 2 || text[0] != '1' || text[1] < '0' || text[1] > '5') return 0;
    return static_cast<std::uint8_t>(10 + (text[1] - '0'));
}

/// The parameters of one offer, each at most once.
class Offer {
public:
    /// False: the offer is not to be accepted.
    bool Take(std::string_view parameter) {
        const std::size_t equals = parameter.find('=');
        const bool has_value = equals != std::string_view::npos;
        const std::string_view name = TrimBlanks(parameter.substr(0, equals));
        const std::string_view value =
            has_value ? Unquote(TrimBlanks(parameter.substr(equals + 1))) : std::string_view();
        if (name == "server_no_context_takeover") return First(kServerAlone) && !has_value;
        if (name == "client_no_context_takeover") return First(kClientAlone) && !has_value;
        if (name == "client_max_window_bits") {
            return First(kClientWindow) && (!has_value || WindowBits(value) != 0);
        }
        if (name != "server_max_window_bits" || !First(kServerWindow)) return false;
        terms_.window_bits = WindowBits(value);
        terms_.window_was_asked = true;
        return terms_.window_bits != 0;
    }

    const DeflateTerms& terms() const { return terms_; }

private:
    enum Bit : unsigned {
        kServerAlone = 1,
        kClientAlone = 2,
        kServerWindow = 4,
        kClientWindow = 8
    };

    bool First(Bit bit) {
        const bool first = (seen_ & bit) == 0;
        seen_ |= bit;
        return first;
    }

    DeflateTerms terms_;
    unsigned seen_ = 0;
};

std::optional<DeflateTerms> TermsOf(std::string_view offer) {
    if (TakeUntil(offer, ';') != "permessage-deflate") return std::nullopt;
    Offer parameters;
    while (!offer.empty()) {
        if (!parameters.Take(TakeUntil(offer, ';'))) return std::nullopt;
    }
    return parameters.terms();
}

}  // namespace

std::string DeflateTerms::Answer() const {
    std::string answer =
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
    if (window_was_asked) answer += "; server_max_window_bits=" + std::to_string(window_bits);
    return answer;
}

std::optional<DeflateTerms> AgreeDeflate(const HttpRequest& request) {
    for (const auto& [name, value] : request.headers) {
        if (!EqualsIgnoringCase(name, "sec-websocket-extensions")) continue;
        std::string_view offers = value;
        while (!offers.empty()) {
            if (const auto terms = TermsOf(TakeUntil(offers, ','))) return terms;
        }
    }
    return std::nullopt;
}

}  // namespace flux::net
