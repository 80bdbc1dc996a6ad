// Origins: a page is let in when it is listed or comes from where the request goes to, and no
// other; only a page that is named may send credentials.
//
// The first byte says whether the request came over TLS; the lines that follow are Origin, Host and
// Access-Control-Request-Headers, and each further one an origin that is allowed.
#include "base/assert.h"
#include "input.h"
#include "socketio/origin_policy.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using flux::net::HttpRequest;
using flux::socketio::OriginPolicy;

using Headers = std::vector<std::pair<std::string, std::string>>;

std::string Lower(std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    return lower;
}

std::string_view HeaderOf(const Headers& headers, std::string_view name) {
    for (const auto& [known, value] : headers)
        if (known == name) return value;
    return {};
}

/// Every way to write the origin of a page that this request's host served over `scheme`.
std::vector<std::string> OriginsOf(const std::string& scheme, std::string host) {
    const std::string port = scheme == "https" ? ":443" : ":80";
    if (host.ends_with(port)) host.resize(host.size() - port.size());
    std::vector<std::string> origins{scheme + "://" + host + port};
    if (!host.ends_with(port)) origins.push_back(scheme + "://" + host);
    return origins;
}

bool Expected(const HttpRequest& request, const std::vector<std::string>& allowed) {
    const std::string origin = Lower(request.Header("Origin"));
    for (const std::string& one : allowed)
        if (one == "*" || Lower(one) == origin) return true;
    const std::string host = Lower(request.Header("Host"));
    if (host.empty()) return false;
    std::vector<std::string> own = OriginsOf("https", host);
    if (!request.secure) {
        const std::vector<std::string> plain = OriginsOf("http", host);
        own.insert(own.end(), plain.begin(), plain.end());
    }
    return std::find(own.begin(), own.end(), origin) != own.end();
}

void CheckAnswer(
    const OriginPolicy& policy, const HttpRequest& request, const std::vector<std::string>& allowed
) {
    const std::string_view origin = request.Header("Origin");
    const auto response = policy.Preflight(request);
    FLUX_ASSERT(response.status == 204 && response.body.view().empty());
    Headers headers;
    policy.AppendHeaders(origin, headers);
    FLUX_ASSERT(std::equal(headers.begin(), headers.end(), response.headers.begin()));
    FLUX_ASSERT(headers.empty() == origin.empty());
    const std::string_view named = HeaderOf(headers, "Access-Control-Allow-Origin");
    FLUX_ASSERT(named == origin || named == "*");
    // Whoever is let in by "*" alone gets no credentials.
    const bool listed = std::any_of(allowed.begin(), allowed.end(), [&](const std::string& one) {
        return Lower(one) == Lower(origin);
    });
    const bool any = std::find(allowed.begin(), allowed.end(), "*") != allowed.end();
    const bool with_credentials = !HeaderOf(headers, "Access-Control-Allow-Credentials").empty();
    FLUX_ASSERT(with_credentials == (!origin.empty() && (listed || !any)));
    FLUX_ASSERT(!with_credentials || HeaderOf(headers, "Vary") == "Origin");

    const std::string_view may = HeaderOf(response.headers, "Access-Control-Allow-Headers");
    FLUX_ASSERT(may == "Content-Type" || may == request.Header("access-control-request-headers"));
    FLUX_ASSERT(!may.empty() && std::all_of(may.begin(), may.end(), [](unsigned char c) {
        return c < 0x80 &&
               (std::isalnum(c) != 0 ||
                std::string_view("-_, ").find(static_cast<char>(c)) != std::string_view::npos);
    }));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    flux::fuzz::Input input(data, size);
    HttpRequest request;
    request.secure = input.Byte() % 2 == 0;
    for (const std::string_view name : {"Origin", "Host", "Access-Control-Request-Headers"})
        request.headers.emplace_back(name, input.Line());
    std::vector<std::string> allowed;
    while (!input.Rest().empty())
        allowed.emplace_back(input.Line());

    const OriginPolicy policy(allowed);
    FLUX_ASSERT(policy.Allows(request) == Expected(request, allowed));
    FLUX_ASSERT(policy.Allows(HttpRequest{}));  // from no page
    CheckAnswer(policy, request, allowed);
    return 0;
}
