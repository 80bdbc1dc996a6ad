#include "gateway/snapshot_table.h"

#include "base/random.h"
#include "gateway/delivery_key.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace flux::gateway {
namespace {

RouteTable TwoRoutes(std::size_t keys_max) {
    std::vector<Route> routes(2);
    routes[0].name = "one";
    routes[1].name = "two";
    for (Route& route : routes)
        route.snapshot_keys_max = keys_max;
    return RouteTable::Build(std::move(routes)).value();
}

Snapshot Make(
    RouteNumber route,
    std::string key,
    std::string room,
    Sequence sequence,
    std::string_view payload
) {
    Snapshot snapshot;
    snapshot.route = route;
    snapshot.key = std::move(key);
    snapshot.room = std::move(room);
    snapshot.frame = socketio::SharedFrame(SharedBytes(payload));
    snapshot.sequence = sequence;
    return snapshot;
}

std::string InRoom(const SnapshotTable& table, const std::string& room) {
    std::string seen;
    table.VisitRoom(room, [&](const Snapshot& snapshot) {
        seen += snapshot.key + "=" + std::string(snapshot.frame.wire()) + ";";
        return true;
    });
    return seen;
}

TEST(SnapshotTable, KeepsTheNewestPerKeyInOrderOfAppearance) {
    const RouteTable routes = TwoRoutes(10);
    SnapshotStats stats;
    SnapshotTable table(routes, 1000, stats);
    table.Put(Make(1, "a", "r", 1, "a1"));
    table.Put(Make(1, "b", "r", 2, "b1"));
    table.Put(Make(2, "a", "r", 3, "x1"));
    table.Put(Make(1, "a", "r", 4, "a2"));
    EXPECT_EQ(InRoom(table, "r"), "a=a2;b=b1;a=x1;");
    EXPECT_EQ(stats.entries.value(), 3);
    EXPECT_EQ(stats.bytes.value(), 3 * 4);   // key, room, frame
    table.Put(Make(1, "a", "r", 3, "old"));  // an older one changes nothing
    EXPECT_EQ(InRoom(table, "r"), "a=a2;b=b1;a=x1;");
    table.Put(Make(1, "a", "s", 5, "a3"));  // another room now
    EXPECT_EQ(InRoom(table, "r"), "b=b1;a=x1;");
    EXPECT_EQ(InRoom(table, "s"), "a=a3;");
}

TEST(SnapshotTable, ForgetsWhatIsNotNewerThanTheTombstone) {
    const RouteTable routes = TwoRoutes(10);
    SnapshotStats stats;
    SnapshotTable table(routes, 1000, stats);
    table.Put(Make(1, "a", "r", 7, "a"));
    table.Remove(1, "a", 6);
    EXPECT_EQ(table.SequenceOf(1, "a"), 7u);
    table.Remove(2, "a", 9);
    table.Remove(1, "b", 9);
    EXPECT_EQ(table.size(), 1u);
    table.Remove(1, "a", 8);
    EXPECT_EQ(table.size(), 0u);
    EXPECT_EQ(table.bytes(), 0u);
    EXPECT_EQ(InRoom(table, "r"), "");
    EXPECT_EQ(table.SequenceOf(1, "a"), 0u);
}

TEST(SnapshotTable, BoundsKeysPerRoute) {
    const RouteTable routes = TwoRoutes(2);
    SnapshotStats stats;
    SnapshotTable table(routes, 1000, stats);
    table.Put(Make(1, "a", "r", 1, "a"));
    table.Put(Make(2, "z", "r", 2, "z"));
    table.Put(Make(1, "b", "r", 3, "b"));
    table.Put(Make(1, "a", "r", 4, "A"));
    table.Put(Make(1, "c", "r", 5, "c"));  // b was updated longest ago
    EXPECT_EQ(InRoom(table, "r"), "a=A;z=z;c=c;");
    EXPECT_EQ(stats.evicted.value(), 1u);
}

TEST(SnapshotTable, BoundsBytes) {
    const RouteTable routes = TwoRoutes(100);
    SnapshotStats stats;
    SnapshotTable table(routes, 14, stats);
    table.Put(Make(1, "a", "r", 1, "aaaa"));
    table.Put(Make(2, "b", "r", 2, "bbbb"));
    table.Put(Make(1, "c", "r", 3, "cccc"));
    EXPECT_EQ(InRoom(table, "r"), "b=bbbb;c=cccc;");
    table.Put(Make(1, "c", "r", 4, "cccccccccccc"));
    EXPECT_EQ(InRoom(table, "r"), "c=cccccccccccc;");
    table.Put(Make(1, "c", "r", 5, std::string(13, 'c'))
    );  // never fits: better none than an old one
    EXPECT_EQ(table.size(), 0u);
    EXPECT_EQ(table.bytes(), 0u);
}

// Whoever chooses the keys must not get around the bound: their length counts, as the rooms' does.
TEST(SnapshotTable, CountsKeysAndRooms) {
    const RouteTable routes = TwoRoutes(100);
    SnapshotStats stats;
    SnapshotTable table(routes, 100, stats);
    table.Put(Make(1, std::string(40, 'a'), "r", 1, "x"));
    EXPECT_EQ(table.bytes(), 42u);
    table.Put(Make(1, std::string(40, 'b'), "r", 2, "x"));
    table.Put(Make(1, std::string(40, 'c'), "r", 3, "x"));
    EXPECT_EQ(table.size(), 2u);
    EXPECT_EQ(table.bytes(), 84u);
    table.Put(Make(1, std::string(40, 'c'), std::string(59, 'r'), 4, "x"));  // moved: it fills all
    EXPECT_EQ(table.size(), 1u);
    EXPECT_EQ(table.bytes(), 100u);
    table.Put(Make(1, std::string(200, 'd'), "r", 5, "x"));  // never fits
    EXPECT_EQ(table.size(), 1u);
    table.Remove(1, std::string(40, 'c'), 6);
    EXPECT_EQ(table.bytes(), 0u);
}

TEST(SnapshotTable, EndsAVisitWhenTold) {
    const RouteTable routes = TwoRoutes(10);
    SnapshotStats stats;
    SnapshotTable table(routes, 1000, stats);
    for (Sequence n = 1; n <= 5; ++n)
        table.Put(Make(1, std::to_string(n), "r", n, "x"));
    int visited = 0;
    table.VisitRoom("r", [&](const Snapshot&) { return ++visited < 2; });
    EXPECT_EQ(visited, 2);
    EXPECT_EQ(table.All().size(), 5u);
}

// The table beside a plain map, random calls, all bounds wide.
TEST(SnapshotTable, IsAMapOfTheNewest) {
    const RouteTable routes = TwoRoutes(1000);
    SnapshotStats stats;
    SnapshotTable table(routes, 1'000'000, stats);
    std::map<std::pair<RouteNumber, std::string>, Snapshot> model;
    Random random(5);
    for (Sequence sequence = 1; sequence < 5000; ++sequence) {
        const auto route = static_cast<RouteNumber>(1 + random.Below(2));
        const std::string key = std::to_string(random.Below(20));
        if (random.Below(4) == 0) {
            table.Remove(route, key, sequence);
            model.erase({route, key});
        } else {
            Snapshot snapshot = Make(
                route,
                key,
                "r" + std::to_string(random.Below(4)),
                sequence,
                std::string(1 + random.Below(9), 'x')
            );
            model[{route, key}] = snapshot;
            table.Put(std::move(snapshot));
        }
        std::size_t bytes = 0;
        std::map<std::string, std::size_t> rooms;
        for (const auto& [id, snapshot] : model) {
            bytes += snapshot.frame.size() + snapshot.key.size() + snapshot.room.size();
            ++rooms[snapshot.room];
        }
        ASSERT_EQ(table.size(), model.size());
        ASSERT_EQ(table.bytes(), bytes);
        for (const auto& [room, count] : rooms) {
            std::size_t seen = 0;
            table.VisitRoom(room, [&](const Snapshot& snapshot) {
                ++seen;
                EXPECT_EQ((model[{snapshot.route, snapshot.key}].sequence), snapshot.sequence);
                return true;
            });
            ASSERT_EQ(seen, count);
        }
    }
}

TEST(DeliveryKey, ComesBack) {
    const std::string packed = PackDeliveryKey(1ULL << 40, std::string("k\0y", 3));
    const auto key = UnpackDeliveryKey(packed);
    ASSERT_TRUE(key.has_value());
    EXPECT_EQ(key->sequence, 1ULL << 40);
    EXPECT_EQ(key->key, std::string_view("k\0y", 3));
    EXPECT_FALSE(UnpackDeliveryKey("short").has_value());
}

}  // namespace
}  // namespace flux::gateway
