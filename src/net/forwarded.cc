#include "net/forwarded.h"

#include "net/http_text.h"

#include <algorithm>
#include <optional>

namespace flux::net {
namespace {

/// The elements of every header line of one name, last first.
class ReversedElements {
public:
    ReversedElements(const HttpRequest& request, std::string_view name)
        : request_(request),
          name_(name),
          line_(request.headers.size()) {}

    std::optional<std::string_view> Next() {
        while (rest_.empty()) {
            if (line_ == 0) return std::nullopt;
            const auto& [name, value] = request_.headers[--line_];
            if (EqualsIgnoringCase(name, name_)) rest_ = value;
        }
        const std::size_t comma = rest_.rfind(',');
        const std::size_t start = comma == std::string_view::npos ? 0 : comma + 1;
        const std::string_view element = TrimBlanks(rest_.substr(start));
        rest_ = comma == std::string_view::npos ? std::string_view() : rest_.substr(0, comma);
        return element;
    }

private:
    const HttpRequest& request_;
    const std::string_view name_;
    std::size_t line_;
    std::string_view rest_;
};

/// An address as proxies write it: bare, in brackets, or with a port.
std::optional<IpAddress> ParseHop(std::string_view text) {
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        text = text.substr(1, end - 1);
    } else if (std::count(text.begin(), text.end(), ':') == 1) {
        text = text.substr(0, text.find(':'));
    }
    const Result<IpAddress> address = IpAddress::Parse(text);
    if (!address) return std::nullopt;
    return *address;
}

}  // namespace

void ReadForwarded(HttpRequest& request, const NetworkList& trusted) {
    request.client = request.peer;
    request.secure = false;
    int trusted_hops = 0;
    ReversedElements hops(request, "x-forwarded-for");
    while (trusted.Contains(request.client)) {
        ++trusted_hops;
        const std::optional<std::string_view> entry = hops.Next();
        const std::optional<IpAddress> hop = entry ? ParseHop(*entry) : std::nullopt;
        if (!hop) break;
        request.client = *hop;
    }
    // Each trusted hop may have added what it saw; the outermost of them saw the client.
    ReversedElements protocols(request, "x-forwarded-proto");
    for (int hop = 0; hop < trusted_hops; ++hop) {
        const std::optional<std::string_view> protocol = protocols.Next();
        if (!protocol) break;
        request.secure = EqualsIgnoringCase(*protocol, "https");
    }
}

}  // namespace flux::net
