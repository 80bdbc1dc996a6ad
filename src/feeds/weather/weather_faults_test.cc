// What people hear when the source misbehaves, and how it heals.
#include "feeds/weather/weather_rig.h"

#include <gmock/gmock.h>

#include <set>

namespace flux::feeds {
namespace {

using contract::Failure;
using contract::ServiceState;
using ::testing::HasSubstr;
using testing::HttpAnswer;
using ::testing::SizeIs;
using WeatherFaults = testing::WeatherRig;

TEST_F(WeatherFaults, WithoutAKeyItStartsWarnsAndSaysSo) {
    options.key.clear();
    Run([](WeatherFaults& t) -> Task<> {
        co_await t.Prepare();
        co_await t.Start();
        const auto status = co_await t.Status(ServiceState::kNoKey);
        EXPECT_EQ(status.error, Failure::kNoKey);
        co_await t.Want("Pune");
        co_await t.Events(1);
        const auto event = std::get<contract::WeatherUnavailable>(
            contract::DecodeWeatherEvent(t.seen[t.kEvents][0].payload).value()
        );
        EXPECT_EQ(event.error, Failure::kNoKey);
        EXPECT_EQ(event.reply_to, "socket-1");
        EXPECT_THAT(event.message, HasSubstr("key"));
        co_await t.End();
    }(*this));
    EXPECT_EQ(Calls(), 0u);
}

TEST_F(WeatherFaults, ARefusedKeyIsNamedAndNotTriedForEver) {
    geo = [](const std::string&) {
        return HttpAnswer(401, R"({"cod":401,"message":"Invalid API key."})");
    };
    With([](WeatherFaults& t) -> Task<> {
        for (int i = 0; i < 3; ++i) {
            const auto event = t.Unavailable(co_await t.Ask("City " + std::to_string(i)));
            EXPECT_EQ(event.error, Failure::kKeyRefused);
            EXPECT_EQ(event.reason, "api_error");
        }
        const auto fourth = t.Unavailable(co_await t.Ask("City 4"));
        EXPECT_EQ(fourth.error, Failure::kKeyRefused);
        EXPECT_EQ(fourth.reason, "circuit_open");
        EXPECT_TRUE(fourth.retry_at.has_value());
        EXPECT_EQ(t.Calls(), 3u);
        const auto status = co_await t.Status(ServiceState::kDown);
        EXPECT_EQ(status.error, Failure::kKeyRefused);
    }(*this));
}

TEST_F(WeatherFaults, A429WithRetryAfterIsHonoured) {
    weather = [](const std::string&) {
        return HttpAnswer(429, R"({"cod":429,"message":"blocked"})", "Retry-After: 90\r\n");
    };
    With([](WeatherFaults& t) -> Task<> {
        const auto event = t.Unavailable(co_await t.Ask("Pune"));
        EXPECT_EQ(event.error, Failure::kLimit);
        EXPECT_GT(event.retry_at.value_or(0), t.clock.WallNow() + 80'000);
        EXPECT_LE(event.retry_at.value_or(0), t.clock.WallNow() + 90'000);
        const auto status = co_await t.Status(ServiceState::kDegraded);
        EXPECT_EQ(status.error, Failure::kLimit);
        t.weather = {};
        const std::size_t before = t.Calls();
        EXPECT_EQ(t.Unavailable(co_await t.Ask("Goa")).error, Failure::kLimit);
        EXPECT_EQ(t.Calls(), before);
        t.clock.Advance(90s);
        t.Update(co_await t.Ask("Pune"));
        co_await t.Status(ServiceState::kLive);
    }(*this));
    EXPECT_EQ(service->stats().openweather.breaker_opened.value(), 0u);
}

TEST_F(WeatherFaults, A429ThatSaysNothingIsLeftAloneForAMinute) {
    geo = [](const std::string&) { return HttpAnswer(429, R"({"cod":429})"); };
    With([](WeatherFaults& t) -> Task<> {
        const auto event = t.Unavailable(co_await t.Ask("Pune"));
        EXPECT_EQ(event.error, Failure::kLimit);
        EXPECT_GT(event.retry_at.value_or(0), t.clock.WallNow() + 50'000);
        t.geo = {};
        t.clock.Advance(59s);
        co_await t.Ask("Pune");
        EXPECT_EQ(t.Calls(), 1u);
        t.clock.Advance(1s);
        t.Update(co_await t.Ask("Pune"));
    }(*this));
}

TEST_F(WeatherFaults, FailuresOpenTheBreakerAndOneCallTriesAfterAMinute) {
    weather = [](const std::string&) { return HttpAnswer(500, "<h1>Internal error</h1>"); };
    With([](WeatherFaults& t) -> Task<> {
        co_await t.Ask("Pune");
        co_await t.Ask("Pune");
        const auto third = t.Unavailable(co_await t.Ask("Pune"));
        EXPECT_EQ(third.error, Failure::kSourceDown);
        EXPECT_EQ(third.reason, "api_error");
        EXPECT_EQ(t.weather_calls, 6u);  // each was tried twice
        const auto status = co_await t.Status(ServiceState::kDown);
        EXPECT_EQ(status.error, Failure::kSourceDown);
        EXPECT_GT(status.retry_at.value_or(0), t.clock.WallNow() + 50'000);
        const auto open = t.Unavailable(co_await t.Ask("Pune"));
        EXPECT_EQ(open.reason, "circuit_open");
        EXPECT_EQ(open.error, Failure::kSourceDown);
        EXPECT_EQ(open.retry_at, status.retry_at);
        t.clock.Advance(60s);
        co_await t.Ask("Pune");  // half-open: one exchange, which fails
        EXPECT_EQ(t.weather_calls, 7u);
        EXPECT_EQ(t.Unavailable(co_await t.Ask("Pune")).reason, "circuit_open");
        t.weather = {};
        t.clock.Advance(60s);
        t.Update(co_await t.Ask("Pune"));
        co_await t.Status(ServiceState::kLive);
    }(*this));
}

TEST_F(WeatherFaults, WhatCannotBeReadIsBadData) {
    const std::string whole = WeatherBody();
    const std::vector<std::string> bodies{
        "<html><body>hello</body></html>",
        whole.substr(0, whole.size() / 2),
        "",
        "null",
        R"({"cod":200})",
        R"({"main":{"temp":null}})"};
    options.breaker_failures = 100;
    With([](WeatherFaults& t, const std::vector<std::string>& all) -> Task<> {
        for (const std::string& body : all) {
            t.weather = [body](const std::string&) { return HttpAnswer(200, body); };
            const auto event = t.Unavailable(co_await t.Ask("Pune"));
            EXPECT_EQ(event.error, Failure::kBadData) << body;
            EXPECT_FALSE(event.message.empty());
        }
        EXPECT_EQ(t.weather_calls, all.size());  // no second try
        co_await t.Status(ServiceState::kDegraded);
    }(*this, bodies));
}

TEST_F(WeatherFaults, ADroppedConnectionIsTriedAgainOnce) {
    With([](WeatherFaults& t) -> Task<> {
        t.weather = [&t](const std::string&) {
            return t.weather_calls == 1 ? std::string() : HttpAnswer(200, t.WeatherBody());
        };
        t.Update(co_await t.Ask("Pune"));
        EXPECT_EQ(t.weather_calls, 2u);
        t.geo = [](const std::string&) { return std::string(); };
        const auto event = t.Unavailable(co_await t.Ask("Goa"));
        EXPECT_EQ(event.error, Failure::kSourceDown);
        EXPECT_EQ(t.geo_calls, 3u);
    }(*this));
}

TEST_F(WeatherFaults, ASlowSourceHoldsUpNobodyWhoseWeatherIsKnown) {
    options.time_max = 1'500ms;
    options.answer_wait = 50ms;
    With([](WeatherFaults& t) -> Task<> {
        co_await t.Ask("Pune", "socket-1");
        t.geo = [](const std::string&) { return std::optional<std::string>(); };  // silence
        co_await t.Want("Goa", "socket-1");
        const SteadyTime before = t.clock.Now();
        t.Update(co_await t.Ask("Pune", "socket-1"));  // the same partition
        EXPECT_LT(t.clock.Now() - before, 1s);
        co_await t.Events(3);
        const auto event = t.Unavailable(t.Newest());
        EXPECT_EQ(event.city, "Goa");
        EXPECT_EQ(event.error, Failure::kSourceDown);
        EXPECT_EQ(event.reason, "timeout");
    }(*this));
}

TEST_F(WeatherFaults, WhatItSaidBeforeIsServedForSixHoursWithItsTime) {
    With([](WeatherFaults& t) -> Task<> {
        const auto good = t.Update(co_await t.Ask("Pune"));
        t.weather = [](const std::string&) { return HttpAnswer(503, ""); };
        t.clock.Advance(30min);
        const auto stale = t.Update(co_await t.Ask("Pune"));
        EXPECT_EQ(stale.source, contract::WeatherSource::kCache);
        EXPECT_EQ(stale.data, good.data);
        EXPECT_EQ(stale.data.fetched_at, good.data.fetched_at);
        const auto status = co_await t.Status(ServiceState::kDegraded);
        EXPECT_EQ(status.error, Failure::kSourceDown);
        t.clock.Advance(5h + 29min);
        t.Update(co_await t.Ask("Pune"));
        t.clock.Advance(1min);
        EXPECT_EQ(t.Unavailable(co_await t.Ask("Pune")).error, Failure::kSourceDown);
        EXPECT_EQ(t.service->stats().served_stale.value(), 2u);
    }(*this));
}

TEST_F(WeatherFaults, WithoutTheAirTheWeatherIsStillServed) {
    With([](WeatherFaults& t) -> Task<> {
        t.air = [](const std::string&) { return HttpAnswer(500, ""); };
        const auto without = t.Update(co_await t.Ask("Pune"));
        EXPECT_FALSE(without.data.air_quality.has_value());
        EXPECT_EQ(without.data.temperature_c, 31.42);
        co_await t.Status(ServiceState::kDegraded);
        t.air = {};
        t.clock.Advance(10min);
        EXPECT_TRUE(t.Update(co_await t.Ask("Pune")).data.air_quality.has_value());
        co_await t.Status(ServiceState::kLive);
        t.air = [](const std::string&) { return HttpAnswer(200, "<html>"); };
        t.clock.Advance(2h);
        // Of two hours ago: better than nothing.
        EXPECT_TRUE(t.Update(co_await t.Ask("Pune")).data.air_quality.has_value());
    }(*this));
    EXPECT_EQ(service->stats().air_missing.value(), 2u);
}

TEST_F(WeatherFaults, NeverMoreCallsThanTheQuotaAndWhoWaitsIsToldWhen) {
    options.calls_per_minute = 6;
    With([](WeatherFaults& t) -> Task<> {
        std::set<WallMillis> times;
        for (int i = 0; i < 6; ++i) {
            const auto event = co_await t.Ask("City " + std::to_string(i));
            if (i < 2) {
                t.Update(event);
                continue;
            }
            const auto limited = t.Unavailable(event);
            EXPECT_EQ(limited.error, Failure::kLimit);
            EXPECT_GT(limited.retry_at.value_or(0), t.clock.WallNow());
            times.insert(limited.retry_at.value_or(0));
        }
        EXPECT_EQ(times.size(), 4u);  // each has a time of its own
        EXPECT_EQ(t.Calls(), 6u);
        // Everybody comes again at his time, and one after the other they get their weather.
        int city = 2;
        for (const WallMillis at : times) {
            t.clock.Advance(Milliseconds(std::max<WallMillis>(at - t.clock.WallNow() + 5, 0)));
            t.Update(co_await t.Ask("City " + std::to_string(city)));
            ++city;
        }
    }(*this));
    ASSERT_GE(call_times.size(), 7u);
    for (std::size_t i = 6; i < call_times.size(); ++i)
        EXPECT_GE(call_times[i] - call_times[i - 6], 60s) << i;
}

TEST_F(WeatherFaults, WhatWasServedStaleIsAskedForAgainOnceTheSourceIsBack) {
    options.heal_interval = 20ms;
    With([](WeatherFaults& t) -> Task<> {
        const auto good = t.Update(co_await t.Ask("Pune"));
        t.weather = [](const std::string&) { return HttpAnswer(500, ""); };
        t.clock.Advance(15min);
        t.Update(co_await t.Ask("Pune"));
        co_await t.Status(ServiceState::kDown);  // trying again has opened the breaker
        const std::size_t events = t.seen[t.kEvents].size();
        t.weather = {};
        t.clock.Advance(60s);
        co_await t.Events(events + 1);  // nobody has asked
        const auto healed = t.Update(t.Newest());
        EXPECT_EQ(healed.source, contract::WeatherSource::kApi);
        EXPECT_GT(healed.data.fetched_at, good.data.fetched_at);
        co_await t.Status(ServiceState::kLive);
    }(*this));
}

TEST_F(WeatherFaults, AStopAnswersWhatIsUnderWay) {
    Run([](WeatherFaults& t) -> Task<> {
        co_await t.Prepare();
        co_await t.Start();
        co_await t.Want("Pune");
        auto asked = [&] { return t.Calls() > 0; };
        co_await t.Eventually(std::move(asked));
        co_await t.service->Stop();
        co_await t.Events(1);
        t.Update(t.Newest());
        co_await t.CloseReaders();
    }(*this));
}

TEST_F(WeatherFaults, AStopDoesNotWaitForASourceThatHangs) {
    options.time_max = std::chrono::minutes(5);
    geo = [](const std::string&) { return std::optional<std::string>(); };
    Run([](WeatherFaults& t) -> Task<> {
        co_await t.Prepare();
        co_await t.Start();
        co_await t.Want("Pune");
        auto asked = [&] { return t.Calls() > 0; };
        co_await t.Eventually(std::move(asked));
        const SteadyTime before = t.clock.Now();
        co_await t.service->Stop();
        EXPECT_LT(t.clock.Now() - before, 10s);
        co_await t.CloseReaders();
    }(*this));
}

}  // namespace
}  // namespace flux::feeds
