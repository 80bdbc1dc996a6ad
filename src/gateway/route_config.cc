#include "gateway/route_config.h"

#include "base/assert.h"
#include "bus/topic_name.h"
#include "config/nearest.h"
#include "contract/blank_text.h"
#include "contract/events.h"
#include "contract/rooms.h"
#include "gateway/built_in_routes.h"
#include "gateway/route_cache_config.h"
#include "gateway/row_reader.h"
#include "json/utf8.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <utility>
#include <variant>

namespace flux::gateway {

namespace {

constexpr std::size_t kNameBytesMax = 128;
constexpr std::int64_t kSnapshotKeysPossible = 1'000'000;

using config::Problems;

/// A name that people and other programs will read: an event, a route.
bool IsCleanName(std::string_view name) {
    return !name.empty() && name.size() <= kNameBytesMax && json::IsUtf8(name) &&
           !contract::HasControlCharacter(name);
}

std::optional<RoomTemplate> ReadTemplate(
    RowReader& reader, std::string_view field, std::string_view text, RoomTemplate::Source source
) {
    Result<RoomTemplate> parsed = RoomTemplate::Parse(text, source);
    if (parsed) return *std::move(parsed);
    reader.Complain(field, fmt::format("is '{}': {}", text, parsed.error().context));
    return std::nullopt;
}

void ReadTopic(RowReader& reader, Route& route) {
    route.topic = reader.Required("topic");
    if (!route.topic.empty() && !bus::IsTopicName(route.topic)) {
        reader.Complain("topic", "must be 1 to 249 of: letters, digits, '.', '_', '-'");
    }
}

void ReadMatch(RowReader& reader, Match& match) {
    const auto key = reader.Text("key");
    const auto prefix = reader.Text("key_prefix");
    if (key && prefix) reader.Complain("key_prefix", "excludes key; keep one of them");
    if (key) {
        match.key_rule = Match::KeyRule::kExact;
        match.key = *key;
    } else if (prefix) {
        match.key_rule = Match::KeyRule::kPrefix;
        match.key = *prefix;
    }
    for (auto& [path_text, value] : reader.Under("where")) {
        Result<json::FieldPath> path = json::FieldPath::Parse(path_text);
        if (!path) {
            reader.Complain("where." + path_text, "names no field: " + path.error().context);
            continue;
        }
        Match::Field field;
        field.path = *std::move(path);
        field.value = std::move(value);
        match.fields.push_back(std::move(field));
    }
}

void ReadEvent(RowReader& reader, Route& route) {
    route.event = reader.Required("event");
    if (route.event.empty()) return;
    if (!IsCleanName(route.event)) {
        reader.Complain("event", "must be at most 128 bytes of UTF-8 without control characters");
    } else if (contract::events::IsReserved(route.event)) {
        reader.Complain(
            "event", fmt::format("is '{}', which client libraries keep for themselves", route.event)
        );
    } else if (contract::events::IsWeatherUpdate(route.event)) {
        reader.Complain("event", "has the form weather.<x>.update, which pages take for weather");
    }
}

void ReadEnvelope(RowReader& reader, Envelope& envelope) {
    const std::size_t choice = reader.Choice("envelope", {"success", "raw"}, 1);
    envelope = choice == 0 ? Envelope::Success() : Envelope::Raw();
    const auto head = reader.Text("envelope_head");
    const auto tail = reader.Text("envelope_tail");
    if (!head && !tail) return;
    envelope.head = head.value_or("");
    envelope.tail = tail.value_or("");
    if (!envelope.WrapsAnyPayload()) {
        reader.Complain(
            head ? "envelope_head" : "envelope_tail",
            fmt::format("does not make JSON: {}<payload>{}", envelope.head, envelope.tail)
        );
    }
}

void ReadDelivery(RowReader& reader, Route& route) {
    using socketio::DeliveryPolicy;
    route.delivery = reader.Choice("delivery", {"every", "latest"}, 0) == 0
                         ? DeliveryPolicy::kEvery
                         : DeliveryPolicy::kLatestPerKey;
    if (const auto text = reader.Text("conflate_by")) {
        route.key = ReadTemplate(reader, "conflate_by", *text, RoomTemplate::Source::kRecord);
    }
    route.snapshot = reader.Choice("snapshot", {"none", "latest"}, 0) == 0
                         ? SnapshotRule::kNone
                         : SnapshotRule::kLatestPerKey;
    if (const auto keys = reader.Integer("snapshot_keys_max", 1, kSnapshotKeysPossible)) {
        route.snapshot_keys_max = static_cast<std::size_t>(*keys);
    }
    // Without a word about it a route without snapshots has nothing to send, which is no mistake.
    switch (reader.Choice("recovery", {"none", "snapshot", "replay"}, 3)) {
        case 0:
            route.recovery = Recovery::kNone;
            break;
        case 1:
            if (route.snapshot == SnapshotRule::kNone) {
                reader.Complain("recovery", "is 'snapshot', which needs snapshot = \"latest\"");
            }
            break;
        case 2:
            route.recovery = Recovery::kReplay;
            if (route.delivery != DeliveryPolicy::kEvery) {
                reader.Complain("recovery", "is 'replay', which needs delivery = \"every\"");
            }
            break;
        default:
            break;
    }
}

std::optional<Route> ReadRoute(const config::Table& row, Problems& problems) {
    RowReader reader(row, problems);
    Route route;
    route.name = reader.Required("name");
    if (!route.name.empty() && !IsCleanName(route.name)) {
        reader.Complain("name", "must be at most 128 bytes of UTF-8 without control characters");
    }
    ReadTopic(reader, route);
    ReadMatch(reader, route.match);
    if (const std::string room = reader.Required("room"); !room.empty()) {
        auto parsed = ReadTemplate(reader, "room", room, RoomTemplate::Source::kRecord);
        if (parsed) route.room = *std::move(parsed);
    }
    ReadEvent(reader, route);
    ReadEnvelope(reader, route.envelope);
    ReadDelivery(reader, route);
    ReadCache(reader, route);
    if (!reader.Finish()) return std::nullopt;
    return route;
}

std::optional<Intent> ReadIntent(
    const config::Table& row, const std::set<std::string>& route_names, Problems& problems
) {
    RowReader reader(row, problems);
    Intent intent;
    intent.event = reader.Required("event");
    if (intent.event == contract::events::kGetUserId ||
        (intent.event != kConnectIntent && contract::events::IsReserved(intent.event))) {
        reader.Complain("event", fmt::format("is '{}', which is taken", intent.event));
    }
    const auto rooms = reader.Texts("rooms").value_or(std::vector<std::string>{});
    if (rooms.empty()) reader.Complain("rooms", "must name at least one room");
    for (const std::string& room : rooms) {
        auto parsed = ReadTemplate(reader, "rooms", room, RoomTemplate::Source::kClientEvent);
        if (!parsed) continue;
        if (intent.event == kConnectIntent && parsed->needs_json()) {
            reader.Complain(
                "rooms", fmt::format("has '{}', but a connect carries no values", room)
            );
        }
        intent.rooms.push_back(*std::move(parsed));
    }
    intent.snapshots = reader.Texts("snapshots");
    if (intent.snapshots) {
        for (const std::string& name : *intent.snapshots) {
            if (route_names.contains(name)) continue;
            reader.Complain(
                "snapshots",
                fmt::format(
                    "names the route {}, which is not there{}",
                    name,
                    config::DidYouMean(name, {route_names.begin(), route_names.end()})
                )
            );
        }
    }
    if (!reader.Finish()) return std::nullopt;
    return intent;
}

/// Adds `route`, in the place of the built-in one of its name. `built_in`: how many at the
/// beginning are.
void Place(
    std::vector<Route>& routes,
    std::size_t built_in,
    Route route,
    const config::Table& row,
    Problems& problems
) {
    const auto same = std::find_if(routes.begin(), routes.end(), [&](const Route& other) {
        return other.name == route.name;
    });
    if (same == routes.end()) {
        routes.push_back(std::move(route));
    } else if (static_cast<std::size_t>(same - routes.begin()) < built_in) {
        *same = std::move(route);
    } else {
        problems.Add(
            row.PlaceOf("name"),
            fmt::format("another [[route]] is called {} already; give one another name", route.name)
        );
    }
}

/// Who is in contract::rooms::kEveryone needs no row; nobody pays for a room without a route.
void JoinEveryone(const std::vector<Route>& routes, std::vector<Intent>& intents) {
    const auto to_everyone = [](const Route& route) {
        return route.room.text() == contract::rooms::kEveryone;
    };
    if (std::none_of(routes.begin(), routes.end(), to_everyone)) return;
    Intent& joins = intents.emplace_back();
    joins.event = kConnectIntent;
    joins.rooms.push_back(
        *RoomTemplate::Parse(contract::rooms::kEveryone, RoomTemplate::Source::kClientEvent)
    );
}

/// Records of two topics under one key would take each other's place.
void CheckCacheKeys(
    const std::vector<Route>& routes,
    const Route& route,
    const config::Table& row,
    Problems& problems
) {
    if (!route.cache) return;
    for (const Route& other : routes) {
        if (!other.cache || other.topic == route.topic || other.name == route.name) continue;
        if (other.cache->key.text() != route.cache->key.text()) continue;
        problems.Add(
            row.PlaceOf("cache_key"),
            fmt::format(
                "cache_key of a [[route]] is '{}', as that of route {}, which has another topic; "
                "give one another key",
                route.cache->key.text(),
                other.name
            )
        );
    }
}

}  // namespace

std::optional<RoutingTables> ReadRoutingTables(const GatewayRows& rows, Problems& problems) {
    const std::size_t problems_before = problems.lines().size();
    std::vector<TopicRow> topics = ReadTopicRows(rows.topics, problems);
    std::vector<Route> all_routes = DefaultRoutes();
    const std::size_t built_in = all_routes.size();
    std::set<std::string> route_names;  // also of rows with mistakes: one complaint each is enough
    for (const Route& route : all_routes)
        route_names.insert(route.name);
    for (const config::Table& row : rows.routes) {
        if (const config::Field* const name = row.Find("name")) {
            if (const auto* const text = std::get_if<std::string>(&name->value)) {
                route_names.insert(*text);
            }
        }
        std::optional<Route> route = ReadRoute(row, problems);
        if (route) CheckCacheKeys(all_routes, *route, row, problems);
        if (route) Place(all_routes, built_in, *std::move(route), row, problems);
    }
    std::vector<Intent> all_intents = DefaultIntents();
    JoinEveryone(all_routes, all_intents);
    Result<RouteTable> route_table = RouteTable::Build(std::move(all_routes));
    FLUX_ASSERT(route_table.has_value());  // Place keeps names apart

    for (const config::Table& row : rows.intents) {
        std::optional<Intent> intent = ReadIntent(row, route_names, problems);
        if (intent) all_intents.push_back(*std::move(intent));
    }
    if (problems.lines().size() != problems_before) return std::nullopt;
    Result<IntentTable> intent_table = IntentTable::Build(std::move(all_intents), *route_table);
    FLUX_ASSERT(intent_table.has_value());  // ReadIntent has looked the routes up
    return RoutingTables{*std::move(route_table), *std::move(intent_table), std::move(topics)};
}

RoutingTables DefaultRoutingTables() {
    Problems problems;
    std::optional<RoutingTables> tables = ReadRoutingTables({}, problems);
    FLUX_ASSERT(tables.has_value());
    return *std::move(tables);
}

}  // namespace flux::gateway
