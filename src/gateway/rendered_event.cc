#include "gateway/rendered_event.h"

#include "json/json_fields.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace flux::gateway {
namespace {

TemplateSource SourceOf(const bus::Message& message) {
    std::optional<std::string_view> key;
    if (message.key) key = *message.key;
    return {.key = key, .json = message.payload.view()};
}

}  // namespace

RenderedEvent Dress(const Route& route, ShapedEvent shaped) {
    RenderedEvent event;
    event.room = shaped.room.empty() ? route.room.text() : std::move(shaped.room);
    event.key = shaped.key.empty() ? event.room : std::move(shaped.key);
    if (route.cache && route.shape->cache_key_of != nullptr) {
        event.cache_key = route.shape->cache_key_of(event.room);
    } else if (route.cache) {
        event.cache_key = route.cache->key.text();
    }
    event.cache_value = std::move(shaped.cache_value);
    const std::string& name = shaped.event.empty() ? route.event : shaped.event;
    event.frame = socketio::EncodeEnvelope("/", name, {}, shaped.argument, {});
    return event;
}

std::string_view ArgumentOf(const socketio::SharedFrame& frame) {
    const std::string_view packet = socketio::WireMessageAt(frame.wire()).payload;
    json::ArrayReader items(packet.substr(std::min(packet.find('['), packet.size())));
    return items.Next() && items.Next() ? items.value() : std::string_view();
}

std::variant<RenderedEvent, Unrenderable> Render(const Route& route, const bus::Message& message) {
    if (route.shape != nullptr) {
        Result<ShapedEvent> shaped = route.shape->of_record(message.payload.view());
        if (!shaped) return Unrenderable{Skip::kBadPayload, shaped.error().context};
        return Dress(route, *std::move(shaped));
    }
    const TemplateSource source = SourceOf(message);
    const Result<std::string> room = route.room.Render(source);
    if (!room) return Unrenderable{Skip::kNoRoom, room.error().context};
    Result<std::string> key = message.key.value_or(*room);
    if (route.key) key = route.key->Render(source);
    if (!key) return Unrenderable{Skip::kNoKey, key.error().context};
    RenderedEvent event;
    if (route.cache) {
        Result<std::string> cache_key = route.cache->key.Render(source);
        if (!cache_key) return Unrenderable{Skip::kNoKey, cache_key.error().context};
        event.cache_key = *std::move(cache_key);
        key = *room;
    }
    event.room = *room;
    event.key = *std::move(key);
    event.frame = socketio::EncodeEnvelope(
        "/", route.event, route.envelope.head, message.payload.view(), route.envelope.tail
    );
    return event;
}

Result<std::string> CacheKeyOf(const Route& route, const bus::Message& message) {
    return route.cache->key.Render(SourceOf(message));
}

Result<std::string> SnapshotKeyOf(const Route& route, const bus::Message& message) {
    if (route.cache) return route.room.Render(SourceOf(message));
    if (route.key) return route.key->Render(SourceOf(message));
    return *message.key;
}

}  // namespace flux::gateway
