#include "net/client/http_client.h"

#include "limits/limits.h"
#include "net/client/line.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http.hpp>

#include <algorithm>
#include <cstdint>

namespace flux::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

using Request = http::request<http::empty_body>;
using Parser = http::response_parser<http::string_body>;

Request MakeRequest(const HttpGetRequest& wanted) {
    Request request(http::verb::get, wanted.base.Target(wanted.endpoint), 11);
    request.set(http::field::host, wanted.base.HostHeader());
    request.set(http::field::user_agent, wanted.user_agent);
    request.set(http::field::accept, "application/json");
    request.set(http::field::accept_encoding, "identity");
    request.set(http::field::connection, "close");
    for (const auto& [name, value] : wanted.headers)
        request.set(name, value);
    return request;
}

/// Sends the request and reads the whole answer over `stream`, which is that of `line`.
template <class Stream>
Task<error_code> Exchange(Line& line, Stream& stream, const Request& request, Parser& parser) {
    error_code error;
    co_await http::async_write(stream, request, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return error;
    const bool wanted = co_await line.StillWanted();
    if (!wanted) co_return asio::error::operation_aborted;
    beast::flat_buffer buffer(limits::kHttpHeadBytesMax + 64 * KiB);
    co_await http::async_read(
        stream, buffer, parser, asio::redirect_error(asio::use_awaitable, error)
    );
    co_return error;
}

Error ExplainExchange(const error_code& error, const HttpGetRequest& request, const Line& line) {
    const std::string peer = request.base.ToString();
    if (error == http::error::body_limit) {
        return Error(
            ErrorCode::kTooLarge,
            Retry::kLater,
            "the answer of " + peer + " is larger than " + std::to_string(request.body_bytes_max) +
                " bytes"
        );
    }
    const bool cut = error == http::error::end_of_stream || error == http::error::partial_message;
    if (!cut && error.category() == make_error_code(http::error::bad_version).category()) {
        return Error(
            ErrorCode::kBadInput,
            Retry::kLater,
            "the answer of " + peer + " is not HTTP: " + error.message()
        );
    }
    return line.Explain(error, "asking " + peer);
}

Result<HttpReply> MakeReply(Parser& parser, const HttpGetRequest& request) {
    auto message = parser.release();
    const auto encoding = message[http::field::content_encoding];
    if (!encoding.empty() && !beast::iequals(encoding, "identity")) {
        return Error(
            ErrorCode::kBadInput,
            Retry::kLater,
            request.base.ToString() + " sent a compressed body though none was asked for"
        );
    }
    HttpReply reply;
    reply.status = static_cast<int>(message.result_int());
    for (const auto& field : message)
        reply.headers.emplace_back(field.name_string(), field.value());
    reply.body = std::move(message.body());
    return reply;
}

}  // namespace

std::string_view HttpReply::Header(std::string_view name) const {
    const auto found = std::find_if(headers.begin(), headers.end(), [name](const auto& header) {
        return beast::iequals(
            beast::string_view(header.first.data(), header.first.size()),
            beast::string_view(name.data(), name.size())
        );
    });
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

Task<Result<HttpReply>> HttpGet(HttpGetRequest request) {
    Line line;
    line.SetDeadline(request.time_max);
    const Result<void> opened = co_await line.Open(request.base, request.trust);
    if (!opened) co_return opened.error();

    const Request message = MakeRequest(request);
    Parser parser;
    parser.header_limit(static_cast<std::uint32_t>(limits::kHttpHeadBytesMax));
    parser.body_limit(request.body_bytes_max);
    error_code error;
    if (line.tls() != nullptr) {
        error = co_await Exchange(line, *line.tls(), message, parser);
    } else {
        error = co_await Exchange(line, line.plain(), message, parser);
    }
    if (error) co_return ExplainExchange(error, request, line);
    co_return MakeReply(parser, request);
}

}  // namespace flux::net
