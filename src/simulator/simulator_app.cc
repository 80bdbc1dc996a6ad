#include "simulator/simulator_app.h"

#include "json/json_check.h"
#include "json/json_fields.h"

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

/// The text of a member of a checked object; "" when there is none.
std::string TextOf(std::string_view object, std::string_view name) {
    const auto value = json::Member(object, name);
    return value ? json::AsString(*value).value_or("") : "";
}

}  // namespace

std::size_t SimulatorApp::BodyBytesMax(const net::HttpRequest&) const {
    return 4096;
}

std::optional<ShardId> SimulatorApp::HomeOf(const net::HttpRequest&) const {
    return sources_.shard().id();
}

void SimulatorApp::OnRequest(net::HttpConnection& connection, const net::HttpRequest& request) {
    if (request.path.starts_with(kControlPrefix)) return connection.Respond(Control(request));
    sources_.At(request.path).Handle(connection, request);
}

HttpResponse SimulatorApp::Control(const net::HttpRequest& request) {
    // Only browsers send it: no web page, of whatever origin, has business here.
    if (request.HasHeader("Origin")) {
        return Message(403, "web pages may not control the simulator; use curl or a test");
    }
    const std::string_view what = request.path.substr(kControlPrefix.size());
    if (what == "faults") return ControlFaults(request);
    if (what == "limits") return ControlLimits(request);
    if (what == "keys") return ControlKeys(request);
    if (what == "requests") return ShowRequests(request);
    if (what == "state" && request.method == Method::kGet) {
        return HttpResponse::Json(200, sources_.StateJson());
    }
    return Message(404, "there are /_simulator/state, faults, limits, keys and requests");
}

HttpResponse SimulatorApp::ControlFaults(const net::HttpRequest& request) {
    Result<void> done;
    switch (request.method) {
        case Method::kGet:
            break;
        case Method::kDelete:
            done = sources_.ClearFaults(request.QueryParameter("source"));
            break;
        case Method::kPost: {
            const Result<Fault> fault = ParseFault(request.body);
            if (!fault) return Message(400, fault.error().context);
            done = sources_.Inject(*fault);
            break;
        }
        default:
            return Message(405, "use GET, POST or DELETE");
    }
    if (!done) return Message(400, done.error().context);
    return HttpResponse::Json(200, sources_.FaultsJson());
}

HttpResponse SimulatorApp::ControlLimits(const net::HttpRequest& request) {
    if (request.method == Method::kGet) return HttpResponse::Json(200, sources_.LimitsJson());
    if (request.method != Method::kPost) return Message(405, "use GET or POST");
    constexpr std::string_view kForm =
        R"(use {"source":"openweather","rule":"minute","most":6000})";
    if (!json::Check(request.body)) return Message(400, kForm);
    const auto most_text = json::Member(request.body, "most");
    const auto most = most_text ? json::AsInteger(*most_text) : std::nullopt;
    if (!most || *most < 0) return Message(400, kForm);
    const Result<void> set = sources_.SetLimit(
        TextOf(request.body, "source"),
        TextOf(request.body, "rule"),
        static_cast<std::uint64_t>(*most)
    );
    if (!set) return Message(400, set.error().context);
    return HttpResponse::Json(200, sources_.LimitsJson());
}

HttpResponse SimulatorApp::ControlKeys(const net::HttpRequest& request) {
    if (request.method != Method::kPost) return Message(405, "use POST");
    constexpr std::string_view kForm = R"(use {"refuse":"a key"} or {"accept":"a key"})";
    if (!json::Check(request.body)) return Message(400, kForm);
    const std::string refuse = TextOf(request.body, "refuse");
    const std::string accept = TextOf(request.body, "accept");
    if (refuse.empty() == accept.empty()) return Message(400, kForm);
    if (!refuse.empty() && !sources_.keys().Refuse(refuse)) {
        return Message(400, "too many keys are refused already");
    }
    if (!accept.empty()) sources_.keys().Accept(accept);
    return HttpResponse::Json(200, "{}");
}

HttpResponse SimulatorApp::ShowRequests(const net::HttpRequest& request) {
    if (request.method != Method::kGet) return Message(405, "use GET");
    const Source* const source = sources_.Find(request.QueryParameter("source"));
    if (source == nullptr)
        return Message(400, "name a source: /_simulator/requests?source=finnhub");
    return HttpResponse::Json(200, source->log().RequestsJson());
}

}  // namespace flux::simulator
