#include "gateway/route_cache_config.h"

#include "contract/topics.h"
#include "gateway/session_cache.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <string_view>
#include <utility>
#include <vector>

namespace flux::gateway {
namespace {

constexpr std::chrono::seconds kTtlMax = std::chrono::hours(24 * 30);

/// Keys that are not for events of routes, because whoever reads one gets what is another's.
constexpr std::array<std::string_view, 1> kReservedHeads{kSessionKeyHead};

/// Whether some value of its placeholders makes `key` begin with a reserved head.
bool MayBeReserved(const RoomTemplate& key) {
    const std::string head = key.head();
    return std::any_of(
        kReservedHeads.begin(),
        kReservedHeads.end(),
        [&](std::string_view reserved) {
            return head.starts_with(reserved) || (!key.is_literal() && reserved.starts_with(head));
        }
    );
}

std::vector<std::string> Sorted(std::vector<std::string> names) {
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

/// Whoever joins a room is given what the cache has for it, so the room must tell the key.
void CheckKey(RowReader& reader, const Route& route, const RoomTemplate& key) {
    if (MayBeReserved(key)) {
        reader.Complain(
            "cache_key",
            fmt::format(
                "is '{}', which can become a key of Flux's sessions; begin it with a name of your "
                "own, such as shop:",
                key.text()
            )
        );
    }
    if (Sorted(key.placeholders()) != Sorted(route.room.placeholders())) {
        reader.Complain(
            "cache_key",
            fmt::format(
                "is '{}', but must have the places of the room '{}', no more and no less: one key "
                "for each room",
                key.text(),
                route.room.text()
            )
        );
    } else if (!route.room.apart()) {
        reader.Complain(
            "cache_key",
            fmt::format(
                "needs a room whose places have text between them, not '{}'", route.room.text()
            )
        );
    }
}

}  // namespace

void ReadCache(RowReader& reader, Route& route) {
    const auto text = reader.Text("cache_key");
    const auto ttl = reader.Seconds("cache_ttl", std::chrono::seconds(1), kTtlMax);
    if (!text) {
        if (ttl) reader.Complain("cache_ttl", "needs cache_key");
        return;
    }
    Result<RoomTemplate> key = RoomTemplate::Parse(*text, RoomTemplate::Source::kRecord);
    if (!key) {
        return reader.Complain("cache_key", fmt::format("is '{}': {}", *text, key.error().context));
    }
    if (route.topic == contract::kCryptoTickerUpdated.name) {
        reader.Complain("cache_key", "cannot be had for tickers, which are never cached");
    }
    if (route.snapshot == SnapshotRule::kNone) {
        reader.Complain("cache_key", "needs snapshot = \"latest\"");
    }
    if (route.key) {
        reader.Complain(
            "conflate_by", "excludes cache_key, with which the newest record of each room is kept"
        );
    }
    if (!route.room.text().empty()) CheckKey(reader, route, *key);
    route.cache = CacheRule{.key = *std::move(key)};
    if (ttl) route.cache->ttl = *ttl;
}

}  // namespace flux::gateway
