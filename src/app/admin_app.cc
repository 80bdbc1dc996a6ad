#include "app/admin_app.h"

#include "app/record_look.h"
#include "json/json_check.h"
#include "limits/limits.h"
#include "net/host_rule.h"
#include "net/http_text.h"

#include <fmt/format.h>
#include <memory>
#include <optional>

namespace flux::app {
namespace {

using net::HttpRequest;
using net::HttpResponse;

constexpr std::string_view kTopicsPath = "/bus/topics/";
constexpr std::string_view kRecordsPath = "/records";

/// The connection that waits for a publish, until its peer leaves.
struct PendingReply {
    net::HttpConnection* connection = nullptr;
};

HttpResponse Failed(int status, std::string_view sentence) {
    std::string body = "{\"error\":";
    json::AppendQuoted(body, sentence);
    return HttpResponse::Json(status, body + "}");
}

int StatusOf(ErrorCode code) {
    switch (code) {
        case ErrorCode::kBadInput:
            return 400;
        case ErrorCode::kNotFound:
            return 404;
        case ErrorCode::kConflict:
            return 409;
        case ErrorCode::kTooLarge:
            return 413;
        case ErrorCode::kFull:
        case ErrorCode::kUnavailable:
        case ErrorCode::kClosed:
            return 503;
        case ErrorCode::kTimeout:
        case ErrorCode::kUnknown:
            return 504;
        default:
            return 500;
    }
}

HttpResponse UnknownTopic(const std::string& topic, const std::vector<std::string>& topics) {
    std::string body = "{\"error\":";
    json::AppendQuoted(
        body,
        fmt::format(
            "there is no topic {}; a [[topic]] row of the configuration makes one, and without "
            "Kafka a [[route]] as well. The configuration names: {}",
            topic,
            fmt::join(topics, ", ")
        )
    );
    body += ",\"topics\":[";
    for (const std::string& known : topics) {
        if (!body.ends_with('[')) body += ',';
        json::AppendQuoted(body, known);
    }
    return HttpResponse::Json(404, body + "]}");
}

HttpResponse Stored(const bus::TopicName& topic, const bus::Position& position) {
    std::string body = "{\"topic\":";
    json::AppendQuoted(body, topic.value());
    body += fmt::format(
        ",\"partition\":{},\"offset\":{}}}", position.partition.value(), position.offset.value()
    );
    return HttpResponse::Json(201, body);
}

HttpResponse Answer(
    const bus::TopicName& topic, const Result<bus::Position>& stored, const AdminState& state
) {
    if (stored) return Stored(topic, *stored);
    if (stored.error().code == ErrorCode::kNotFound) {
        return UnknownTopic(topic.value(), state.topics);
    }
    return Failed(StatusOf(stored.error().code), stored.error().context);
}

/// The topic of "/bus/topics/{topic}/records"; nothing when the path is another.
std::optional<std::string> TopicOf(std::string_view path) {
    if (!path.starts_with(kTopicsPath) || !path.ends_with(kRecordsPath)) return std::nullopt;
    path.remove_prefix(kTopicsPath.size());
    if (path.size() <= kRecordsPath.size()) return std::nullopt;
    path.remove_suffix(kRecordsPath.size());
    return net::PercentDecode(path, false);
}

std::string_view BearerToken(const HttpRequest& request) {
    constexpr std::string_view kScheme = "Bearer ";
    const std::string_view value = request.Header("Authorization");
    const bool bearer = value.size() > kScheme.size() &&
                        net::EqualsIgnoringCase(value.substr(0, kScheme.size()), kScheme);
    return bearer ? net::TrimBlanks(value.substr(kScheme.size())) : std::string_view();
}

}  // namespace

std::size_t AdminApp::BodyBytesMax(const HttpRequest& head) const {
    return head.method == net::Method::kPost ? limits::kRecordBytesMax : 0;
}

bool AdminApp::WantsBody(const HttpRequest& head) const {
    return head.method == net::Method::kPost && TopicOf(head.path) &&
           AccessOf(head) == Access::kGranted;
}

AdminApp::Access AdminApp::AccessOf(const HttpRequest& request) const {
    // Also of a listener that faces the world: a record needs more care than a number.
    if (!net::HostRule::IsOwn(request.Header("Host"), state_.hosts)) return Access::kForeignHost;
    return state_.token.Matches(BearerToken(request)) ? Access::kGranted : Access::kNoToken;
}

void AdminApp::OnRequest(net::HttpConnection& connection, const HttpRequest& request) {
    std::optional<std::string> topic = TopicOf(request.path);
    if (topic && request.method == net::Method::kPost) {
        PostRecord(connection, request, std::move(*topic));
    } else if (topic && request.method == net::Method::kGet) {
        GetRecords(connection, request, std::move(*topic));
    } else if (topic) {
        HttpResponse response = Failed(405, "records are sent with POST and looked at with GET");
        response.headers.emplace_back("Allow", "GET, POST");
        connection.Respond(std::move(response));
    } else {
        connection.Respond(Get(request));
    }
}

HttpResponse AdminApp::Get(const HttpRequest& request) const {
    const bool known =
        request.path == "/metrics" || request.path == "/livez" || request.path == "/readyz";
    if (!known) {
        return Failed(404, "there are /metrics, /livez, /readyz and /bus/topics/{topic}/records");
    }
    if (request.method != net::Method::kGet && request.method != net::Method::kHead) {
        HttpResponse response = Failed(405, "this is read with GET");
        response.headers.emplace_back("Allow", "GET, HEAD");
        return response;
    }
    if (request.path == "/livez") return HttpResponse::Json(200, "{\"status\":\"alive\"}");
    HttpResponse response;
    if (request.path == "/readyz") {
        const int status = state_.readiness.ready() ? 200 : 503;
        response = HttpResponse::Json(status, state_.readiness.ToJson());
    } else {
        response = HttpResponse::Text(200, state_.metrics.Scrape());
        response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    }
    response.headers.emplace_back("Cache-Control", "no-store");
    return response;
}

std::optional<HttpResponse> AdminApp::RefusalOf(const HttpRequest& request) const {
    const Access access = AccessOf(request);
    if (access == Access::kForeignHost) {
        return Failed(
            403, "the Host header names somebody else; use an address, or add it to admin.hosts"
        );
    }
    if (access == Access::kGranted) return std::nullopt;
    HttpResponse response = Failed(
        401,
        "this call needs the admin token as Authorization: Bearer ...; it is the content of "
        "admin.token_file, or of data_dir/admin.token when none is set"
    );
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
    return response;
}

void AdminApp::GetRecords(
    net::HttpConnection& connection, const HttpRequest& request, std::string topic
) {
    if (auto refusal = RefusalOf(request)) return connection.Respond(*std::move(refusal));
    Result<RecordLook> look = ReadRecordLook(std::move(topic), request);
    if (!look) return connection.Respond(Failed(400, look.error().context));
    const auto reply = std::make_shared<PendingReply>();
    reply->connection = &connection;
    connection.OnAborted([reply] { reply->connection = nullptr; });
    auto work = [reply, wanted = std::move(*look)](bus::EventBus& bus) -> Task<> {
        RecordLook mine = wanted;
        const Result<std::string> seen = co_await Look(bus, std::move(mine));
        if (reply->connection == nullptr) co_return;
        if (seen) {
            reply->connection->Respond(HttpResponse::Json(200, *seen));
        } else {
            reply->connection->Respond(Failed(StatusOf(seen.error().code), seen.error().context));
        }
    };
    if (!state_.intake.Run(std::move(work)))
        connection.Respond(Failed(503, "the bus is open once Flux is ready and until it stops"));
}

void AdminApp::PostRecord(
    net::HttpConnection& connection, const HttpRequest& request, std::string topic
) {
    if (auto refusal = RefusalOf(request)) return connection.Respond(*std::move(refusal));
    bus::Outgoing record;
    record.topic = bus::TopicName(std::move(topic));
    record.payload = SharedBytes(request.body);
    if (request.HasHeader("X-Record-Key")) {
        record.key = net::PercentDecode(request.Header("X-Record-Key"), false);
    }
    const auto reply = std::make_shared<PendingReply>();
    reply->connection = &connection;
    connection.OnAborted([reply] { reply->connection = nullptr; });
    auto answer = [this, reply, name = record.topic](const Result<bus::Position>& stored) {
        if (reply->connection == nullptr) return;
        reply->connection->Respond(Answer(name, stored, state_));
    };
    state_.intake.Publish(std::move(record), std::move(answer));
}

}  // namespace flux::app
