// The weather service against every fault of the simulated OpenWeatherMap.
#include "contract/commands.h"
#include "contract/weather.h"
#include "feeds/weather/weather_service.h"
#include "simulated_rig.h"
#include "simulator/openweather/city.h"

#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace flux {
namespace {

using contract::Failure;
using contract::ServiceState;
using simulator::FaultKind;

/// What who asked hears of a fault at one endpoint; nothing: the weather.
struct Case {
    FaultKind kind;
    std::optional<Failure> of_geo;
    std::optional<Failure> of_weather;
    bool with_air;  ///< whether a reading has its air when the fault is at that endpoint
};

class SimulatedWeather : public testing::SimulatedRig<feeds::WeatherService> {
protected:
    SimulatedWeather()
        : SimulatedRig("openweather") {
        options_.key = "any-key";
        options_.public_url = "http://pages.example";
        options_.time_max = 2s;  // also on a machine that is busy
        options_.retry_first = 2ms;
        options_.breaker_failures = 1'000;
        options_.heal_interval = std::chrono::hours(1);
        options_.simulated = true;
    }

    void Start() {
        options_.base_url = StartSimulator() + "/openweather";
        StartService(options_, contract::kWeatherUpdated);
    }

    void MeetEveryFault(std::string endpoint, std::optional<Failure> Case::*wanted);

    /// Asks for a city that was not asked for before, and returns the next event.
    contract::WeatherEvent AskForNext() {
        const auto& city = simulator::Cities()[next_city_++];
        const std::size_t before = Count(contract::kWeatherUpdated);
        contract::WeatherFetch command;
        command.user_id = "user";
        command.place.city = city.name;
        command.place.country = std::string(city.country);
        command.timestamp = clock_.WallNow();
        Run(Publish(contract::kWeatherFetch, "socket-1", contract::Encode(command)));
        EXPECT_TRUE(Soon([&] { return Count(contract::kWeatherUpdated) > before; }))
            << "no event about " << city.name;
        return contract::DecodeWeatherEvent(Payloads(contract::kWeatherUpdated).back()).value();
    }

    feeds::WeatherOptions options_;
    std::size_t next_city_ = 0;
};

const std::vector<Case> kCases{
    {FaultKind::kDown, Failure::kSourceDown, Failure::kSourceDown, false},
    {FaultKind::kDropConnection, Failure::kSourceDown, Failure::kSourceDown, false},
    {FaultKind::kHttpStall, Failure::kSourceDown, Failure::kSourceDown, false},
    {FaultKind::kSlowHeader, Failure::kSourceDown, Failure::kSourceDown, false},
    {FaultKind::kSlowBody, Failure::kSourceDown, Failure::kSourceDown, false},
    {FaultKind::kHttp429, Failure::kLimit, Failure::kLimit, false},
    {FaultKind::kHttp500, Failure::kSourceDown, Failure::kSourceDown, false},
    {FaultKind::kHttp503, Failure::kSourceDown, Failure::kSourceDown, false},
    {FaultKind::kHttp401, Failure::kKeyRefused, Failure::kKeyRefused, false},
    {FaultKind::kHttp403, Failure::kKeyRefused, Failure::kKeyRefused, false},
    {FaultKind::kHttp302, Failure::kBadData, Failure::kBadData, false},
    {FaultKind::kHttpHtml, Failure::kBadData, Failure::kBadData, false},
    {FaultKind::kPlainError, Failure::kSourceDown, Failure::kSourceDown, false},
    {FaultKind::kEmptyBody, Failure::kBadData, Failure::kBadData, false},
    {FaultKind::kTruncatedJson, Failure::kBadData, Failure::kBadData, false},
    {FaultKind::kCutBody, Failure::kSourceDown, Failure::kSourceDown, false},
    {FaultKind::kWrongLength, Failure::kSourceDown, Failure::kSourceDown, false},
    {FaultKind::kGzip, Failure::kBadData, Failure::kBadData, false},
    {FaultKind::kNulls, std::nullopt, std::nullopt, true},
    {FaultKind::kMissingFields, std::nullopt, std::nullopt, true},
    {FaultKind::kExponents, std::nullopt, std::nullopt, true},
    {FaultKind::kInfiniteNumbers, Failure::kBadData, Failure::kBadData, true},
    {FaultKind::kWrongTypes, Failure::kBadData, Failure::kBadData, true},
    {FaultKind::kHtmlTexts, std::nullopt, std::nullopt, true},
    {FaultKind::kHugeTexts, std::nullopt, Failure::kBadData, true},
    {FaultKind::kBrokenRows, std::nullopt, std::nullopt, true},
    {FaultKind::kMixedCod, std::nullopt, std::nullopt, true},
    {FaultKind::kNoCity, Failure::kNoCity, Failure::kBadData, false}};

std::string Told(const contract::WeatherEvent& event) {
    const auto* const unavailable = std::get_if<contract::WeatherUnavailable>(&event);
    return unavailable == nullptr ? "the weather" : std::string(NameOf(unavailable->error));
}
std::string Wanted(const std::optional<Failure>& failure) {
    return failure ? std::string(NameOf(*failure)) : "the weather";
}

/// Puts every fault up at one endpoint, asks, takes it down, and asks again.
void SimulatedWeather::MeetEveryFault(std::string endpoint, std::optional<Failure> Case::*wanted) {
    Start();
    for (const Case& fault : kCases) {
        SCOPED_TRACE(std::string(ToString(fault.kind)));
        Put(fault.kind, endpoint);
        const contract::WeatherEvent event = AskForNext();
        EXPECT_EQ(Told(event), Wanted(fault.*wanted));
        if (const auto* const told = std::get_if<contract::WeatherUnavailable>(&event)) {
            EXPECT_FALSE(told->message.empty());
            EXPECT_EQ(told->message.find(options_.key), std::string::npos);
            EXPECT_EQ(told->reply_to, "socket-1");
            if (told->error != Failure::kNoCity) {
                EXPECT_TRUE(BecomesState(ServiceState::kDegraded));
                EXPECT_EQ(Status().error, told->error);
                EXPECT_TRUE(Status().simulated);
            }
        }
        ClearFaults();
        clock_.Advance(61s);  // a 429 keeps it away for a minute; and the quota
        EXPECT_EQ(Told(AskForNext()), "the weather");
        EXPECT_TRUE(BecomesState(ServiceState::kLive));
        clock_.Advance(61s);
    }
}

TEST(SimulatedWeatherFaults, AreAllOfTheSources) {
    std::set<FaultKind> tested;
    for (const Case& fault : kCases)
        tested.insert(fault.kind);
    simulator::ExpectEveryFault("openweather", tested);
}

TEST_F(SimulatedWeather, EveryFaultOfTheGeocoderIsToldAndNoneOutlivesItself) {
    MeetEveryFault("/geo/1.0/direct", &Case::of_geo);
}

TEST_F(SimulatedWeather, EveryFaultOfTheWeatherIsToldAndNoneOutlivesItself) {
    MeetEveryFault("/data/2.5/weather", &Case::of_weather);
}

TEST_F(SimulatedWeather, AFaultOfTheAirLeavesTheWeather) {
    Start();
    for (const Case& fault : kCases) {
        SCOPED_TRACE(std::string(ToString(fault.kind)));
        Put(fault.kind, "/data/2.5/air_pollution");
        const contract::WeatherEvent event = AskForNext();
        const auto* const update = std::get_if<contract::WeatherUpdate>(&event);
        ASSERT_NE(update, nullptr);
        EXPECT_EQ(update->data.air_quality.has_value(), fault.with_air);
        if (!fault.with_air) EXPECT_TRUE(BecomesState(ServiceState::kDegraded));
        ClearFaults();
        clock_.Advance(61s);
        AskForNext();
        EXPECT_TRUE(BecomesState(ServiceState::kLive));
        clock_.Advance(61s);
    }
}

TEST_F(SimulatedWeather, ARetryAfterIsHonoured) {
    Start();
    Put(FaultKind::kHttp429, "", 7);
    const WallMillis before = clock_.WallNow();
    const auto event = AskForNext();
    const auto* const told = std::get_if<contract::WeatherUnavailable>(&event);
    ASSERT_NE(told, nullptr);
    EXPECT_GE(told->retry_at.value_or(0), before + 7'000);
    EXPECT_LE(told->retry_at.value_or(0), clock_.WallNow() + 7'000);
    ClearFaults();
    clock_.Advance(7s);
    EXPECT_EQ(Told(AskForNext()), "the weather");
}

TEST_F(SimulatedWeather, ASourceThatIsDownIsLeftAloneAndTriedByOneCall) {
    options_.breaker_failures = 3;
    Start();
    Put(FaultKind::kHttp500, "");
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(Told(AskForNext()), "source_down");
    EXPECT_TRUE(BecomesState(ServiceState::kDown));
    EXPECT_EQ(service_->stats().openweather.calls.value(), 6u);  // three, each tried twice
    clock_.Advance(60s);
    EXPECT_EQ(Told(AskForNext()), "source_down");
    EXPECT_EQ(service_->stats().openweather.calls.value(), 7u);
    ClearFaults();
    clock_.Advance(60s);
    EXPECT_EQ(Told(AskForNext()), "the weather");
    EXPECT_TRUE(BecomesState(ServiceState::kLive));
}

TEST_F(SimulatedWeather, TheSourceNeverCountsMoreThanTheQuotaInAMinute) {
    Start();
    std::size_t served = 0;
    std::size_t limited = 0;
    for (int round = 0; round < 4; ++round) {
        for (int i = 0; i < 25; ++i) {
            const std::string told = Told(AskForNext());
            served += told == "the weather" ? 1 : 0;
            limited += told == "limit" ? 1 : 0;
            clock_.Advance(800ms);
        }
    }
    EXPECT_EQ(served + limited, 100u);
    EXPECT_GE(served, 20u);
    EXPECT_GT(limited, 0u);
    simulator_->With([](simulator::SourceSet& sources) {
        EXPECT_LE(sources.Find("openweather")->log().busiest_minute(), 60u);
        EXPECT_EQ(sources.Find("openweather")->log().refused().value(), 0u);
    });
}

TEST_F(SimulatedWeather, AKeyThatTheSourceRefusesIsNamed) {
    options_.key = "refused-key";
    Start();
    EXPECT_EQ(Told(AskForNext()), "key_refused");
    EXPECT_TRUE(BecomesState(ServiceState::kDegraded));
    EXPECT_EQ(Status().error, Failure::kKeyRefused);
}

}  // namespace
}  // namespace flux
