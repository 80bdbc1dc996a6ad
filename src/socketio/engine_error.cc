#include "socketio/engine_error.h"

#include "json/json_check.h"

#include <fmt/format.h>

namespace flux::socketio {
namespace {

struct Answer {
    int status;
    int code;
    std::string_view message;
};

/// 502 is for the end of this process alone: a proxy may take it for a sign to ask others for a
/// while, which 503, the answer to who asks too much, must not be.
Answer AnswerTo(Refusal refusal) {
    switch (refusal) {
        case Refusal::kUnknownTransport:
            return {400, 0, "Transport unknown"};
        case Refusal::kUnknownSession:
        case Refusal::kOtherGateway:
            return {400, 1, "Session ID unknown"};
        case Refusal::kBadMethod:
            return {400, 2, "Bad handshake method"};
        case Refusal::kBadRequest:
            return {400, 3, "Bad request"};
        case Refusal::kForbiddenOrigin:
            return {403, 4, "Forbidden"};
        case Refusal::kUnsupportedVersion:
            return {400, 5, "Unsupported protocol version"};
        case Refusal::kAddressSessionsMax:
        case Refusal::kHandshakeBudget:
            return {503, 3, "Too many connections from this address, come again later"};
        case Refusal::kTotalHandshakeBudget:
            return {503, 3, "Too many connections at once, come again later"};
        case Refusal::kSessionsMax:
            return {503, 3, "The server is full, come again later"};
        case Refusal::kDraining:
            return {502, 3, "The server shuts down, come again later"};
    }
    return {400, 3, "Bad request"};
}

}  // namespace

net::HttpResponse ErrorResponse(Refusal refusal, std::string_view message) {
    const Answer answer = AnswerTo(refusal);
    if (message.empty()) message = answer.message;
    net::HttpResponse response = net::HttpResponse::Json(
        answer.status,
        fmt::format(R"({{"code":{},"message":{}}})", answer.code, json::Quote(message))
    );
    if (answer.status >= 500) response.headers.emplace_back("Retry-After", "1");
    return response;
}

}  // namespace flux::socketio
