#include "simulator/coinbase/exchange_app.h"

#include "json/json_check.h"

#include <string>
#include <utility>

namespace flux::simulator {
namespace {

using net::HttpResponse;
using net::Method;

constexpr std::string_view kControlPrefix = "/_simulator/";

HttpResponse Message(int status, std::string_view message) {
    std::string body = R"({"message":)";
    json::AppendQuoted(body, message);
    return HttpResponse::Json(status, body + "}");
}

}  // namespace

std::size_t ExchangeApp::BodyBytesMax(const net::HttpRequest&) const {
    return 4096;
}

std::optional<ShardId> ExchangeApp::HomeOf(const net::HttpRequest&) const {
    return exchange_.shard().id();
}

void ExchangeApp::OnRequest(net::HttpConnection& connection, const net::HttpRequest& request) {
    if (request.path.starts_with(kControlPrefix)) return connection.Respond(Control(request));
    if (exchange_.faults().Use(FaultKind::kHttpStall)) {
        // Never answered: the client has to give up by itself.
        return connection.OnAborted([] {});
    }
    if (request.path == "/") return exchange_.OnHandshake(connection, request);
    Rest(connection, request);
}

void ExchangeApp::Rest(net::HttpConnection& connection, const net::HttpRequest& request) {
    if (!exchange_.TakeRequest(request.client)) {
        return connection.Respond(TooManyRequests(std::nullopt));
    }
    if (auto faulty = FaultyResponse(exchange_.faults())) {
        return connection.Respond(std::move(*faulty));
    }
    if (request.method != Method::kGet) return connection.Respond(Message(405, "MethodNotAllowed"));
    if (request.Header("User-Agent").empty()) {
        return connection.Respond(Message(400, "User-Agent header is required."));
    }
    if (request.path == "/products") {
        if (exchange_.faults().Use(FaultKind::kHttpHtml)) {
            HttpResponse page =
                HttpResponse::Text(200, "<html><body>Just a moment...</body></html>");
            page.content_type = "text/html";
            return connection.Respond(std::move(page));
        }
        return connection.Respond(HttpResponse::Json(200, exchange_.market().Products()));
    }
    connection.Respond(Product(request.path));
}

HttpResponse ExchangeApp::Product(std::string_view path) {
    constexpr std::string_view kProducts = "/products/";
    constexpr std::string_view kTicker = "/ticker";
    if (!path.starts_with(kProducts)) return Message(404, "NotFound");
    std::string_view id = path.substr(kProducts.size());
    const bool ticker = id.ends_with(kTicker);
    if (ticker) id.remove_suffix(kTicker.size());
    const Quote* const quote = exchange_.market().Find(id);
    if (quote == nullptr) return Message(404, "NotFound");
    if (ticker) return HttpResponse::Json(200, exchange_.market().RestTicker(*quote));
    return HttpResponse::Json(200, EncodeProduct(quote->product));
}

HttpResponse ExchangeApp::Control(const net::HttpRequest& request) {
    // Only browsers send it: no web page, of whatever origin, has business here.
    if (request.HasHeader("Origin")) {
        return Message(403, "web pages may not control the simulator; use curl or a test");
    }
    const std::string_view what = request.path.substr(kControlPrefix.size());
    if (what == "state" && request.method == Method::kGet) {
        return HttpResponse::Json(200, exchange_.StateJson());
    }
    if (what != "faults") return Message(404, "there are /_simulator/state and /_simulator/faults");
    switch (request.method) {
        case Method::kGet:
            return HttpResponse::Json(200, exchange_.faults().ToJson());
        case Method::kDelete:
            exchange_.faults().Clear();
            return HttpResponse::Json(200, exchange_.faults().ToJson());
        case Method::kPost: {
            const Result<Fault> fault = ParseFault(request.body);
            if (!fault) return Message(400, fault.error().context);
            exchange_.Inject(*fault);
            return HttpResponse::Json(200, exchange_.faults().ToJson());
        }
        default:
            return Message(405, "use GET, POST or DELETE");
    }
}

}  // namespace flux::simulator
