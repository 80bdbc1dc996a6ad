// What people hear when all is well: what is asked, how often, and what is published.
#include "feeds/weather/weather_service.h"

#include "feeds/weather/weather_rig.h"

#include <gmock/gmock.h>

namespace flux::feeds {
namespace {

using contract::Failure;
using contract::ServiceState;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::HttpAnswer;
using ::testing::SizeIs;
using Weather = testing::WeatherRig;

TEST_F(Weather, AsksFieldByFieldAndPublishesWhatItGot) {
    With([](Weather& t) -> Task<> {
        const WallMillis before = t.clock.WallNow();
        const auto event = co_await t.Ask("Pune");
        const contract::WeatherUpdate update = t.Update(event);
        EXPECT_EQ(update.source, contract::WeatherSource::kApi);
        EXPECT_GE(update.timestamp, before);
        const contract::WeatherReading& data = update.data;
        EXPECT_EQ(data.city, "Pune");
        EXPECT_EQ(data.country, "IN");
        EXPECT_EQ(data.temperature_c, 31.42);
        EXPECT_EQ(data.condition, "scattered clouds");
        EXPECT_EQ(data.icon, "http://pages.example/weather/03d.svg");
        EXPECT_EQ(data.last_updated, "2026-03-20T14:50:01+05:30");
        EXPECT_GE(data.fetched_at, before);
        EXPECT_TRUE(data.air_quality.has_value());
        if (data.air_quality) {
            EXPECT_EQ(data.air_quality->pm2_5, 37.8);
            EXPECT_EQ(data.air_quality->us_epa_index, 3);
        }
        co_await t.Status(ServiceState::kLive);
    }(*this));
    EXPECT_THAT(
        targets,
        ElementsAre(
            "/owm/geo/1.0/direct?q=Pune,IN&limit=1&appid=hush-hush-key",
            "/owm/data/2.5/weather?lat=18.5214&lon=73.8545&units=metric&lang=en"
            "&appid=hush-hush-key",
            "/owm/data/2.5/air_pollution?lat=18.5214&lon=73.8545&appid=hush-hush-key"
        )
    );
    EXPECT_EQ(seen[kEvents][0].key, "");
}

TEST_F(Weather, FreshIsServedFromMemoryEachPartForItsOwnTime) {
    With([](Weather& t) -> Task<> {
        const auto first = t.Update(co_await t.Ask("Pune"));
        t.clock.Advance(10min - 1s);
        const auto second = t.Update(co_await t.Ask("pUNE"));
        EXPECT_EQ(second.source, contract::WeatherSource::kCache);
        EXPECT_EQ(second.data.city, "pUNE");  // as it was asked for
        EXPECT_EQ(second.data.fetched_at, first.data.fetched_at);
        EXPECT_EQ(t.Calls(), 3u);
        t.clock.Advance(1s);
        const auto third = t.Update(co_await t.Ask("Pune"));
        EXPECT_EQ(third.source, contract::WeatherSource::kApi);
        EXPECT_TRUE(third.data.air_quality.has_value());
        EXPECT_EQ(t.weather_calls, 2u);
        EXPECT_EQ(t.air_calls, 1u);
        t.clock.Advance(50min);
        co_await t.Ask("Pune");
        EXPECT_EQ(t.weather_calls, 3u);
        EXPECT_EQ(t.air_calls, 2u);
        EXPECT_EQ(t.geo_calls, 1u);
    }(*this));
    EXPECT_EQ(service->stats().served_memory.value(), 1u);
    EXPECT_EQ(service->stats().served_api.value(), 3u);
}

TEST_F(Weather, APlaceIsKeptForThirtyDays) {
    With([](Weather& t) -> Task<> {
        co_await t.Ask("Pune");
        t.clock.Advance(std::chrono::hours(30 * 24) - 1min);
        co_await t.Ask("Pune");
        EXPECT_EQ(t.geo_calls, 1u);
        t.clock.Advance(11min);
        co_await t.Ask("Pune");
        EXPECT_EQ(t.geo_calls, 2u);
    }(*this));
}

TEST_F(Weather, ManyAskersOfOneCityAreOneChainOfCallsAndOneEventPerSpelling) {
    Run([](Weather& t) -> Task<> {
        co_await t.Prepare();
        for (int i = 0; i < 40; ++i) {
            std::string city = i % 2 == 0 ? "Pune" : "PUNE";
            co_await t.Want(std::move(city), "socket-" + std::to_string(i));
        }
        co_await t.Start();  // the commands were there before
        auto handled = [&] { return t.service->stats().commands.value() == 40; };
        co_await t.Eventually(std::move(handled));
        co_await t.Events(2);
        co_await t.End();
    }(*this));
    EXPECT_EQ(Calls(), 3u);
    EXPECT_EQ(service->stats().commands_joined.value(), 39u);
    ASSERT_THAT(seen[kEvents], SizeIs(2));
    EXPECT_EQ(Update(Event(0)).data.city, "PUNE");
    EXPECT_EQ(Update(Event(1)).data.city, "Pune");
}

TEST_F(Weather, TwoTownsOfOneNameStayApart) {
    geo = [](const std::string& target) {
        const bool in_india = target.find(",IN") != std::string::npos;
        return HttpAnswer(
            200,
            in_india ? R"([{"lat":17.4,"lon":78.5,"country":"IN"}])"
                     : R"([{"lat":25.4,"lon":68.4,"country":"PK"}])"
        );
    };
    With([](Weather& t) -> Task<> {
        co_await t.Want("Hyderabad", "a", "India");
        co_await t.Events(1);
        EXPECT_EQ(t.Update(t.Newest()).data.country, "IN");
        co_await t.Want("Hyderabad", "b", "PK");
        co_await t.Events(2);
        EXPECT_EQ(t.Update(t.Newest()).data.country, "PK");
        co_await t.Want("Hyderabad", "c", "Middle-earth");  // no country: ignored
        co_await t.Events(3);
        EXPECT_EQ(t.Update(t.Newest()).data.country, std::nullopt);
        EXPECT_EQ(t.geo_calls, 3u);
        EXPECT_THAT(t.targets[6], HasSubstr("q=Hyderabad&limit=1"));
    }(*this));
}

TEST_F(Weather, ARegionDecidesBetweenCitiesOfOneName) {
    geo = [](const std::string&) {
        return HttpAnswer(
            200,
            R"([{"lat":39.8,"lon":-89.6,"country":"US","state":"Illinois"},)"
            R"({"lat":37.2,"lon":-93.3,"country":"US","state":"Missouri"}])"
        );
    };
    With([](Weather& t) -> Task<> {
        co_await t.Want("Springfield", "a", "US", "Missouri");
        co_await t.Events(1);
        EXPECT_THAT(t.targets[0], HasSubstr("q=Springfield,US&limit=5"));
        EXPECT_THAT(t.targets[1], HasSubstr("lat=37.2000&lon=-93.3000"));
    }(*this));
}

TEST_F(Weather, NamesOfEveryScriptAreEscaped) {
    With([](Weather& t) -> Task<> {
        co_await t.Want("पुणे, \"&appid=x#/..", "a", std::nullopt);
        co_await t.Events(1);
        EXPECT_THAT(
            t.targets[0],
            HasSubstr("?q=%E0%A4%AA%E0%A5%81%E0%A4%A3%E0%A5%87%20%20%22%26appid%3Dx%23%2F..&limit=1"
            )
        );
        EXPECT_EQ(t.Update(t.Newest()).data.city, "पुणे, \"&appid=x#/..");
    }(*this));
}

TEST_F(Weather, AnUnknownCityIsToldToEachAskerAndRememberedForTenMinutes) {
    geo = [](const std::string&) { return HttpAnswer(200, "[]"); };
    With([](Weather& t) -> Task<> {
        const auto first = t.Unavailable(co_await t.Ask("Atlantis", "socket-1"));
        EXPECT_EQ(first.error, Failure::kNoCity);
        EXPECT_EQ(first.reply_to, "socket-1");
        EXPECT_EQ(first.city, "Atlantis");
        EXPECT_EQ(first.country, "IN");
        EXPECT_EQ(first.message, "no city called Atlantis is known in IN; look at the spelling");
        const auto second = t.Unavailable(co_await t.Ask("Atlantis", "socket-2"));
        EXPECT_EQ(second.reply_to, "socket-2");
        EXPECT_EQ(t.geo_calls, 1u);
        t.clock.Advance(10min);
        co_await t.Ask("Atlantis");
        EXPECT_EQ(t.geo_calls, 2u);
        EXPECT_EQ(t.weather_calls, 0u);
        co_await t.Status(ServiceState::kLive);
    }(*this));
    EXPECT_EQ(service->stats().places_unknown.value(), 2u);
}

TEST_F(Weather, AnUnknownCityMayAlsoBeAnswered404Or400) {
    With([](Weather& t) -> Task<> {
        t.geo = [](const std::string&) {
            return HttpAnswer(404, R"({"cod":"404","message":"city not found"})");
        };
        EXPECT_EQ(t.Unavailable(co_await t.Ask("Atlantis")).error, Failure::kNoCity);
        t.geo = [](const std::string&) {
            return HttpAnswer(400, R"({"cod":"400","message":"Nothing to geocode"})");
        };
        EXPECT_EQ(t.Unavailable(co_await t.Ask("?")).error, Failure::kNoCity);
        EXPECT_EQ(t.service->stats().openweather.breaker_opened.value(), 0u);
    }(*this));
}

TEST_F(Weather, EveryAskerOfAnUnknownCityHearsOfIt) {
    geo = [](const std::string&) { return HttpAnswer(200, "[]"); };
    Run([](Weather& t) -> Task<> {
        co_await t.Prepare();
        for (int i = 0; i < 5; ++i)
            co_await t.Want("Atlantis", "socket-" + std::to_string(i));
        co_await t.Start();
        co_await t.Events(5);
        co_await t.End();
    }(*this));
    std::set<std::string> told;
    for (std::size_t i = 0; i < 5; ++i)
        told.insert(Unavailable(Event(i)).reply_to);
    EXPECT_THAT(told, ElementsAre("socket-0", "socket-1", "socket-2", "socket-3", "socket-4"));
    EXPECT_EQ(geo_calls, 1u);
}

TEST_F(Weather, MalformedCommandsAreCountedAndDelayNobody) {
    With([](Weather& t) -> Task<> {
        for (const std::string bad :
             {"",
              "garbage",
              "[]",
              "{}",
              R"({"topGainers":{}})",
              R"({"event":"locationUpdate"})",
              R"({"event":"locationUpdate","userId":"u","data":{"city":7},"timestamp":"2026-03-20T09:14:03Z"})"}) {
            co_await t.Publish(t.kCommands, "socket-1", bad);
        }
        co_await t.Ask("Pune");
        EXPECT_EQ(t.service->stats().commands_malformed.value(), 7u);
        EXPECT_EQ(t.seen[t.kEvents].size(), 1u);
    }(*this));
}

TEST_F(Weather, CommandsThatLayTooLongAreSkipped) {
    Run([](Weather& t) -> Task<> {
        co_await t.Prepare();
        co_await t.Want("Goa");
        t.clock.Advance(11min);
        co_await t.Start();
        co_await t.Ask("Pune");
        co_await t.End();
    }(*this));
    EXPECT_EQ(service->stats().commands_old.value(), 1u);
    EXPECT_EQ(geo_calls, 1u);
}

TEST_F(Weather, WhatOneInstanceKnowsAnotherFindsInTheCache) {
    testing::MapCache shared;
    cache = &shared;
    With([](Weather& t) -> Task<> {
        const auto first = t.Update(co_await t.Ask("Pune"));
        co_await t.service->Stop();
        co_await t.Start();
        const auto second = t.Update(co_await t.Ask("pune"));
        EXPECT_EQ(second.source, contract::WeatherSource::kCache);
        EXPECT_EQ(second.data.fetched_at, first.data.fetched_at);
        EXPECT_EQ(second.data.city, "pune");
        EXPECT_EQ(t.Calls(), 3u);
        t.clock.Advance(10min);
        co_await t.Ask("Pune");  // place and air come from the cache
        EXPECT_EQ(t.Calls(), 4u);
    }(*this));
    EXPECT_EQ(shared.lifetimes.at("weather:pune:IN"), 6h);
    EXPECT_EQ(shared.lifetimes.at("weather:air:pune:IN"), 1h);
    EXPECT_EQ(shared.lifetimes.at("geo:pune::IN"), std::chrono::hours(30 * 24));
    EXPECT_TRUE(contract::DecodeWeatherReading(shared.values.at("weather:pune:IN")));
}

TEST_F(Weather, ACacheThatIsAwayOrHoldsNonsenseIsPassedOver) {
    testing::MapCache shared;
    cache = &shared;
    for (const std::string key : {"weather:pune:IN", "weather:air:pune:IN", "geo:pune::IN"})
        shared.values[key] = R"({"lat":1000,"lon":"x","at":1,"fetchedAt":99999999999999})";
    With([](Weather& t) -> Task<> {
        co_await t.Ask("Pune");
        EXPECT_EQ(t.Calls(), 3u);
        static_cast<testing::MapCache*>(t.cache)->away = true;
        co_await t.Ask("Goa");
        EXPECT_EQ(t.Calls(), 6u);
    }(*this));
}

TEST_F(Weather, TwoInstancesShareTheCommands) {
    options.calls_per_minute = 6'000;
    With([](Weather& t) -> Task<> {
        WeatherService other(t.shard, t.bus(), t.options, t.metrics, 2);
        const auto started = co_await other.Start();
        EXPECT_TRUE(started);
        for (int i = 0; i < 60; ++i)
            co_await t.Want("City " + std::to_string(i), "socket-" + std::to_string(i));
        co_await t.Events(60);
        const auto here = t.service->stats().commands.value();
        const auto there = other.stats().commands.value();
        EXPECT_GT(here, 0u);
        EXPECT_GT(there, 0u);
        EXPECT_EQ(here + there, 60u);
        co_await other.Stop();
    }(*this));
    EXPECT_THAT(seen[kEvents], SizeIs(60));
    EXPECT_EQ(weather_calls, 60u);
}

TEST_F(Weather, WhatOneInstanceHasAskedForAnotherKnows) {
    With([](Weather& t) -> Task<> {
        WeatherService other(t.shard, t.bus(), t.options, t.metrics, 2);
        const auto started = co_await other.Start();
        EXPECT_TRUE(started);
        for (int i = 0; i < 12; ++i)  // spread over the partitions, so over both
            co_await t.Ask("Pune", "socket-" + std::to_string(i));
        EXPECT_GT(t.service->stats().commands.value(), 0u);
        EXPECT_GT(other.stats().commands.value(), 0u);
        co_await other.Stop();
    }(*this));
    EXPECT_EQ(Calls(), 3u);
}

TEST_F(Weather, TwoInstancesThatAreAskedForOneCityAtOnceAskTheSourceOnce) {
    testing::MapCache shared;
    cache = &shared;
    options.retry_first = 400ms;  // so long the first question takes
    geo = [this](const std::string&) {
        return geo_calls == 1 ? std::string() : HttpAnswer(200, GeoBody());
    };
    With([](Weather& t) -> Task<> {
        WeatherService other(t.shard, t.bus(), t.options, t.metrics, 2, t.cache);
        const auto started = co_await other.Start();
        EXPECT_TRUE(started);
        for (int i = 0; i < 12; ++i)  // spread over the partitions, so over both
            co_await t.Want("Pune", "socket-" + std::to_string(i));
        auto all = [&] {
            return t.service->stats().commands.value() + other.stats().commands.value() == 12;
        };
        const bool came = co_await t.Eventually(std::move(all));
        EXPECT_TRUE(came);
        EXPECT_GT(t.service->stats().commands.value(), 0u);
        EXPECT_GT(other.stats().commands.value(), 0u);
        co_await t.Events(2);
        EXPECT_EQ(
            t.service->stats().left_to_another.value() + other.stats().left_to_another.value(), 1u
        );
        co_await other.Stop();
    }(*this));
    EXPECT_EQ(Calls(), 4u);  // with the one that was lost
    EXPECT_FALSE(shared.values.contains("lease:weather:pune:IN"));
}

TEST_F(Weather, AnInstanceThatDiedWhileItAskedKeepsNobodyWaitingForLong) {
    testing::MapCache shared;
    cache = &shared;
    shared.values["lease:weather:pune:IN"] = EncodeRank(1) + "taken";
    With([](Weather& t) -> Task<> {
        const SteadyTime before = t.clock.Now();
        t.Update(co_await t.Ask("Pune"));
        EXPECT_LT(t.clock.Now() - before, 6s);
    }(*this));
    EXPECT_EQ(Calls(), 3u);
}

TEST_F(Weather, TheKeyIsOnTheRequestsAndNowhereElse) {
    weather = [](const std::string& target) { return HttpAnswer(401, "you sent " + target); };
    ::testing::internal::CaptureStderr();
    With([](Weather& t) -> Task<> {
        co_await t.Ask("Pune");
        co_await t.Status(ServiceState::kDegraded);
    }(*this));
    const std::string log = ::testing::internal::GetCapturedStderr();
    EXPECT_THAT(targets[1], HasSubstr(options.key));
    EXPECT_EQ(log.find(options.key), std::string::npos) << log;
    EXPECT_THAT(log, HasSubstr("you sent"));
    for (const auto& [topic, records] : seen) {
        for (const auto& record : records)
            EXPECT_EQ(record.payload.find(options.key), std::string::npos);
    }
    EXPECT_EQ(metrics.Scrape().find(options.key), std::string::npos);
}

}  // namespace
}  // namespace flux::feeds
