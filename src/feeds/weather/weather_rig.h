// The weather service over an embedded bus, with a stand-in for OpenWeatherMap. For tests.
#pragma once

#include "cache/cache.h"
#include "contract/commands.h"
#include "contract/service_status.h"
#include "contract/topics.h"
#include "contract/weather.h"
#include "feeds/upstream/bus_rig.h"
#include "feeds/upstream/map_cache.h"
#include "feeds/weather/weather_service.h"

#include <fmt/format.h>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace flux::feeds::testing {

class WeatherRig : public BusRig {
public:
    using Respond = std::function<std::optional<std::string>(const std::string& target)>;

    WeatherRig() {
        options.base_url = BaseUrl("http", "/owm").ToString();
        options.key = "hush-hush-key";
        options.public_url = "http://pages.example";
        options.time_max = 2s;
        options.retry_first = 2ms;
        options.heal_interval = std::chrono::hours(1);
        options.answer_wait = 300ms;
        peer.AnswerWith([this](const std::string& head) { return Serve(head); });
    }

    /// Runs `body` between a start and a stop of the service.
    void With(Task<> body) {
        Run([](WeatherRig& t, Task<> inner) -> Task<> {
            co_await t.Prepare();
            co_await t.Start();
            co_await std::move(inner);
            co_await t.End();
        }(*this, std::move(body)));
    }

    Task<> Prepare() {
        for (const contract::Topic& topic : kTopics)
            co_await MakeTopic(std::string(topic.name), topic.partitions);
        co_await Watch(kEvents);
        co_await Watch(kStatus);
    }

    Task<> Start() {
        service = std::make_unique<WeatherService>(shard, bus(), options, metrics, 1, cache);
        const auto started = co_await service->Start();
        EXPECT_TRUE(started) << ToString(started.error());
    }

    Task<> End() {
        co_await service->Stop();
        co_await CloseReaders();
    }

    /// Publishes a command.
    Task<> Want(
        std::string city,
        std::string asker = "socket-1",
        std::optional<std::string> country = "IN",
        std::optional<std::string> region = std::nullopt
    ) {
        contract::WeatherFetch command;
        command.user_id = "user";
        command.place.city = std::move(city);
        command.place.country = std::move(country);
        command.place.region = std::move(region);
        command.timestamp = clock.WallNow();
        co_await Publish(kCommands, std::move(asker), contract::Encode(command));
    }

    /// Waits for so many events in all.
    Task<bool> Events(std::size_t count) {
        auto there = [this, count] { return seen[kEvents].size() >= count; };
        const bool came = co_await Eventually(std::move(there));
        EXPECT_TRUE(came) << seen[kEvents].size() << " events instead of " << count;
        co_return came;
    }

    /// As Want, and waits for one more event; returns it.
    Task<contract::WeatherEvent> Ask(std::string city, std::string asker = "socket-1") {
        const std::size_t before = seen[kEvents].size();
        co_await Want(std::move(city), std::move(asker));
        co_await Events(before + 1);
        co_return Newest();
    }

    contract::WeatherEvent Event(std::size_t index) {
        const std::string& payload = seen[kEvents].at(index).payload;
        EXPECT_EQ(payload.find(options.key), std::string::npos);
        return contract::DecodeWeatherEvent(payload).value();
    }
    contract::WeatherEvent Newest() { return Event(seen[kEvents].size() - 1); }

    contract::WeatherUpdate Update(const contract::WeatherEvent& event) {
        const auto* const update = std::get_if<contract::WeatherUpdate>(&event);
        EXPECT_NE(update, nullptr);
        return update == nullptr ? contract::WeatherUpdate() : *update;
    }
    contract::WeatherUnavailable Unavailable(const contract::WeatherEvent& event) {
        const auto* const unavailable = std::get_if<contract::WeatherUnavailable>(&event);
        EXPECT_NE(unavailable, nullptr);
        return unavailable == nullptr ? contract::WeatherUnavailable() : *unavailable;
    }

    /// Waits until the newest status is of that state.
    Task<contract::ServiceStatus> Status(contract::ServiceState state) {
        auto there = [this, state] { return Now().state == state; };
        const bool came = co_await Eventually(std::move(there));
        EXPECT_TRUE(came) << NameOf(Now().state) << " instead of " << NameOf(state);
        co_return Now();
    }
    contract::ServiceStatus Now() {
        const auto& records = seen[kStatus];
        if (records.empty()) return contract::ServiceStatus();
        EXPECT_EQ(records.back().key, "weather");
        return contract::DecodeServiceStatus(records.back().payload).value();
    }

    std::size_t Calls() const { return geo_calls + weather_calls + air_calls; }

    static std::string GeoBody() {
        return R"([{"name":"Pune","lat":18.5213738,"lon":73.8545071,"country":"IN","state":"Maharashtra"}])";
    }
    static std::string WeatherBody() {
        return R"({"coord":{"lon":73.85,"lat":18.52},"weather":[{"id":802,"main":"Clouds","description":"scattered clouds","icon":"03d"}],"base":"stations","main":{"temp":31.42,"feels_like":31.97,"pressure":1009,"humidity":42},"visibility":6000,"wind":{"speed":3.11,"deg":291},"clouds":{"all":40},"dt":1773998401,"sys":{"country":"IN"},"timezone":19800,"id":1259229,"name":"Pune","cod":200})";
    }
    static std::string AirBody() {
        return R"({"coord":{"lon":73.85,"lat":18.52},"list":[{"main":{"aqi":3},"components":{"co":412.3,"no":0,"no2":18.7,"o3":71,"so2":9.4,"pm2_5":37.8,"pm10":61.2,"nh3":1},"dt":1773998400}]})";
    }

    static constexpr const char* kCommands = "weather.service.command.fetch";
    static constexpr const char* kEvents = "weather.service.event.updated";
    static constexpr const char* kStatus = "platform.service.event.updated";

    WeatherOptions options;
    cache::Cache* cache = nullptr;
    std::unique_ptr<WeatherService> service;

    // What the stand-in answers; empty: as the vendor would.
    Respond geo;
    Respond weather;
    Respond air;
    std::size_t geo_calls = 0;
    std::size_t weather_calls = 0;
    std::size_t air_calls = 0;
    std::vector<std::string> targets;    // of every call
    std::vector<SteadyTime> call_times;  // by the moved clock

private:
    static constexpr std::array kTopics{
        contract::kWeatherFetch, contract::kWeatherUpdated, contract::kServiceStatus};

    static std::optional<std::string> Choose(
        const Respond& respond, const std::string& target, const std::string& body
    ) {
        return respond ? respond(target) : HttpAnswer(200, body);
    }

    std::optional<std::string> Serve(const std::string& head) {
        const std::string target = head.substr(4, head.find(' ', 4) - 4);
        targets.push_back(target);
        call_times.push_back(clock.Now());
        if (target.starts_with("/owm/geo/1.0/direct?")) {
            ++geo_calls;
            return Choose(geo, target, GeoBody());
        }
        if (target.starts_with("/owm/data/2.5/weather?")) {
            ++weather_calls;
            return Choose(weather, target, WeatherBody());
        }
        if (target.starts_with("/owm/data/2.5/air_pollution?")) {
            ++air_calls;
            return Choose(air, target, AirBody());
        }
        ADD_FAILURE() << "nobody asks for " << target;
        return std::string();
    }
};

}  // namespace flux::feeds::testing
