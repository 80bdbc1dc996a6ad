// The weather service against every fault of the simulated OpenWeatherMap.
#include "base/metrics.h"
#include "base/random.h"
#include "base/units.h"
#include "bus/embedded_bus.h"
#include "bus/event_bus.h"
#include "bus/shard_harness.h"
#include "bus/temporary_directory.h"
#include "contract/commands.h"
#include "contract/service_status.h"
#include "contract/topics.h"
#include "contract/weather.h"
#include "feeds/upstream/upstream_rig.h"
#include "feeds/weather/weather_service.h"
#include "runtime/shard_set.h"
#include "simulator/openweather/city.h"
#include "simulator/simulator.h"
#include "simulator/source_set.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
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

/// The simulator on the first shard, the service and a reader of its topics on the second.
class SimulatedWeather : public testing::Test {
protected:
    SimulatedWeather()
        : shards_(2, clock_) {
        options_.key = "any-key";
        options_.public_url = "http://pages.example";
        options_.time_max = 2s;  // also on a machine that is busy
        options_.retry_first = 2ms;
        options_.breaker_failures = 1'000;
        options_.heal_interval = std::chrono::hours(1);
        options_.simulated = true;
        simulator_options_.addresses = {"127.0.0.1"};
        simulator_options_.port = 0;
        shards_.Start();
        bus::EmbeddedBusOptions bus_options;
        bus_options.directory = directory_.path() / "data";
        bus_ = bus::EmbeddedBus::Open(bus_options, clock_, metrics_).value();
    }

    ~SimulatedWeather() override {
        if (service_) {
            Run(StopAll());
            service_.reset();
        }
        simulator_.reset();
        bus_.reset();
        shards_.Stop();
    }

    void Start() {
        simulator_ = std::make_unique<simulator::Simulator>(shards_, simulator_options_, metrics_);
        const Result<std::uint16_t> port = simulator_->Start();
        ASSERT_TRUE(port) << port.error().context;
        options_.base_url = "http://127.0.0.1:" + std::to_string(*port) + "/openweather";
        service_ =
            std::make_unique<feeds::WeatherService>(shards_[1], *bus_, options_, metrics_, 1);
        const Result<void> started = Run(service_->Start());
        ASSERT_TRUE(started) << started.error().context;
        Run(Watch(contract::kWeatherUpdated));
        Run(Watch(contract::kServiceStatus));
    }

    template <class T>
    T Run(Task<T> task) {
        std::promise<T> promise;
        std::future<T> result = promise.get_future();
        auto work = [](Task<T> inner, std::promise<T>& out) -> Task<> {
            out.set_value(co_await std::move(inner));
        };
        shards_[1].PostReserved([&, task = std::move(task)]() mutable {
            boost::asio::co_spawn(
                shards_[1].io(), work(std::move(task), promise), boost::asio::detached
            );
        });
        return result.get();
    }

    void MeetEveryFault(std::string endpoint, std::optional<Failure> Case::*wanted);

    void Put(FaultKind kind, std::string match, std::optional<int> retry_after = {}) {
        simulator::Fault fault;
        fault.source = "openweather";
        fault.kind = kind;
        fault.lasting = true;
        fault.match = std::move(match);
        fault.retry_after = retry_after;
        fault.delay = 100s;  // late is later than anybody waits
        const Result<void> put = simulator_->Inject(fault);
        ASSERT_TRUE(put) << put.error().context;
    }
    void ClearFaults() {
        simulator_->With([](simulator::SourceSet& sources) {
            ASSERT_TRUE(sources.ClearFaults("openweather"));
        });
    }

    /// Asks for a city that was not asked for before, and returns the next event.
    contract::WeatherEvent AskForNext() {
        const auto& city = simulator::Cities()[next_city_++];
        const std::size_t before = Count(contract::kWeatherUpdated);
        Run(Want(city));
        EXPECT_TRUE(Soon([&] { return Count(contract::kWeatherUpdated) > before; }))
            << "no event about " << city.name;
        return contract::DecodeWeatherEvent(Payloads(contract::kWeatherUpdated).back()).value();
    }

    /// As bus::Eventually; the shards turn meanwhile, because a clock that was moved makes their
    /// deadlines due without waking them.
    bool Soon(const std::function<bool()>& condition) {
        return bus::Eventually([&] {
            shards_[0].Wake();
            shards_[1].Wake();
            return condition();
        });
    }

    contract::ServiceStatus Status() {
        const auto payloads = Payloads(contract::kServiceStatus);
        if (payloads.empty()) return contract::ServiceStatus();
        return contract::DecodeServiceStatus(payloads.back()).value();
    }
    bool BecomesState(ServiceState state) {
        return Soon([&] { return Status().state == state; });
    }

    std::size_t Count(const contract::Topic& topic) { return Payloads(topic).size(); }
    std::vector<std::string> Payloads(const contract::Topic& topic) {
        const std::scoped_lock lock(mutex_);
        return seen_[std::string(topic.name)];
    }

    feeds::testing::MovedClock clock_;
    feeds::WeatherOptions options_;
    simulator::SimulatorOptions simulator_options_;
    std::unique_ptr<simulator::Simulator> simulator_;
    std::unique_ptr<feeds::WeatherService> service_;
    std::size_t next_city_ = 0;

private:
    Task<bool> Watch(contract::Topic topic) {
        bus::SubscribeOptions options;
        options.topic = bus::TopicName(std::string(topic.name));
        options.group = bus::Group::EveryInstance(bus::StartAt::kBeginning);
        bus::BatchHandler handler = [this](const std::vector<bus::Message>& batch) {
            const std::scoped_lock lock(mutex_);
            for (const bus::Message& message : batch)
                seen_[message.topic.value()].emplace_back(message.payload.view());
            return []() -> Task<Result<void>> { co_return Result<void>(); }();
        };
        auto reader = co_await bus_->Subscribe(std::move(options), std::move(handler));
        EXPECT_TRUE(reader);
        readers_.push_back(std::move(*reader));
        co_return true;
    }

    Task<bool> Want(simulator::City city) {
        contract::WeatherFetch command;
        command.user_id = "user";
        command.place.city = city.name;
        command.place.country = std::string(city.country);
        command.timestamp = clock_.WallNow();
        bus::Outgoing record;
        record.topic = bus::TopicName(std::string(contract::kWeatherFetch.name));
        record.key = "socket-1";
        record.payload = SharedBytes(contract::Encode(command));
        const auto stored = co_await bus_->Publish(std::move(record));
        EXPECT_TRUE(stored);
        co_return true;
    }

    Task<bool> StopAll() {
        co_await service_->Stop();
        for (const auto& reader : readers_)
            co_await reader->Close();
        readers_.clear();
        co_return true;
    }

    bus::TemporaryDirectory directory_;
    MetricRegistry metrics_;
    ShardSet shards_;
    std::unique_ptr<bus::EventBus> bus_;
    std::vector<std::unique_ptr<bus::Subscription>> readers_;
    std::mutex mutex_;
    std::map<std::string, std::vector<std::string>> seen_;
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
