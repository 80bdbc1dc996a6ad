#include "net/response_head.h"

#include <array>
#include <charconv>
#include <ctime>
#include <fmt/format.h>
#include <utility>

namespace flux::net {
namespace {

constexpr std::pair<int, std::string_view> kReasons[]{
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {426, "Upgrade Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"}};

std::string_view ReasonOf(int status) {
    for (const auto& [code, reason] : kReasons) {
        if (code == status) return reason;
    }
    return "Status";
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
    out += "X-Content-Type-Options: nosniff\r\n";
    if (traits.secure) out += "Strict-Transport-Security: max-age=31536000\r\n";  // a year
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
