#include "app/commands.h"
#include "app/record_file.h"
#include "gateway/rendered_event.h"
#include "json/json_check.h"

#include <fmt/core.h>
#include <optional>
#include <string>
#include <variant>

namespace flux::app {
namespace {

using gateway::Route;

/// What a client receives, as text: the Engine.IO packet.
std::string_view PacketOf(const socketio::SharedFrame& frame) {
    return socketio::WireMessageAt(frame.wire()).payload;
}

/// One paragraph about one route; whether it delivers.
bool Report(const Route& route, const bus::Message& message) {
    std::optional<std::string_view> key;
    if (message.key) key = *message.key;
    const auto refuse = [&route](std::string_view why) {
        fmt::print("route {}: no: {}\n", route.name, why);
        return false;
    };
    if (!route.match.AllowsKey(key)) return refuse("its `key` does not allow the record's key");
    if (!route.match.AllowsPayload(message.payload.view()))
        return refuse("its `where` does not hold for this record");
    const auto rendered = gateway::Render(route, message);
    if (const auto* const failed = std::get_if<gateway::Unrenderable>(&rendered))
        return refuse(failed->detail);
    const auto& event = std::get<gateway::RenderedEvent>(rendered);
    fmt::print(
        "route {}: yes\n  room      {}\n  event     {}\n  key       {}\n  delivery  {}\n  packet   "
        " {}\n",
        route.name,
        event.room,
        route.event,
        event.key,
        route.delivery == socketio::DeliveryPolicy::kEvery ? "every" : "latest per key",
        PacketOf(event.frame)
    );
    if (route.cache)
        fmt::print("  cache     {}, {} s\n", event.cache_key, route.cache->ttl.count());
    return true;
}

int Fail(const std::string& sentence) {
    fmt::print(stderr, "flux: {}\n", sentence);
    return kExitFailed;
}

}  // namespace

int RunRouteTest(const RouteTestArguments& arguments) {
    const std::unique_ptr<Configuration> configuration = Configuration::Load(arguments.config);
    if (!configuration) return kExitBadUsage;
    const Result<std::string> payload = ReadRecordFile(arguments.file);
    if (!payload) return Fail(payload.error().context);
    if (const Result<void> checked = json::Check(*payload); !checked)
        return Fail("no route delivers this record: " + checked.error().context);
    bus::Message message;
    message.topic = bus::TopicName(arguments.topic);
    message.key = arguments.key;
    message.payload = SharedBytes(*payload);
    const gateway::RouteTable& routes = configuration->settings.gateway.tables.routes;
    const std::vector<gateway::RouteNumber> of_topic = routes.OfTopic(arguments.topic);
    if (of_topic.empty()) {
        std::string names;
        for (const std::string& topic : routes.Topics())
            names += (names.empty() ? "" : ", ") + topic;
        return Fail("no route reads topic " + arguments.topic + "; routes read " + names);
    }
    bool delivered = false;
    for (const gateway::RouteNumber number : of_topic)
        delivered = Report(*routes.Find(number), message) || delivered;
    return delivered ? kExitOk : kExitFailed;
}

}  // namespace flux::app
