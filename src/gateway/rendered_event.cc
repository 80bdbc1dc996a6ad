#include "gateway/rendered_event.h"

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

std::variant<RenderedEvent, Unrenderable> Render(const Route& route, const bus::Message& message) {
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
