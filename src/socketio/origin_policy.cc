#include "socketio/origin_policy.h"

#include "limits/limits.h"

#include <algorithm>
#include <cctype>

namespace flux::socketio {
namespace {

std::string Lower(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) {
        return static_cast<char>(std::tolower(c));
    });
    return lower;
}

/// `host` without the port that `scheme` means anyway.
std::string_view WithoutDefaultPort(std::string_view host, std::string_view scheme) {
    const std::string_view port = scheme == "https" ? ":443" : ":80";
    if (host.ends_with(port)) host.remove_suffix(port.size());
    return host;
}

bool SameOrigin(std::string_view origin, const net::HttpRequest& request) {
    const std::size_t colon = origin.find("://");
    if (colon == std::string_view::npos) return false;
    const std::string_view scheme = origin.substr(0, colon);
    if (scheme != "https" && (scheme != "http" || request.secure)) return false;
    const std::string host = Lower(request.Header("host"));
    return !host.empty() &&
           WithoutDefaultPort(origin.substr(colon + 3), scheme) == WithoutDefaultPort(host, scheme);
}

/// Header names as a preflight lists them; anything else is not reflected.
bool IsHeaderList(std::string_view text) {
    return text.size() <= limits::kCorsHeaderBytesMax &&
           std::all_of(text.begin(), text.end(), [](unsigned char c) {
               return std::isalnum(c) != 0 || c == '-' || c == '_' || c == ',' || c == ' ';
           });
}

}  // namespace

OriginPolicy::OriginPolicy(std::vector<std::string> allowed)
    : allowed_(std::move(allowed)) {
    for (std::string& origin : allowed_)
        origin = Lower(origin);
    any_ = std::find(allowed_.begin(), allowed_.end(), "*") != allowed_.end();
}

bool OriginPolicy::Allows(const net::HttpRequest& request) const {
    if (any_ || !request.HasHeader("origin")) return true;
    const std::string origin = Lower(request.Header("origin"));
    return Listed(origin) || SameOrigin(origin, request);
}

bool OriginPolicy::Listed(std::string_view origin) const {
    return std::find(allowed_.begin(), allowed_.end(), origin) != allowed_.end();
}

void OriginPolicy::AppendHeaders(
    std::string_view origin, std::vector<std::pair<std::string, std::string>>& headers
) const {
    if (origin.empty()) return;
    if (any_ && !Listed(Lower(origin))) {
        headers.emplace_back("Access-Control-Allow-Origin", "*");
        return;
    }
    headers.emplace_back("Access-Control-Allow-Origin", origin);
    headers.emplace_back("Access-Control-Allow-Credentials", "true");
    headers.emplace_back("Vary", "Origin");
}

net::HttpResponse OriginPolicy::Preflight(const net::HttpRequest& request) const {
    net::HttpResponse response;
    response.status = 204;
    AppendHeaders(request.Header("origin"), response.headers);
    response.headers.emplace_back("Access-Control-Allow-Methods", "GET, POST, OPTIONS");
    const std::string_view wanted = request.Header("access-control-request-headers");
    response.headers.emplace_back(
        "Access-Control-Allow-Headers",
        wanted.empty() || !IsHeaderList(wanted) ? std::string("Content-Type") : std::string(wanted)
    );
    response.headers.emplace_back("Access-Control-Max-Age", "600");
    return response;
}

}  // namespace flux::socketio
