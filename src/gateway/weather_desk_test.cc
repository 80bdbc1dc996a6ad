// When the desk asks for weather, and when it does not.
#include "gateway/weather_desk.h"

#include "contract/commands.h"
#include "contract/weather.h"
#include "gateway/desk_rig.h"
#include "gateway/weather_shape.h"
#include "limits/limits.h"

#include <memory>
#include <set>

namespace flux::gateway {
namespace {

using contract::Failure;
using namespace std::chrono_literals;

constexpr ShardId kHere(0);

class WeatherDeskTest : public testing::DeskRig {
protected:
    void SetUp() override {
        options_.address_cities = {.per_second = 1, .burst = 100};
        options_.total_cities = {.per_second = 1, .burst = 1'000};
        Make();
    }

    void Make() {
        const auto has = [this](const std::string& room) { return there_.contains(room); };
        const auto tell = [this](std::uint64_t shards, const FailedPlace& failed) {
            told_shards_ |= shards;
            told_.push_back(failed);
        };
        desk_ = std::make_unique<WeatherDesk>(clock_, options_, commands_, stats_, has, tell);
    }

    static WeatherWish WishOf(const std::string& user, const std::string& city) {
        WeatherWish wish;
        wish.asker = "sid-" + user;
        wish.user_id = user;
        wish.where.city = city;
        wish.where.country = "IN";
        wish.room = RoomOf(wish.where).value();
        wish.client = net::IpAddress::Parse("192.0.2.1").value();
        wish.payload = std::hash<std::string>{}(city);
        wish.cold = true;
        return wish;
    }

    std::optional<contract::ErrorReply> Wish(const WeatherWish& wish, ShardId shard = kHere) {
        std::optional<contract::ErrorReply> refused;
        Do([&] { refused = desk_->Wish(wish, shard); });
        return refused;
    }

    std::optional<contract::ErrorReply> Wish(const std::string& user, const std::string& city) {
        return Wish(WishOf(user, city));
    }

    void Answer(const std::string& city) {
        contract::WeatherUpdate update;
        update.data.city = city;
        update.data.country = "IN";
        update.data.last_updated = "2026-03-20T14:30:00+05:30";
        there_.insert(RoomOf(WishOf("x", city).where).value());
        Do([&] { EXPECT_TRUE(desk_->OnEvent(contract::Encode(update)).has_value()); });
    }

    void Refuse(
        const std::string& city,
        Failure failure,
        const std::string& reply_to,
        std::optional<WallMillis> retry_at = std::nullopt
    ) {
        contract::WeatherUnavailable event;
        event.reason = "api_error";
        event.city = city;
        event.country = "IN";
        event.error = failure;
        event.message = "because";
        event.reply_to = reply_to;
        event.retry_at = retry_at;
        Do([&] { EXPECT_TRUE(desk_->OnEvent(contract::Encode(event)).has_value()); });
    }

    void Change(const std::string& city, bool occupied, ShardId shard = kHere) {
        const WeatherWish wish = WishOf("x", city);
        Do([&] { desk_->Change(wish.room, {.occupied = occupied, .where = wish.where}, shard); });
    }

    void SweepAfter(Milliseconds time) {
        clock_.Advance(time);
        Do([&] { desk_->Sweep(); });
    }

    std::uint64_t Count(WishOutcome outcome) const {
        return stats_.wishes[static_cast<std::size_t>(outcome)].value();
    }

    std::size_t commands() const { return bus_.published.size(); }

    std::set<std::string> there_;
    std::vector<FailedPlace> told_;
    std::uint64_t told_shards_ = 0;
    std::unique_ptr<WeatherDesk> desk_;
};

TEST_F(WeatherDeskTest, ACommandNamesTheAskerAndThePlaceAndNothingElse) {
    WeatherWish wish = WishOf("ann", "Pune");
    wish.where.region = "Maharashtra";
    EXPECT_FALSE(Wish(wish));
    ASSERT_EQ(commands(), 1u);
    const bus::Outgoing& record = bus_.published.front();
    EXPECT_EQ(record.topic.value(), "weather.service.command.fetch");
    EXPECT_EQ(record.key, "sid-ann");
    const auto command = contract::DecodeWeatherFetch(record.payload.view());
    ASSERT_TRUE(command.has_value()) << command.error().context;
    EXPECT_EQ(command->user_id, "ann");
    EXPECT_EQ(command->place, wish.where);
    EXPECT_EQ(command->timestamp, clock_.WallNow());
}

TEST_F(WeatherDeskTest, AThousandColdClientsCauseOneCommand) {
    for (int n = 0; n < 1'000; ++n)
        EXPECT_FALSE(Wish(WishOf("user-" + std::to_string(n), "Pune"), ShardId(n % 2)));
    EXPECT_EQ(commands(), 1u);
    EXPECT_EQ(Count(WishOutcome::kUnderWay), 999u);
    EXPECT_FALSE(Wish("ann", "Delhi"));
    EXPECT_EQ(commands(), 2u);
}

TEST_F(WeatherDeskTest, FreshWeatherNeedsNoCommandForTenMinutes) {
    Wish("ann", "Pune");
    Answer("Pune");
    clock_.Advance(9min + 59s);
    EXPECT_FALSE(Wish("bob", "Pune"));
    EXPECT_EQ(commands(), 1u);
    clock_.Advance(2s);
    EXPECT_FALSE(Wish("cat", "PUNE"));
    EXPECT_EQ(commands(), 2u);
    there_.clear();  // no snapshot any more, as when others needed its room
    Answer("Pune");
    there_.clear();
    EXPECT_FALSE(Wish("dan", "Pune"));
    EXPECT_EQ(commands(), 3u);
}

TEST_F(WeatherDeskTest, WhatAStartHasFoundIsAsFreshAsItIs) {
    Do([&] {
        desk_->OnFound("weather.pune.IN", clock_.WallNow() - Milliseconds(4min).count());
        desk_->OnFound("weather.delhi.IN", clock_.WallNow() - Milliseconds(3h).count());
        desk_->OnFound("weather.agra.IN", clock_.WallNow() + Milliseconds(3h).count());
    });
    there_ = {"weather.pune.IN", "weather.delhi.IN", "weather.agra.IN"};
    Wish("ann", "Pune");
    Wish("ann", "Agra");
    EXPECT_EQ(commands(), 0u);
    Wish("ann", "Delhi");
    EXPECT_EQ(commands(), 1u);
    clock_.Advance(7min);
    Wish("bob", "Pune");
    EXPECT_EQ(commands(), 2u);
    clock_.Advance(4min);
    Wish("bob", "Agra");
    EXPECT_EQ(commands(), 3u) << "a clock that goes wrong does not keep it fresh for ever";
}

TEST_F(WeatherDeskTest, ARepeatedLocationCausesOneCommand) {
    options_.answer_time_max = 500ms;  // nothing is under way any more
    EXPECT_FALSE(Wish("ann", "Pune"));
    clock_.Advance(1s);
    EXPECT_FALSE(Wish("ann", "Pune"));
    EXPECT_EQ(commands(), 1u);
    EXPECT_EQ(Count(WishOutcome::kRepeated), 1u);
    clock_.Advance(1s);
    EXPECT_FALSE(Wish("ann", "Pune"));
    EXPECT_EQ(commands(), 2u);
}

TEST_F(WeatherDeskTest, AFailedPublishIsToldAndForgotten) {
    bus_.refuses = true;
    EXPECT_FALSE(Wish(WishOf("ann", "Pune"), ShardId(3)));
    ASSERT_EQ(told_.size(), 1u);
    EXPECT_EQ(told_shards_, 1u << 3);
    EXPECT_EQ(told_[0].room, "weather.pune.IN");
    EXPECT_EQ(told_[0].reply.error, Failure::kSourceDown);
    EXPECT_GT(told_[0].reply.retry_at.value_or(0), clock_.WallNow());
    EXPECT_EQ(stats_.commands_failed.value(), 1u);
    bus_.refuses = false;
    EXPECT_FALSE(Wish("ann", "Pune")) << "neither held nor a repetition";
    EXPECT_EQ(commands(), 1u);
}

TEST_F(WeatherDeskTest, AnUnknownCityIsToldToItsAskersAndRemembered) {
    WeatherWish ann = WishOf("ann", "Springfield");
    ann.where.region = "Nowhere";
    EXPECT_FALSE(Wish(ann));
    Refuse("Springfield", Failure::kNoCity, "another gateway's");
    EXPECT_TRUE(told_.empty());
    Refuse("Springfield", Failure::kNoCity, "sid-ann");
    ASSERT_EQ(told_.size(), 1u);
    EXPECT_TRUE(told_[0].of_region);
    EXPECT_EQ(told_[0].region, "Nowhere");
    EXPECT_EQ(told_[0].reply.error, Failure::kNoCity);

    clock_.Advance(9min);
    WeatherWish bob = ann;
    bob.user_id = "bob";
    const auto refused = Wish(bob);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->error, Failure::kNoCity);
    EXPECT_EQ(commands(), 1u);
    bob.where.region = "Illinois";
    EXPECT_FALSE(Wish(bob)) << "another region may have it";
    EXPECT_EQ(commands(), 2u);
}

TEST_F(WeatherDeskTest, ALimitIsHeldUntilItsTime) {
    Wish("ann", "Pune");
    const WallMillis retry_at = clock_.WallNow() + 40'000;
    Refuse("Pune", Failure::kLimit, "sid-ann", retry_at);
    EXPECT_TRUE(told_.empty()) << "the route tells the room";
    clock_.Advance(39s);
    const auto refused = Wish("bob", "Pune");
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->error, Failure::kLimit);
    EXPECT_EQ(refused->retry_at, retry_at);
    WeatherWish warm = WishOf("cat", "Pune");
    warm.cold = false;
    EXPECT_FALSE(Wish(warm)) << "it has weather";
    EXPECT_EQ(commands(), 1u);
    clock_.Advance(2s);
    EXPECT_FALSE(Wish("bob", "Pune"));
    EXPECT_EQ(commands(), 2u);
}

TEST_F(WeatherDeskTest, WhoComesAtTheTimeItWasToldIsNotHeld) {
    Wish("ann", "Pune");
    const WallMillis retry_at = clock_.WallNow() + 3'000;
    Refuse("Pune", Failure::kLimit, "sid-ann", retry_at);
    clock_.Advance(2s);
    const auto refused = Wish("bob", "Pune");
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->retry_at, retry_at);
    clock_.Advance(1s);
    EXPECT_FALSE(Wish("ann", "Pune"));
    EXPECT_EQ(commands(), 2u);
}

TEST_F(WeatherDeskTest, NobodyIsToldATimeThatIsOver) {
    Wish("ann", "Pune");
    Refuse("Pune", Failure::kLimit, "sid-ann", clock_.WallNow() - 60'000);
    const auto refused = Wish("bob", "Pune");
    ASSERT_TRUE(refused);
    EXPECT_GT(refused->retry_at.value_or(0), clock_.WallNow());
    EXPECT_EQ(commands(), 1u);
}

TEST_F(WeatherDeskTest, ARoomWithMembersIsAskedForEveryHour) {
    Change("Pune", true, ShardId(0));
    Change("Pune", true, ShardId(1));
    Wish("ann", "Pune");
    Answer("Pune");
    SweepAfter(59min);
    EXPECT_EQ(commands(), 1u);
    SweepAfter(2min);
    ASSERT_EQ(commands(), 2u);
    EXPECT_EQ(bus_.published.back().key, "bff");
    SweepAfter(1s);
    EXPECT_EQ(commands(), 2u) << "one is under way";
    Answer("Pune");
    Change("Pune", false, ShardId(0));
    SweepAfter(61min);
    EXPECT_EQ(commands(), 3u) << "the other shard has members still";
    Answer("Pune");
    Change("Pune", false, ShardId(1));
    SweepAfter(61min);
    EXPECT_EQ(commands(), 3u);
    EXPECT_EQ(stats_.periodic.value(), 2u);
}

TEST_F(WeatherDeskTest, AnotherGatewaysCommandIsAsGood) {
    Change("Pune", true);
    Answer("Pune");
    SweepAfter(50min);
    Answer("Pune");
    SweepAfter(50min);
    EXPECT_EQ(commands(), 0u);
}

TEST_F(WeatherDeskTest, WhoWaitsInARoomIsServedWhenTheLimitIsOver) {
    Change("Pune", true);
    Wish("ann", "Pune");
    Refuse("Pune", Failure::kLimit, "sid-ann", clock_.WallNow() + 90'000);
    SweepAfter(61s);
    EXPECT_EQ(commands(), 1u);
    SweepAfter(30s);
    EXPECT_EQ(commands(), 2u);
}

TEST_F(WeatherDeskTest, NewCitiesHaveABudgetPerAddress) {
    options_.address_cities = {.per_second = 0.5, .burst = 3};
    Make();
    for (const char* const city : {"A", "B", "C"})
        EXPECT_FALSE(Wish(city, city));
    const auto refused = Wish("d", "D");
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->error, Failure::kRateLimited);
    EXPECT_EQ(refused->retry_at, clock_.WallNow() + 2'000);
    EXPECT_EQ(Count(WishOutcome::kAddressLimit), 1u);
    WeatherWish elsewhere = WishOf("d", "D");
    elsewhere.client = net::IpAddress::Parse("198.51.100.7").value();
    EXPECT_FALSE(Wish(elsewhere)) << "a refused wish is not remembered as said";
    EXPECT_FALSE(Wish("e", "A")) << "asked for already";
    Answer("A");
    clock_.Advance(11min);
    WeatherWish again = WishOf("f", "A");
    EXPECT_FALSE(Wish(again)) << "not new";
    EXPECT_EQ(commands(), 5u);
}

TEST_F(WeatherDeskTest, NewCitiesHaveABudgetInAll) {
    options_.total_cities = {.per_second = 0.1, .burst = 2};
    Make();
    for (int n = 0; n < 2; ++n)
        EXPECT_FALSE(Wish("u", "city " + std::to_string(n)));
    const auto refused = Wish("u", "city 3");
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->error, Failure::kRateLimited);
    EXPECT_EQ(refused->retry_at, clock_.WallNow() + 10'000);
    EXPECT_EQ(Count(WishOutcome::kTotalLimit), 1u);
    clock_.Advance(10s);
    EXPECT_FALSE(Wish("u", "city 3"));
}

TEST_F(WeatherDeskTest, LeavesNothingBehind) {
    for (int n = 0; n < 50; ++n) {
        const std::string city = "city " + std::to_string(n);
        Change(city, true);
        Wish("u" + city, city);
        if (n % 2 == 0) Answer(city);
        Change(city, false);
    }
    EXPECT_EQ(desk_->rooms(), 50u);
    SweepAfter(15s);
    EXPECT_EQ(desk_->rooms(), 25u) << "those that have weather are known";
    SweepAfter(2h);
    EXPECT_EQ(desk_->rooms(), 0u);
    EXPECT_EQ(stats_.rooms.value(), 0);
}

TEST_F(WeatherDeskTest, GarbageIsAnErrorAndChangesNothing) {
    Do([&] {
        for (const char* const payload :
             {"7",
              "null",
              "[]",
              "{}",
              "\"x\"",
              R"({"status":"success"})",
              R"({"status":"unavailable","reason":"timeout","timestamp":1})"}) {
            EXPECT_FALSE(desk_->OnEvent(payload).has_value()) << payload;
        }
    });
    EXPECT_EQ(desk_->rooms(), 0u);
    EXPECT_TRUE(told_.empty());
}

}  // namespace
}  // namespace flux::gateway
