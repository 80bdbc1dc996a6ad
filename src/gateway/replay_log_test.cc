#include "gateway/replay_log.h"

#include "base/random.h"
#include "socketio/packet.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>

namespace flux::gateway {
namespace {

using socketio::RecoveryVerdict;
using socketio::SharedFrame;

RouteTable TwoReplayRoutes() {
    std::vector<Route> routes;
    for (const char* name : {"one", "plain", "two"}) {
        Route route;
        route.name = name;
        route.topic = "t";
        route.room = RoomTemplate::Literal("r");
        route.event = "e";
        route.recovery = std::string_view(name) == "plain" ? Recovery::kNone : Recovery::kReplay;
        routes.push_back(std::move(route));
    }
    return RouteTable::Build(std::move(routes)).value();
}

class ReplayLogTest : public ::testing::Test {
protected:
    ReplayLogTest() { Make({100, 1 * MiB}); }

    void Make(const ReplayBounds& bounds, std::uint8_t partitions = 2) {
        log_.reset();
        stats_ = std::make_unique<ReplayStats>();
        log_ = std::make_unique<ReplayLog>(routes_, bounds, *stats_);
        at_ = ReplayOffset();
        at_.layout = 1;
        at_.partitions = partitions;
        log_->Begin(at_);
    }

    static SharedFrame FrameOf(std::uint64_t number) {
        const std::string argument = std::to_string(number);
        const std::array<std::string_view, 1> arguments{argument};
        return socketio::EncodeEvent("/", "e", arguments);
    }

    /// The next record of `partition`, for `room`.
    ReplayOffset Add(RouteNumber route, std::uint8_t partition, const std::string& room) {
        at_.current = partition;
        at_.part = 1;
        ++at_.next[partition];
        log_->Add(route, room, FrameOf(++numbers_), at_);
        return at_;
    }

    /// What is missed, as the numbers of the additions; nothing with a verdict against it.
    std::vector<std::string> Missed(
        const std::vector<std::string>& rooms,
        const ReplayOffset& from,
        RecoveryVerdict expected = RecoveryVerdict::kRecovered,
        std::size_t bytes_max = 1 * MiB
    ) {
        std::vector<SharedFrame> frames;
        EXPECT_EQ(log_->Collect(rooms, from, joined_, bytes_max, frames), expected);
        if (expected != RecoveryVerdict::kRecovered) return {};
        std::vector<std::string> texts;
        for (const SharedFrame& frame : frames) {
            const std::string_view text = socketio::WireMessageAt(frame.wire()).payload;
            texts.emplace_back(text.substr(7, text.size() - 8));
        }
        return texts;
    }
    using Texts = std::vector<std::string>;

    const RouteTable routes_ = TwoReplayRoutes();
    std::unique_ptr<ReplayStats> stats_;
    std::unique_ptr<ReplayLog> log_;
    ReplayOffset at_;
    std::uint64_t numbers_ = 0;
    JoinPlaces joined_;  // for Missed
};

TEST_F(ReplayLogTest, GivesWhatCameBehindAPlaceInOrderOverRoutesAndRooms) {
    const ReplayOffset begin = at_;
    Add(1, 0, "a");
    const ReplayOffset after_two = Add(3, 1, "b");
    Add(3, 1, "a");
    Add(1, 0, "c");
    Add(1, 0, "b");
    EXPECT_EQ(Missed({"a", "b"}, begin), (Texts{"1", "2", "3", "5"}));
    EXPECT_EQ(Missed({"a", "b"}, after_two), (Texts{"3", "5"}));
    EXPECT_EQ(Missed({"a", "b"}, at_), Texts{});
    EXPECT_EQ(Missed({}, begin), Texts{});
    EXPECT_EQ(Missed({"nobody"}, begin), Texts{});
}

// REC-16: the reference server's fault #5282, where what others were sent pushed an idle session's
// place out.
TEST_F(ReplayLogTest, AQuietRoomLosesNothingBecauseOthersAreBusy) {
    const ReplayOffset begin = at_;
    const ReplayOffset quiet = Add(1, 0, "quiet");
    for (int i = 0; i < 1'000; ++i)
        Add(1, 0, "busy");
    EXPECT_GT(stats_->evicted.value(), 800u);
    EXPECT_EQ(Missed({"quiet"}, quiet), Texts{});
    EXPECT_EQ(Missed({"never"}, begin), Texts{});
    Missed({"quiet"}, begin, RecoveryVerdict::kTooOld);
    Missed({"busy"}, quiet, RecoveryVerdict::kTooOld);
    Missed({"quiet", "busy"}, quiet, RecoveryVerdict::kTooOld);
    Add(1, 0, "quiet");
    EXPECT_EQ(Missed({"quiet"}, quiet), (Texts{"1002"}));
}

TEST_F(ReplayLogTest, ForgottenRoomsAreRememberedTogether) {
    Make({10, 1 * MiB});
    const ReplayOffset begin = at_;
    for (int i = 0; i < 100; ++i)
        Add(1, 0, "room " + std::to_string(i));
    // 90 rooms hold nothing any more, ten of them are remembered one by one.
    Missed({"room 0"}, begin, RecoveryVerdict::kTooOld);
    Missed({"never"}, begin, RecoveryVerdict::kTooOld);  // it may have been one of them
    EXPECT_EQ(Missed({"never"}, at_), Texts{});
    const ReplayOffset now = at_;
    Add(1, 0, "room 0");
    EXPECT_EQ(Missed({"room 0"}, now), (Texts{"101"}));
    Missed({"room 0"}, begin, RecoveryVerdict::kTooOld);
}

TEST_F(ReplayLogTest, BytesAreBounded) {
    Make({1'000'000, 2 * KiB});
    for (int i = 0; i < 1'000; ++i)
        Add(1, 0, "r");
    EXPECT_LE(stats_->bytes.value(), 2 * 1'024);
    EXPECT_GT(stats_->records.value(), 10);
    EXPECT_EQ(
        stats_->evicted.value() + static_cast<std::uint64_t>(stats_->records.value()), 1'000u
    );
}

TEST_F(ReplayLogTest, MoreThanOneClientIsSentIsToldSo) {
    const ReplayOffset begin = at_;
    for (int i = 0; i < 50; ++i)
        Add(1, 0, "r");
    Missed({"r"}, begin, RecoveryVerdict::kTooMuch, 100);
}

TEST_F(ReplayLogTest, NothingFromBeforeItsBeginning) {
    Add(1, 0, "r");
    const ReplayOffset before = at_;
    Add(1, 0, "r");
    log_->Begin(at_);
    Missed({"never"}, before, RecoveryVerdict::kTooOld);
    EXPECT_EQ(Missed({"r"}, at_), Texts{});
    EXPECT_EQ(stats_->records.value(), 0);
}

TEST_F(ReplayLogTest, AfterAGapItBeginsAnew) {
    const ReplayOffset before = Add(1, 0, "r");
    log_->Reset();
    EXPECT_FALSE(log_->active());
    const ReplayOffset after = Add(1, 0, "r");
    EXPECT_TRUE(log_->active());
    Missed({"never"}, before, RecoveryVerdict::kTooOld);
    EXPECT_EQ(Missed({"r"}, after), Texts{});
    Add(1, 0, "r");
    EXPECT_EQ(Missed({"r"}, after), (Texts{"3"}));
}

TEST_F(ReplayLogTest, AnotherLayoutBeginsAnew) {
    const ReplayOffset before = Add(1, 0, "r");
    at_.layout = 2;
    const ReplayOffset after = Add(1, 0, "r");
    Missed({"r"}, before, RecoveryVerdict::kTooOld);
    EXPECT_EQ(Missed({"r"}, after), Texts{});
}

TEST_F(ReplayLogTest, PartsOfOneRecordAreToldApart) {
    const ReplayOffset first = Add(1, 0, "a");
    ++at_.part;
    log_->Add(3, "a", FrameOf(++numbers_), at_);
    EXPECT_EQ(Missed({"a"}, first), (Texts{"2"}));
    EXPECT_EQ(Missed({"a"}, at_), Texts{});
}

// Of a layout that begins within a record, whose deliveries follow.
TEST_F(ReplayLogTest, BeginsWithNothingOfARecord) {
    at_.current = 1;
    at_.next[1] = 8;
    at_.part = 0;
    const ReplayOffset begin = DecodeReplayOffset(Encode(at_)).value();
    log_->Begin(begin);
    at_.part = 1;
    log_->Add(1, "a", FrameOf(++numbers_), at_);
    EXPECT_EQ(Missed({"a"}, begin), (Texts{"1"}));
    EXPECT_EQ(Missed({"a"}, at_), Texts{});
}

TEST_F(ReplayLogTest, WhatARoomWasSentBeforeItWasJoinedIsNotMissed) {
    const ReplayOffset begin = at_;
    Add(1, 0, "a");
    Add(1, 1, "b");
    joined_.emplace("b", Add(3, 1, "b"));
    Add(1, 1, "a");
    Add(1, 0, "b");
    EXPECT_EQ(Missed({"a", "b"}, begin), (Texts{"1", "4", "5"}));
    EXPECT_EQ(Missed({"a", "b"}, at_), Texts{});
    EXPECT_EQ(log_->NewestOf({"b"}, joined_).size(), 1u);
    EXPECT_EQ(log_->NewestOf({"b"}, {}).size(), 2u);
    // Nor does it matter that it is kept no longer, or was never known here.
    for (int i = 0; i < 200; ++i)
        Add(1, 0, "busy");
    Missed({"a"}, begin, RecoveryVerdict::kTooOld);
    joined_.insert_or_assign("a", at_);
    joined_.insert_or_assign("b", at_);
    EXPECT_EQ(Missed({"a", "b"}, begin), Texts{});
    log_->Begin(at_);
    EXPECT_EQ(Missed({"a", "b"}, begin), Texts{});
}

TEST_F(ReplayLogTest, KnowsTheNewestOfItsRooms) {
    const ReplayOffset begin = at_;
    Add(1, 0, "a");
    const ReplayOffset newest_of_a = Add(1, 1, "a");
    Add(1, 0, "b");
    EXPECT_EQ(log_->begin(), begin);
    EXPECT_EQ(log_->NewestOf({"a"}, {}).size(), 2u);
    EXPECT_TRUE(newest_of_a.IncludesAll(log_->NewestOf({"a"}, {})));
    EXPECT_FALSE(begin.IncludesAll(log_->NewestOf({"a"}, {})));
    EXPECT_FALSE(newest_of_a.IncludesAll(log_->NewestOf({"a", "b"}, {})));
    EXPECT_TRUE(at_.IncludesAll(log_->NewestOf({"a", "b"}, {})));
    EXPECT_TRUE(log_->NewestOf({"never"}, {}).empty());
}

/// Beside a naive log that keeps everything: what is given is exactly what was missed, and it is
/// refused only when something of it is gone.
TEST_F(ReplayLogTest, AgreesWithANaiveOne) {
    const std::uint64_t seed = SecureRandomSeed();
    Random random(seed);
    Make({30, 1 * MiB}, 3);
    struct Sent {
        std::string room;
        ReplayOffset after;
        std::uint64_t number;
    };
    std::vector<Sent> all;
    std::vector<ReplayOffset> places{at_};
    int refused = 0;
    int given = 0;
    for (int step = 0; step < 5'000; ++step) {
        const std::string room = "r" + std::to_string(random.Below(random.Below(3) == 0 ? 40 : 3));
        const RouteNumber route = random.Below(2) == 0 ? 1 : 3;
        places.push_back(Add(route, static_cast<std::uint8_t>(random.Below(3)), room));
        all.push_back({room, at_, numbers_});
        const std::size_t back = std::min<std::size_t>(places.size(), 1 + random.Below(80));
        const ReplayOffset from = places[places.size() - back];
        std::vector<std::string> rooms;
        for (std::size_t i = random.Below(3) + 1; i > 0; --i) {
            const std::string one = "r" + std::to_string(random.Below(40));
            if (std::find(rooms.begin(), rooms.end(), one) == rooms.end()) rooms.push_back(one);
        }
        Texts expected;
        for (std::size_t i = places.size() - back; i < all.size(); ++i) {
            if (std::find(rooms.begin(), rooms.end(), all[i].room) != rooms.end()) {
                expected.push_back(std::to_string(all[i].number));
            }
        }
        std::vector<SharedFrame> frames;
        const RecoveryVerdict verdict = log_->Collect(rooms, from, {}, 1 * MiB, frames);
        if (verdict == RecoveryVerdict::kRecovered) {
            ++given;
            EXPECT_EQ(Missed(rooms, from), expected) << "seed " << seed << " step " << step;
        } else {
            ++refused;
            EXPECT_EQ(verdict, RecoveryVerdict::kTooOld);
            // Two rings of 30 each hold the last 30 of everything.
            EXPECT_GT(back, 30u) << "seed " << seed << " step " << step;
        }
    }
    EXPECT_GT(given, 1'000);
    EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace flux::gateway
