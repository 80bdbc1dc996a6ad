// What a source says to one request.
#pragma once

#include "base/clock.h"
#include "net/http.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flux::simulator {

/// One request to a source. Valid while it is handled.
struct Ask {
    const net::HttpRequest& request;
    std::string_view path;  ///< below the source's prefix: "/data/2.5/weather"
    WallMillis now = 0;

    /// The value of a query parameter; "" when it is absent or empty.
    std::string Parameter(std::string_view name) const { return request.QueryParameter(name); }
    std::string_view Header(std::string_view name) const { return request.Header(name); }

    /// Path and query as sent: what a fault's `match` looks into.
    std::string_view target() const { return request.target; }
};

struct Answer {
    int status = 200;
    std::string content_type = "application/json; charset=utf-8";
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;

    static Answer Json(int status, std::string body) {
        Answer answer;
        answer.status = status;
        answer.body = std::move(body);
        return answer;
    }
    static Answer Page(int status, std::string body) {
        Answer answer = Json(status, std::move(body));
        answer.content_type = "text/html; charset=utf-8";
        return answer;
    }
    static Answer Plain(int status, std::string body) {
        Answer answer = Json(status, std::move(body));
        answer.content_type = "text/plain; charset=utf-8";
        return answer;
    }
};

}  // namespace flux::simulator
