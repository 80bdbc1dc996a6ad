#include "gateway/bus_pump.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace flux::gateway {
namespace {

Route Plain(std::string name, std::string_view room) {
    Route route;
    route.name = std::move(name);
    route.topic = "t";
    route.room = RoomTemplate::Parse(room, RoomTemplate::Source::kRecord).value();
    route.event = "e";
    route.snapshot = SnapshotRule::kLatestPerKey;
    return route;
}

bus::Message Record(std::optional<std::string> key, std::string_view payload) {
    bus::Message message;
    message.topic = bus::TopicName("t");
    message.key = std::move(key);
    message.payload = SharedBytes(payload);
    return message;
}

/// A pump without sockets: what it posts is seen in the master snapshots and the counters.
class BusPumpTest : public testing::Test {
protected:
    void Use(std::vector<Route> routes) {
        table_ = RouteTable::Build(std::move(routes)).value();
        broadcaster_.emplace(table_, 1'000'000, "log");
        stats_ = std::vector<RouteStats>(table_.size());
        pump_.emplace("t", table_, *broadcaster_, stats_);
    }

    /// "room/key:frame" of each snapshot, oldest first.
    std::string Kept() const {
        std::string kept;
        for (const Snapshot& snapshot : broadcaster_->Copy().snapshots) {
            const std::string_view wire = snapshot.frame.wire();
            kept += snapshot.room + "/" + snapshot.key + ":" +
                    std::string(wire.substr(wire.find("42["))) + "\n";
        }
        return kept;
    }

    std::uint64_t Skipped(Skip why) const {
        return pump_->stats().skipped[static_cast<std::size_t>(why)].value();
    }

    RouteTable table_;
    std::optional<Broadcaster> broadcaster_;
    std::vector<RouteStats> stats_;
    std::optional<BusPump> pump_;
};

TEST_F(BusPumpTest, SplicesThePayloadUntouched) {
    Use({Plain("a", "r.{n}")});
    const std::string payload = "{\"n\":123456789012345678901234567890, \"x\" : 1e400,\"n\":7 }";
    pump_->Relay(Record("k", payload));
    EXPECT_EQ(Kept(), "r.7/k:42[\"e\"," + payload + "]\n");
    EXPECT_EQ(stats_[0].deliveries.value(), 1u);
}

TEST_F(BusPumpTest, WrapsThePayloadInItsEnvelope) {
    Route route = Plain("a", "r");
    route.envelope = Envelope::Success();
    Use({route});
    pump_->Relay(Record("k", "[1]"));
    EXPECT_EQ(Kept(), "r/k:42[\"e\",{\"status\":\"success\",\"data\":[1],\"error\":null}]\n");
}

TEST_F(BusPumpTest, LooksAtNoPayloadThatNoKeyTakes) {
    Route route = Plain("a", "r");
    route.match.key_rule = Match::KeyRule::kExact;
    route.match.key = "mine";
    Use({route});
    pump_->Relay(Record("other", "not json"));
    pump_->Relay(Record(std::nullopt, "not json"));
    EXPECT_EQ(pump_->stats().records.value(), 2u);
    EXPECT_EQ(pump_->stats().unmatched.value(), 2u);
    EXPECT_EQ(Skipped(Skip::kBadJson), 0u);
}

TEST_F(BusPumpTest, PassesOverPoison) {
    Use({Plain("a", "r.{n}")});
    for (const char* poison :
         {"not json",
          "{\"n\":1",
          "{\"n\":1}x",
          "{\"n\":\"\xFF\"}",
          "{\"topic\":\"a\",\"y\":nonsense}"}) {
        pump_->Relay(Record("k", poison));
    }
    EXPECT_EQ(Skipped(Skip::kBadJson), 5u);
    pump_->Relay(Record("k", std::string(100, '[')));
    EXPECT_EQ(Skipped(Skip::kTooLarge), 1u);
    pump_->Relay(Record("k", "{}"));
    pump_->Relay(Record("k", R"({"n":"a\nb"})"));
    EXPECT_EQ(Skipped(Skip::kNoRoom), 2u);
    pump_->Relay(Record("k", R"({"n":"fine"})"));
    EXPECT_EQ(Kept(), "r.fine/k:42[\"e\",{\"n\":\"fine\"}]\n");
}

// Whoever looks for it finds it; a topic full of it does not fill the disk with lines.
TEST_F(BusPumpTest, PoisonIsToldOncePerKindWithItsPlace) {
    Use({Plain("a", "r.{n}")});
    testing::internal::CaptureStderr();
    for (int n = 0; n < 3; ++n) {
        for (const char* poison : {"not json", "{}"}) {
            bus::Message message = Record("k", poison);
            message.partition = bus::Partition(2);
            message.offset = bus::Offset(40 + n);
            pump_->Relay(message);
        }
    }
    const std::string said = testing::internal::GetCapturedStderr();
    const auto times = [&said](std::string_view text) {
        int found = 0;
        for (std::size_t at = said.find(text); at != std::string::npos;
             at = said.find(text, at + 1))
            ++found;
        return found;
    };
    EXPECT_EQ(times("a record was passed over"), 2) << said;
    for (const char* told : {"bad_json", "no_room"})
        EXPECT_EQ(times(told), 1) << said;
    EXPECT_EQ(times(R"("topic":"t")"), 2) << said;
    EXPECT_EQ(times(R"("partition":2)"), 2) << said;
    EXPECT_EQ(times(R"("offset":40)"), 2) << said;
}

TEST_F(BusPumpTest, OneRecordMayGoSeveralWays) {
    Route only_big = Plain("b", "big");
    only_big.match.fields.push_back({json::FieldPath::Parse("size").value(), "big"});
    Use({Plain("a", "all"), only_big, Plain("c", "{none}")});
    pump_->Relay(Record("1", R"({"size":"big"})"));
    pump_->Relay(Record("2", R"({"size":"small"})"));
    EXPECT_EQ(stats_[0].deliveries.value(), 2u);
    EXPECT_EQ(stats_[1].deliveries.value(), 1u);
    EXPECT_EQ(stats_[2].deliveries.value(), 0u);  // its poison stops no other
    EXPECT_EQ(Skipped(Skip::kNoRoom), 2u);
}

TEST_F(BusPumpTest, KeysByRecordKeyElseByRoomElseByTemplate) {
    Route by_field = Plain("b", "fields");
    by_field.key = RoomTemplate::Parse("{id}", RoomTemplate::Source::kRecord).value();
    Use({Plain("a", "r.{n}"), by_field});
    pump_->Relay(Record(std::nullopt, R"({"n":1,"id":"x"})"));
    EXPECT_EQ(
        Kept(),
        "r.1/r.1:42[\"e\",{\"n\":1,\"id\":\"x\"}]\nfields/x:42[\"e\",{\"n\":1,\"id\":\"x\"}]\n"
    );
    pump_->Relay(Record("k", R"({"n":1})"));
    EXPECT_EQ(Skipped(Skip::kNoKey), 1u);
}

TEST_F(BusPumpTest, ATombstoneForgets) {
    Route by_field = Plain("b", "fields");
    by_field.key = RoomTemplate::Parse("{id}", RoomTemplate::Source::kRecord).value();
    Use({Plain("a", "r"), by_field});
    pump_->Relay(Record("k", R"({"id":1})"));
    EXPECT_EQ(broadcaster_->Copy().snapshots.size(), 2u);
    pump_->Relay(Record("k", ""));
    EXPECT_EQ(Kept(), "fields/1:42[\"e\",{\"id\":1}]\n");  // its key cannot be known
    EXPECT_EQ(Skipped(Skip::kNoKey), 1u);
    EXPECT_EQ(pump_->stats().tombstones.value(), 1u);
    pump_->Relay(Record(std::nullopt, ""));
    EXPECT_EQ(Skipped(Skip::kNoKey), 3u);
}

TEST(ConflationKeys, DifferByRouteAndKey) {
    EXPECT_EQ(ConflationKey(1, "a"), ConflationKey(1, "a"));
    EXPECT_NE(ConflationKey(1, "a"), ConflationKey(2, "a"));
    EXPECT_NE(ConflationKey(1, "a"), ConflationKey(1, "b"));
    EXPECT_NE(ConflationKey(1, ""), 0u);
}

}  // namespace
}  // namespace flux::gateway
