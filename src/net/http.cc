#include "net/http.h"

#include "net/http_text.h"

namespace flux::net {
std::string_view HttpRequest::Header(std::string_view name) const {
    for (const auto& [header, value] : headers) {
        if (EqualsIgnoringCase(header, name)) return value;
    }
    return {};
}

bool HttpRequest::HasHeader(std::string_view name) const {
    for (const auto& [header, value] : headers) {
        if (EqualsIgnoringCase(header, name)) return true;
    }
    return false;
}

std::string HttpRequest::QueryParameter(std::string_view name, bool* found) const {
    if (found != nullptr) *found = false;
    std::string_view rest = query;
    while (!rest.empty()) {
        const std::size_t end = rest.find('&');
        const std::string_view pair = rest.substr(0, end);
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
        const std::size_t equals = pair.find('=');
        const std::string_view key = pair.substr(0, equals);
        const bool plain = key.find_first_of("%+") == std::string_view::npos;
        if (plain ? key != name : PercentDecode(key, true) != name) continue;
        if (found != nullptr) *found = true;
        if (equals == std::string_view::npos) return {};
        return PercentDecode(pair.substr(equals + 1), true);
    }
    return {};
}

HttpResponse HttpResponse::Text(int status, std::string_view text) {
    HttpResponse response;
    response.status = status;
    response.body = SharedBytes(text);
    return response;
}

HttpResponse HttpResponse::Json(int status, std::string_view json) {
    HttpResponse response;
    response.status = status;
    response.content_type = "application/json";
    response.body = SharedBytes(json);
    return response;
}

void HttpApp::OnBodyTooLarge([[maybe_unused]] const HttpRequest& head) {}

bool HttpApp::WantsBody([[maybe_unused]] const HttpRequest& head) const {
    return true;
}

std::optional<ShardId> HttpApp::HomeOf([[maybe_unused]] const HttpRequest& head) const {
    return std::nullopt;
}

}  // namespace flux::net
