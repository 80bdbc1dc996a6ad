// A client says where it is: rooms, commands, weather, errors.
#include "contract/commands.h"
#include "gateway/platform_fixture.h"
#include "gateway/uuid.h"

#include <algorithm>

namespace flux::gateway {
namespace {

using namespace testing;
using contract::Failure;
using net::testing::Eventually;

contract::ErrorReply ErrorOf(const std::string& argument) {
    const auto reply = contract::DecodeErrorReply(argument);
    EXPECT_TRUE(reply.has_value()) << argument;
    return reply ? *reply : contract::ErrorReply();
}

TEST_F(PlatformTest, AColdClientHearsLoadingAndThenItsWeather) {
    Start();
    const auto page = Page("ann");
    page->Emit(R"(["userLocationUpdate",{"city":" Pune ","region":"Maharashtra","country":"India",)"
               R"("lat":18.5,"lon":"73.8","ip":"203.0.113.24"}])");
    const Heard loading = Next(*page);
    EXPECT_EQ(loading.name, "weatherLoading");
    EXPECT_NE(loading.argument.find(R"("status":"loading")"), std::string::npos);

    const auto commands = AwaitPublished(kWeatherCommands, 1);
    EXPECT_EQ(commands[0].key, page->sid());
    const auto command = contract::DecodeWeatherFetch(commands[0].payload.view());
    ASSERT_TRUE(command.has_value()) << command.error().context;
    EXPECT_EQ(command->user_id, "ann");
    EXPECT_EQ(command->place.city, "Pune");
    EXPECT_EQ(command->place.region, "Maharashtra");
    EXPECT_EQ(commands[0].payload.view().find("18.5"), std::string_view::npos);
    EXPECT_EQ(commands[0].payload.view().find("203.0"), std::string_view::npos);

    Publish(kWeatherEvents, std::nullopt, contract::Golden("weather_event"));
    const Heard weather = Next(*page);
    EXPECT_EQ(weather.name, "weather.Pune.update");
    EXPECT_EQ(weather.argument, contract::Golden("weather_update"));
}

TEST_F(PlatformTest, ALocationIsAcknowledgedWithItsRooms) {
    Start();
    const auto page = Page();
    EXPECT_EQ(
        page->Ask(Location("PUNE", "India")),
        R"([{"status":"success","rooms":)"
        R"(["weather.pune.IN","crypto.global","news.global","stock.global"]}])"
    );
}

TEST_F(PlatformTest, ManyColdClientsCauseOneCommand) {
    Start();
    std::vector<std::unique_ptr<RawClient>> pages;
    for (int n = 0; n < 40; ++n) {
        pages.push_back(Page());
        pages.back()->Emit(Location(n % 2 == 0 ? "Pune" : "PUNE"));
    }
    for (const auto& page : pages)
        EXPECT_EQ(Next(*page).name, "weatherLoading");
    EXPECT_GT(gateway_->ShardStatsOf(0).sessions.value(), 0u);
    EXPECT_GT(gateway_->ShardStatsOf(1).sessions.value(), 0u);
    AwaitPublished(kWeatherCommands, 1);
    PublishWeather("Pune");
    for (const auto& page : pages)
        EXPECT_EQ(Next(*page).name, "weather.Pune.update") << "a push carries the command's";
    // Who comes now finds it, and asks nobody.
    const auto late = Page();
    late->Emit(Location("pUnE"));
    const Heard weather = Next(*late);
    EXPECT_EQ(weather.name, "weather.pUnE.update") << "an answer carries the asker's";
    EXPECT_NE(weather.argument.find(R"("city":"pUnE")"), std::string::npos);
    Drain(*late);
    AwaitPublished(kWeatherCommands, 1);
    const auto& fresh =
        gateway_->desk_stats().wishes[static_cast<std::size_t>(WishOutcome::kFresh)];
    EXPECT_TRUE(Eventually([&] { return fresh.value() == 1; }));
}

TEST_F(PlatformTest, TheSameLocationWithinTwoSecondsCausesOneCommand) {
    options_.desk.answer_time_max = 50ms;  // so that nothing is under way any more
    options_.desk.dedup_window = 60s;
    Start();
    const auto one = Page("ann");
    const auto other = Page("ann");  // her other tab
    for (int n = 0; n < 3; ++n) {
        for (RawClient* const page : {one.get(), other.get()}) {
            page->Emit(Location("Pune"));
            Await(*page, "weatherError");  // nobody answers
        }
    }
    AwaitPublished(kWeatherCommands, 1);
    one->Emit(Location("Delhi"));
    Await(*one, "weatherError");
    AwaitPublished(kWeatherCommands, 2);
}

TEST_F(PlatformTest, AClientThatMovesLeavesTheOldRoom) {
    Start();
    const auto page = Page();
    page->Emit(Location("Pune"));
    EXPECT_EQ(Next(*page).name, "weatherLoading");
    page->Emit(Location("Delhi"));
    EXPECT_EQ(Next(*page).name, "weatherLoading");
    PublishWeather("Pune");
    PublishWeather("Delhi");
    EXPECT_EQ(Next(*page).name, "weather.Delhi.update");
    EXPECT_EQ(WeatherRooms(), 1);
    // And one that is where it was hears its weather again.
    page->Emit(Location("Delhi"));
    EXPECT_EQ(Next(*page).name, "weather.Delhi.update");
    EXPECT_EQ(WeatherRooms(), 1);
}

TEST_F(PlatformTest, NothingIsLeftBehindWhenClientsGo) {
    options_.desk.weather_interval = 50ms;
    Start();
    {
        std::vector<std::unique_ptr<RawClient>> pages;
        for (int n = 0; n < 8; ++n) {
            pages.push_back(Page());
            pages.back()->Ask(Location("City " + std::to_string(n)));
        }
        EXPECT_EQ(WeatherRooms(), 8);
    }
    ASSERT_TRUE(Eventually([&] { return WeatherRooms() == 0; }));
    for (int n = 0; n < 8; ++n)
        PublishWeather("City " + std::to_string(n));
    ASSERT_TRUE(Eventually([&] { return gateway_->desk_stats().rooms.value() == 0; }));
    EXPECT_EQ(gateway_->desk_stats().periodic.value(), 0u);
}

TEST_F(PlatformTest, ARoomWithMembersIsAskedForAgainAndAgain) {
    options_.desk.weather_interval = 100ms;
    Start();
    const auto page = Page();
    page->Ask(Location("Pune"));
    AwaitPublished(kWeatherCommands, 1);
    for (int round = 0; round < 3; ++round) {
        const std::size_t before = Records(kWeatherCommands).size();
        PublishWeather("Pune", round);
        ASSERT_TRUE(Eventually([&] { return Records(kWeatherCommands).size() > before; }));
    }
    for (const bus::Message& command : Records(kWeatherCommands)) {
        if (command.key == page->sid()) continue;
        EXPECT_EQ(command.key, "bff");
        EXPECT_TRUE(contract::DecodeWeatherFetch(command.payload.view()).has_value());
    }
}

TEST_F(PlatformTest, AClientThatSaysNothingGetsTheDefaultCity) {
    options_.desk.default_city = "Agra, India";
    Start();
    const auto page = Page();
    EXPECT_NE(page->Ask(R"(["userLocationUpdate",{}])").find("weather.agra.IN"), std::string::npos);
    const auto commands = AwaitPublished(kWeatherCommands, 1);
    EXPECT_NE(commands[0].payload.view().find(R"("city":"Agra")"), std::string_view::npos);
}

TEST_F(PlatformTest, AnUnknownCityIsToldToItsAskersAlone) {
    Start();
    const auto asker = Page();
    const auto same = Page();
    const auto other = Page();
    const std::string nowhere =
        R"(["userLocationUpdate",{"city":"Springfield","region":"Nowhere","country":"IN"}])";
    asker->Emit(nowhere);
    Await(*asker, "weatherLoading");
    AwaitPublished(kWeatherCommands, 1);
    same->Emit(nowhere);
    Await(*same, "weatherLoading");
    other->Emit(Location("Springfield"));
    Await(*other, "weatherLoading");
    Drain(*other);

    const auto no_city = Unavailable("Springfield", Failure::kNoCity, asker->sid());
    Publish(kWeatherEvents, std::nullopt, contract::Encode(no_city));
    for (RawClient* const page : {asker.get(), same.get()}) {
        const contract::ErrorReply reply = ErrorOf(Await(*page, "weatherError"));
        EXPECT_EQ(reply.error, Failure::kNoCity);
        EXPECT_EQ(reply.message, "for a reason");
        EXPECT_EQ(reply.city, "Springfield");
    }
    // The other one, who named no region, has its own command and then its weather.
    const auto commands = AwaitPublished(kWeatherCommands, 2);
    const auto second = std::find_if(commands.begin(), commands.end(), [&](const auto& command) {
        return command.key == other->sid();
    });
    ASSERT_NE(second, commands.end());
    PublishWeather("Springfield");
    EXPECT_EQ(Next(*other).name, "weather.Springfield.update");
    // Those who were refused are in its room no more.
    for (RawClient* const page : {asker.get(), same.get()})
        EXPECT_TRUE(Drain(*page).empty());
}

TEST_F(PlatformTest, ASourceThatIsDownIsToldToTheRoomAndSpoilsNothing) {
    Start();
    const auto first = Page();
    first->Emit(Location("Pune"));
    Await(*first, "weatherLoading");
    PublishWeather("Pune", 21);
    Await(*first, "weather.Pune.update");

    auto down = Unavailable("Pune", Failure::kSourceDown, "of another gateway");
    down.retry_at = SystemClock::Instance().WallNow() + 60'000;
    Publish(kWeatherEvents, std::nullopt, contract::Encode(down));
    const Heard error = Next(*first);
    EXPECT_EQ(error.name, "weatherError");
    EXPECT_EQ(ErrorOf(error.argument).error, Failure::kSourceDown);
    EXPECT_EQ(ErrorOf(error.argument).retry_at, down.retry_at);
    // Whoever comes now gets the good weather, and no error.
    const auto second = Page();
    second->Ask(Location("Pune"));
    const Heard weather = Next(*second);
    EXPECT_EQ(weather.name, "weather.Pune.update");
    EXPECT_NE(weather.argument.find("\"temperatureC\":21"), std::string::npos);
}

TEST_F(PlatformTest, WhoWaitsForALimitIsToldUntilWhen) {
    Start();
    const auto first = Page();
    first->Emit(Location("Pune"));
    AwaitPublished(kWeatherCommands, 1);
    auto limit = Unavailable("Pune", Failure::kLimit, first->sid());
    limit.retry_at = SystemClock::Instance().WallNow() + 60'000;
    Publish(kWeatherEvents, std::nullopt, contract::Encode(limit));
    EXPECT_EQ(Next(*first).name, "weatherLoading");
    EXPECT_EQ(ErrorOf(Next(*first).argument).error, Failure::kLimit);
    const auto second = Page();
    second->Emit(Location("Pune"));
    EXPECT_EQ(Next(*second).name, "weatherLoading");
    const contract::ErrorReply reply = ErrorOf(Await(*second, "weatherError"));
    EXPECT_EQ(reply.error, Failure::kLimit);
    EXPECT_EQ(reply.retry_at, limit.retry_at);
    EXPECT_EQ(Records(kWeatherCommands).size(), 1u);
}

TEST_F(PlatformTest, AServiceThatDoesNotAnswerIsToldToWhoWaits) {
    options_.desk.answer_time_max = 50ms;
    Start();
    const auto page = Page();
    page->Emit(Location("Pune"));
    EXPECT_EQ(Next(*page).name, "weatherLoading");
    const contract::ErrorReply silent = ErrorOf(Await(*page, "weatherError"));
    EXPECT_EQ(silent.error, Failure::kSourceDown);
    EXPECT_EQ(silent.city, "Pune");
    EXPECT_GT(silent.retry_at.value_or(0), SystemClock::Instance().WallNow());
    PublishStatus("weather", contract::ServiceState::kNoKey, Failure::kNoKey);
    page->Emit(Location("Delhi"));
    const contract::ErrorReply no_key = ErrorOf(Await(*page, "weatherError"));
    EXPECT_EQ(no_key.error, Failure::kNoKey);
    EXPECT_EQ(no_key.message, "its reason");
    // It is in the room still: late weather is weather.
    PublishWeather("Delhi");
    Await(*page, "weather.Delhi.update");
}

TEST_F(PlatformTest, WhoComesAgainWaitsItsWholeTime) {
    options_.desk.answer_time_max = 600ms;
    Start();
    const auto springfield = [](const std::string& region) {
        return R"(["userLocationUpdate",{"city":"Springfield","region":")" + region +
               R"(","country":"IN"}])";
    };
    const auto first = Page();
    first->Emit(springfield("Nowhere"));
    AwaitPublished(kWeatherCommands, 1);
    const auto no_city = Unavailable("Springfield", Failure::kNoCity, first->sid());
    Publish(kWeatherEvents, std::nullopt, contract::Encode(no_city));
    Await(*first, "weatherError");
    const auto page = Page();
    const SteadyTime asked = SystemClock::Instance().Now();
    page->Emit(springfield("Nowhere"));
    EXPECT_EQ(ErrorOf(Await(*page, "weatherError")).error, Failure::kNoCity);
    // It comes back before its first wait would have ended; nobody answers the second.
    EXPECT_TRUE(net::testing::Eventually([&] {
        return SystemClock::Instance().Now() > asked + options_.desk.answer_time_max / 2;
    }));
    const SteadyTime again = SystemClock::Instance().Now();
    page->Emit(springfield("Illinois"));
    EXPECT_EQ(ErrorOf(Await(*page, "weatherError")).error, Failure::kSourceDown);
    EXPECT_GE(SystemClock::Instance().Now() - again, options_.desk.answer_time_max);
}

TEST_F(PlatformTest, ASessionHasABudgetOfNewCities) {
    options_.desk.session_cities = {.per_second = 0.01, .burst = 2};
    Start();
    const auto page = Page();
    for (const char* const city : {"A", "B", "C"})
        page->Emit(Location(city));
    const contract::ErrorReply reply = ErrorOf(Await(*page, "weatherError"));
    EXPECT_EQ(reply.error, Failure::kRateLimited);
    EXPECT_EQ(reply.city, "C");
    EXPECT_GT(reply.retry_at.value_or(0), SystemClock::Instance().WallNow() + 50'000);
    AwaitPublished(kWeatherCommands, 2);
    // Known cities cost nothing.
    PublishWeather("A");
    AwaitRecords(kWeatherEvents, 1);
    page->Emit(Location("A"));
    Await(*page, "weather.A.update");
}

TEST_F(PlatformTest, AnAddressHasABudgetOfNewCities) {
    options_.desk.address_cities = {.per_second = 0.01, .burst = 3};
    Start();
    std::vector<std::unique_ptr<RawClient>> pages;
    for (int n = 0; n < 3; ++n) {
        pages.push_back(Page());
        pages.back()->Emit(Location("City " + std::to_string(n)));
        AwaitPublished(kWeatherCommands, static_cast<std::size_t>(n) + 1);
    }
    const auto page = Page();
    page->Emit(Location("City 3"));
    EXPECT_EQ(ErrorOf(Await(*page, "weatherError")).error, Failure::kRateLimited);
    EXPECT_EQ(Records(kWeatherCommands).size(), 3u);
    page->Emit(Location("City 0"));  // asked for already
    Drain(*page);
    PublishWeather("City 0");
    Await(*page, "weather.City 0.update");
}

TEST_F(PlatformTest, TheCacheHasTheWeatherOfAColdGateway) {
    UseMemoryCache();
    Start();
    const auto set = [&]() -> Task<bool> {
        cache::Cache& cache = caches_->Of(ShardId(0));
        cache.Set("weather:pune:IN", contract::Encode(Weather("Pune").data), 60s);
        auto old = Weather("Delhi").data;
        old.fetched_at -= Milliseconds(7h).count();
        cache.Set("weather:delhi:IN", contract::Encode(old), 60s);
        cache.Set("weather:agra:IN", contract::Encode(Weather("Pune").data), 60s);
        co_return true;
    };
    RunOn((*shards_)[0], set());
    const auto page = Page();
    page->Emit(Location("PUNE"));
    Await(*page, "weather.PUNE.update");
    Drain(*page);
    for (const char* const city : {"Delhi", "Agra"})
        page->Emit(Location(city));
    ASSERT_TRUE(Eventually([&] { return Sum(&GatewayShardStats::cache_rejected) == 2; }))
        << "too old, and another city's";
    PublishWeather("Agra");
    EXPECT_EQ(Next(*page).name, "weatherLoading");
    EXPECT_EQ(Next(*page).name, "weatherLoading");
    EXPECT_EQ(Next(*page).name, "weather.Agra.update");
}

TEST_F(PlatformTest, APageThatComesBackIsInTheRoomOfItsCity) {
    socketio_options_.recovery = socketio::RecoveryOffer::kOptIn;
    Start();
    std::string pid;
    std::string sid;
    {
        RawClient page(port_, R"({"recover":true})");
        sid = page.sid();
        pid = page.pid();
        ASSERT_NE(pid, "");
        page.Ask(Location("PUNE"));
        PublishWeather("Pune", 1);
        Await(page, "weather.Pune.update");
        EXPECT_EQ(WeatherRooms(), 1);
    }
    ASSERT_TRUE(Eventually([&] { return WeatherRooms() == 0; }));
    RawClient back(port_, R"({"recover":true,"pid":")" + pid + "\"}");
    ASSERT_EQ(back.sid(), sid) << "it goes on";
    EXPECT_EQ(Next(back).name, "session:init");
    EXPECT_EQ(WeatherRooms(), 1);
    PublishWeather("Pune", 2);
    Await(back, "weather.Pune.update");
    // And it leaves that room when it moves.
    back.Ask(Location("Delhi"));
    EXPECT_EQ(WeatherRooms(), 1);
    PublishWeather("Pune", 3);
    PublishWeather("Delhi", 4);
    AwaitRecords(kWeatherEvents, 4);
    for (const Heard& heard : Drain(back))
        EXPECT_NE(heard.name, "weather.Pune.update");
}

TEST_F(PlatformTest, OldWeatherIsNotGivenToWhoComes) {
    Start();
    auto old = Weather("Pune", 11);
    old.data.fetched_at -= Milliseconds(7h).count();
    Publish(kWeatherEvents, std::nullopt, contract::Encode(old));
    AwaitRecords(kWeatherEvents, 1);
    const auto page = Page();
    page->Emit(Location("Pune"));
    EXPECT_EQ(Next(*page).name, "weatherLoading");
}

}  // namespace
}  // namespace flux::gateway
