#include "net/response_head.h"

#include <array>
#include <charconv>
#include <ctime>
#include <fmt/format.h>

namespace flux::net {
namespace {

std::string_view ReasonOf(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 204:
            return "No Content";
        case 206:
            return "Partial Content";
        case 301:
            return "Moved Permanently";
        case 302:
            return "Found";
        case 303:
            return "See Other";
        case 304:
            return "Not Modified";
        case 307:
            return "Temporary Redirect";
        case 308:
            return "Permanent Redirect";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 410:
            return "Gone";
        case 413:
            return "Content Too Large";
        case 415:
            return "Unsupported Media Type";
        case 417:
            return "Expectation Failed";
        case 422:
            return "Unprocessable Content";
        case 426:
            return "Upgrade Required";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        case 505:
            return "HTTP Version Not Supported";
        default:
            return "Status";
    }
}

void AppendNumber(std::string& out, std::size_t number) {
    std::array<char, 20> digits{};
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    out.append(digits.data(), end);
}

void AppendSafe(std::string& out, std::string_view text) {
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        out += (byte < 0x20 && c != '\t') || byte == 0x7f ? ' ' : c;
    }
}

void AppendHeader(std::string& out, std::string_view name, std::string_view value) {
    AppendSafe(out, name);
    out += ": ";
    AppendSafe(out, value);
    out += "\r\n";
}

}  // namespace

bool StatusHasBody(int status) {
    return status >= 200 && status != 204 && status != 304;
}

void AppendResponseHead(
    std::string& out, const HttpResponse& response, const ResponseTraits& traits
) {
    out += "HTTP/1.1 ";
    AppendNumber(out, static_cast<std::size_t>(response.status));
    out += ' ';
    out += ReasonOf(response.status);
    out += "\r\nDate: ";
    out += traits.date;
    out += "\r\n";
    if (StatusHasBody(response.status)) {
        if (!response.content_type.empty() && !response.body.empty()) {
            AppendHeader(out, "Content-Type", response.content_type);
        }
        out += "Content-Length: ";
        AppendNumber(out, response.body.size());
        out += "\r\n";
    }
    for (const auto& [name, value] : response.headers)
        AppendHeader(out, name, value);
    if (!traits.keep_alive) {
        out += "Connection: close\r\n";
    } else if (traits.request_minor == 0) {
        out += "Connection: keep-alive\r\n";
    }
    out += "\r\n";
}

std::string FormatHttpDate(WallMillis time) {
    constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array kMonths{
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::time_t seconds = time / 1000;
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    return fmt::format(
        "{}, {:02} {} {} {:02}:{:02}:{:02} GMT",
        kDays[static_cast<std::size_t>(parts.tm_wday)],
        parts.tm_mday,
        kMonths[static_cast<std::size_t>(parts.tm_mon)],
        parts.tm_year + 1900,
        parts.tm_hour,
        parts.tm_min,
        parts.tm_sec
    );
}

}  // namespace flux::net
