#include "feeds/weather/weather_service.h"

#include "base/log.h"
#include "base/units.h"
#include "contract/places.h"
#include "limits/limits.h"
#include "net/client/tls_trust.h"
#include "net/client/url.h"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <functional>
#include <utility>
#include <variant>

namespace flux::feeds {
namespace {

using contract::Failure;
using contract::ServiceState;

constexpr std::array kTopics{
    contract::kWeatherFetch, contract::kWeatherUpdated, contract::kServiceStatus};

/// What lay in the topic for longer helps nobody any more: whoever still waits has asked again.
constexpr Milliseconds kCommandAgeMax = std::chrono::minutes(10);

/// How far into the future the next free calls are promised, city after city.
constexpr Milliseconds kPromiseAhead = std::chrono::minutes(10);
constexpr std::size_t kCallsPerCity = 3;  // its place, its weather, its air
constexpr double kSpareTime = 1.05;       // no call is as quick as planned

constexpr Milliseconds kStopWait{5'000};
constexpr Milliseconds kHealWait{60'000};     // for one city, retries and air included
constexpr Milliseconds kRefusedWait{10'000};  // told to who is refused because too many wait
constexpr std::size_t kAskerBytesKept = 256;  // a longer key is no socket's
constexpr std::size_t kKindsLogged = 16;

/// What a sentence says before it names the offending bytes.
std::string KindOf(const Error& error) {
    return error.context.substr(0, error.context.find_first_of("0123456789\""));
}

}  // namespace

WeatherService::WeatherService(
    Shard& shard,
    bus::EventBus& bus,
    WeatherOptions options,
    MetricRegistry& metrics,
    std::uint64_t seed,
    cache::Cache* cache
)
    : shard_(shard),
      bus_(bus),
      options_(std::move(options)),
      cache_(cache),
      random_(seed),
      owed_(limits::kWeatherOwedMax),
      tasks_(shard),
      registration_(metrics.Add([this](MetricWriter& out) { Describe(out, stats_); })) {}

WeatherService::~WeatherService() = default;

Result<void> WeatherService::Build() {
    if (Result<void> fit = Check(options_); !fit) return fit;
    net::Url base = *net::Url::Parse(options_.base_url);
    std::shared_ptr<const net::TlsTrust> trust;
    if (base.secure()) {
        auto loaded = net::TlsTrust::Of(options_.ca_file);
        if (!loaded) return loaded.error();
        trust = std::move(*loaded);
    }
    source_ = std::make_unique<OpenWeather>(
        options_, std::move(base), std::move(trust), shard_.clock(), random_, stats_.openweather
    );
    cities_ = std::make_unique<CityWeather>(shard_, options_, *source_, cache_, stats_);
    status_ = std::make_unique<StatusPublisher>(shard_, bus_, "weather", options_.simulated);
    return {};
}

Task<Result<void>> WeatherService::Start(Patience patience) {
    if (Result<void> built = Build(); !built) co_return built;
    for (const contract::Topic& topic : kTopics) {
        Task<Result<void>> ensuring = EnsureTopic(topic, patience);
        Result<void> exists = co_await std::move(ensuring);
        if (!exists) co_return exists;
    }
    if (const auto why = source_->WhyNot()) {
        Say(ServiceState::kNoKey, *why, "weather.no_key");
    }
    bus::BatchHandler learn = [this](const std::vector<bus::Message>& batch) {
        OnEvents(batch);
        return []() -> Task<Result<void>> { co_return Result<void>(); }();
    };
    auto events = co_await Subscribe(
        contract::kWeatherUpdated, bus::Group::EveryInstance(), std::move(learn)
    );
    if (!events) co_return events.error();
    events_ = std::move(*events);
    bus::BatchHandler answer = [this](const std::vector<bus::Message>& batch) {
        return OnCommands(batch);
    };
    bus::Group group = bus::Group::Shared(std::string(contract::kWeatherFetch.group));
    auto commands =
        co_await Subscribe(contract::kWeatherFetch, std::move(group), std::move(answer));
    if (!commands) co_return commands.error();
    commands_ = std::move(*commands);
    status_->Start();
    tasks_.Spawn("weather.heal", Heal());
    log::Info(
        "weather.started",
        "the weather service takes commands",
        {{"url", options_.base_url}, {"calls_per_minute", options_.calls_per_minute}}
    );
    co_return Result<void>();
}

Task<Result<void>> WeatherService::EnsureTopic(contract::Topic topic, Patience patience) {
    bus::TopicOptions topic_options;
    topic_options.partitions = topic.partitions;
    topic_options.durable = topic.durable;
    const bus::TopicName name{std::string(topic.name)};
    std::function<Task<Result<void>>()> ensure = [this, &name, &topic_options] {
        return bus_.EnsureTopic(name, topic_options);
    };
    std::string what = fmt::format("topic {}", topic.name);
    Result<void> exists = co_await patience.Try(std::move(what), std::move(ensure));
    co_return exists;
}

Task<Result<std::unique_ptr<bus::Subscription>>> WeatherService::Subscribe(
    const contract::Topic& topic, bus::Group group, bus::BatchHandler handler
) {
    bus::SubscribeOptions options;
    options.topic = bus::TopicName(std::string(topic.name));
    options.group = std::move(group);
    return bus_.Subscribe(std::move(options), std::move(handler));
}

Task<> WeatherService::Stop() {
    if (stopping_) co_return;
    stopping_ = true;
    if (commands_) co_await commands_->Close();
    commands_.reset();
    const SteadyTime until = SystemClock::Instance().Now() + kStopWait;
    while (asks_.size() > 0 && SystemClock::Instance().Now() < until) {
        const bool slept = co_await SleepFor(10ms);
        if (!slept) break;
    }
    if (events_) co_await events_->Close();
    events_.reset();
    if (cities_) co_await cities_->Stop();
    co_await tasks_.Drain();
    if (status_) co_await status_->Stop();
}

/// What another instance has asked for need not be asked again. One's own events say nothing new.
void WeatherService::OnEvents(const std::vector<bus::Message>& batch) {
    for (const bus::Message& message : batch) {
        auto event = contract::DecodeWeatherEvent(message.payload.view());
        if (!event) continue;  // the gateway counts it
        auto* const update = std::get_if<contract::WeatherUpdate>(&*event);
        if (update != nullptr && update->source == contract::WeatherSource::kApi) {
            cities_->Learn(std::move(update->data));
        }
    }
}

Task<Result<void>> WeatherService::OnCommands(const std::vector<bus::Message>& batch) {
    const auto pending = std::make_shared<PendingBatch>(shard_);
    Ready ready;
    for (const bus::Message& message : batch) {
        stats_.commands.Add();
        const Milliseconds age(shard_.clock().WallNow() - message.timestamp);
        if (age > kCommandAgeMax) {
            stats_.commands_old.Add();
            continue;
        }
        std::optional<contract::WeatherFetch> command = Decode(message);
        if (command) Answer(message, *std::move(command), pending, ready);
    }
    Pump();
    for (const auto& [what, event] : ready) {
        Task<Result<void>> publishing = Publish(event);
        Result<void> published = co_await std::move(publishing);
        if (!published) co_return published;
    }
    Task<Result<void>> waiting = pending->Wait(options_.answer_wait);
    Result<void> answered = co_await std::move(waiting);
    co_return answered;
}

std::optional<contract::WeatherFetch> WeatherService::Decode(const bus::Message& message) {
    Result<contract::WeatherFetch> command = contract::DecodeWeatherFetch(message.payload.view());
    if (command) return *std::move(command);
    stats_.commands_malformed.Add();
    const bool fresh = malformed_logged_.size() < kKindsLogged &&
                       malformed_logged_.insert(KindOf(command.error())).second;
    if (fresh) {
        log::Warn(
            "weather.command_malformed",
            "a command for weather cannot be read and is skipped; the next of its kind are counted "
            "only",
            {{"topic", message.topic.value()},
             {"partition", message.partition.value()},
             {"offset", message.offset.value()},
             {"error", command.error().context}}
        );
    }
    return std::nullopt;
}

/// Answers from memory, or joins the question after the city.
void WeatherService::Answer(
    const bus::Message& message,
    contract::WeatherFetch command,
    const std::shared_ptr<PendingBatch>& batch,
    Ready& ready
) {
    const contract::Location& place = command.place;
    const auto code = place.country ? contract::CountryCode(*place.country) : std::nullopt;
    const std::string key = contract::WeatherKey(place.city, code);
    if (const auto* const fresh = cities_->Fresh(key)) {
        std::string& event = ready[fmt::format("{}\n{}", key, place.city)];
        if (!event.empty()) return;
        stats_.served_memory.Add();
        event = EncodeUpdate(*fresh, place.city, contract::WeatherSource::kCache);
        return;
    }
    std::string asker = message.key.value_or("");
    if (asker.size() > kAskerBytesKept) asker.clear();
    switch (asks_.Join(key, place, code, asker, batch)) {
        case CityAsks::Joined::kFirst:
            break;
        case CityAsks::Joined::kJoined:
            stats_.commands_joined.Add();
            break;
        case CityAsks::Joined::kRefused: {
            stats_.commands_refused.Add();
            UpstreamError full;
            full.failure = Failure::kLimit;
            full.reason = "api_error";
            full.message = "Too many cities are being asked for right now.";
            const WallMillis later = shard_.clock().WallNow() + kRefusedWait.count();
            std::string& event = ready[fmt::format("{}\n{}\n{}", key, place.city, asker)];
            event = EncodeUnavailable(full, place.city, code, std::move(asker), later);
            break;
        }
    }
    stats_.waiting.Set(static_cast<std::int64_t>(asks_.size()));
}

/// Begins as many questions as may be under way.
void WeatherService::Pump() {
    while (running_ < limits::kWeatherChainsMax) {
        const std::string* const key = asks_.Next();
        if (key == nullptr) return;
        ++running_;
        tasks_.Spawn("weather.city", Serve(*key));
    }
}

Task<> WeatherService::Serve(std::string key) {
    const CityAsk* const open = asks_.Find(key);
    Task<CityAnswer> asking = cities_->Get(key, open->place, open->country_code);
    CityAnswer answer = co_await std::move(asking);
    CityAsk ask = asks_.Take(key);
    stats_.waiting.Set(static_cast<std::int64_t>(asks_.size()));
    --running_;
    if (!stopping_) Pump();
    Report(answer);
    Remember(key, ask, answer);
    const auto batches = std::move(ask.batches);
    Task<Result<void>> publishing = PublishAnswer(std::move(ask), std::move(answer));
    const Result<void> published = co_await std::move(publishing);
    for (const auto& batch : batches)
        batch->Answered(published);
}

/// One event for each spelling; who asked for a city that is none hears of it by name.
Task<Result<void>> WeatherService::PublishAnswer(CityAsk ask, CityAnswer answer) {
    Count(answer);
    std::vector<std::string> events;
    if (answer.reading) {
        const auto source = answer.from == CityAnswer::From::kApi ? contract::WeatherSource::kApi
                                                                  : contract::WeatherSource::kCache;
        const bool is_new = answer.from != CityAnswer::From::kStale;
        if (ask.askers.empty() && is_new) ask.askers[ask.place.city];  // for whoever is in the room
        for (const auto& [spelling, repliers] : ask.askers)
            events.push_back(EncodeUpdate(*answer.reading, spelling, source));
    } else {
        const std::optional<WallMillis> retry_at = RetryAt(*answer.error);
        for (const auto& [spelling, repliers] : ask.askers) {
            for (const std::string& reply_to : repliers) {
                events.push_back(
                    EncodeUnavailable(*answer.error, spelling, ask.country_code, reply_to, retry_at)
                );
                if (answer.error->failure != Failure::kNoCity) break;  // the whole room is told
            }
        }
    }
    Result<void> all;
    for (std::string& event : events) {
        Task<Result<void>> publishing = Publish(std::move(event));
        Result<void> published = co_await std::move(publishing);
        if (!published) all = std::move(published);
    }
    co_return all;
}

void WeatherService::Count(const CityAnswer& answer) {
    if (!answer.reading) return;
    switch (answer.from) {
        case CityAnswer::From::kMemory:
            return stats_.served_memory.Add();
        case CityAnswer::From::kCache:
            return stats_.served_cache.Add();
        case CityAnswer::From::kApi:
            return stats_.served_api.Add();
        case CityAnswer::From::kStale:
            return stats_.served_stale.Add();
    }
}

std::string WeatherService::EncodeUpdate(
    contract::WeatherReading reading, std::string spelling, contract::WeatherSource source
) {
    contract::WeatherUpdate update;
    update.source = source;
    update.timestamp = shard_.clock().WallNow();
    update.data = std::move(reading);
    update.data.city = std::move(spelling);
    return contract::Encode(update);
}

std::string WeatherService::EncodeUnavailable(
    const UpstreamError& error,
    std::string city,
    std::optional<std::string> country_code,
    std::string reply_to,
    std::optional<WallMillis> retry_at
) {
    stats_.unavailable.Add();
    contract::WeatherUnavailable event;
    event.reason = error.reason;
    event.city = std::move(city);
    event.country = std::move(country_code);
    event.reply_to = std::move(reply_to);
    event.error = error.failure;
    event.message = error.message;
    event.retry_at = retry_at;
    event.timestamp = shard_.clock().WallNow();
    return contract::Encode(event);
}

/// When to ask again. While the budget is used up every city gets a time of its own, at which all
/// calls it needs are free, so that they do not come together and find it used up again.
std::optional<WallMillis> WeatherService::RetryAt(const UpstreamError& error) {
    if (error.failure != Failure::kLimit || !error.retry_at) return error.retry_at;
    const auto why = source_->WhyNot(kCallsPerCity);
    const WallMillis free =
        why ? std::max(why->retry_at.value_or(0), *error.retry_at) : *error.retry_at;
    const auto per_call = static_cast<double>(Milliseconds(1min).count()) /
                          static_cast<double>(options_.calls_per_minute);
    const auto spacing = static_cast<std::int64_t>(per_call * kCallsPerCity * kSpareTime) + 1;
    promised_ = std::clamp(promised_ + spacing, free, free + kPromiseAhead.count());
    return promised_;
}

Task<Result<void>> WeatherService::Publish(std::string payload) {
    bus::Outgoing record;
    record.topic = bus::TopicName(std::string(contract::kWeatherUpdated.name));
    record.payload = SharedBytes(payload);
    const Result<bus::Position> stored = co_await bus_.Publish(std::move(record));
    if (stored) {
        if (std::exchange(bus_refuses_, false)) {
            log::Info("weather.bus_back", "the bus takes weather again");
        }
        co_return Result<void>();
    }
    stats_.publish_failures.Add();
    if (!std::exchange(bus_refuses_, true)) {
        log::Warn(
            "weather.bus_refuses",
            "the bus took no weather event; commands that wait for it come again, others are asked "
            "for again by who needs them",
            {{"error", ToString(stored.error())}}
        );
    }
    co_return stored.error();
}

/// Says how the domain does, after an answer that the source had a part in.
void WeatherService::Report(const CityAnswer& answer) {
    if (answer.error) {
        switch (answer.error->failure) {
            case Failure::kNoCity:
                return status_->Set(contract::ServiceStatus());  // it has answered
            case Failure::kInternal:
                return;
            case Failure::kNoKey:
                return Say(ServiceState::kNoKey, *answer.error, "weather.no_key");
            case Failure::kLimit:
                return Say(ServiceState::kDegraded, *answer.error, "weather.limited");
            default:
                break;
        }
        const auto why = source_->WhyNot();
        const bool open = why && why->reason == "circuit_open";
        return Say(
            open ? ServiceState::kDown : ServiceState::kDegraded,
            open ? *why : *answer.error,
            "weather.source_failed"
        );
    }
    if (answer.from != CityAnswer::From::kApi) return;
    if (answer.air_error) {
        return Say(ServiceState::kDegraded, *answer.air_error, "weather.air_missing");
    }
    status_->Set(contract::ServiceStatus());
}

/// A change of why is logged as `event`.
void WeatherService::Say(ServiceState state, const UpstreamError& error, std::string_view event) {
    contract::ServiceStatus status;
    status.state = state;
    status.error = error.failure;
    status.message = error.message;
    status.retry_at = error.retry_at;
    const bool changed =
        status.state != status_->status().state || status.error != status_->status().error;
    if (changed) {
        log::Warn(
            event,
            "the weather domain goes on with what it has",
            {{"state", NameOf(state)}, {"error", NameOf(error.failure)}, {"detail", error.detail}}
        );
    }
    status_->Set(std::move(status));
}

/// A city that had to do with less is asked for again once the source is back; who was told a time
/// comes by himself.
void WeatherService::Remember(
    const std::string& key, const CityAsk& ask, const CityAnswer& answer
) {
    if (!answer.error || answer.error->failure == Failure::kNoCity) {
        owed_.Erase(key);
        return;
    }
    const Failure failure = answer.error->failure;
    const bool source_failed = failure == Failure::kSourceDown || failure == Failure::kBadData ||
                               failure == Failure::kKeyRefused;
    if (answer.reading || source_failed) owed_.Put(key, ask.place);
}

Task<> WeatherService::Heal() {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    while (!stopping_) {
        const bool slept = co_await SleepFor(options_.heal_interval);
        if (!slept || stopping_) co_return;
        Task<> healing = HealAll();
        co_await std::move(healing);
    }
}

/// One city after the other, as long as the source answers.
Task<> WeatherService::HealAll() {
    for (std::size_t left = owed_.size(); left > 0 && !stopping_; --left) {
        const std::optional<std::string> key = owed_.Newest();
        if (!key || source_->WhyNot()) co_return;
        const contract::Location place = *owed_.Find(*key);
        const auto code = place.country ? contract::CountryCode(*place.country) : std::nullopt;
        owed_.Erase(*key);
        const auto pending = std::make_shared<PendingBatch>(shard_);
        if (asks_.Join(*key, place, code, std::nullopt, pending) == CityAsks::Joined::kRefused) {
            co_return;
        }
        Pump();
        Task<Result<void>> waiting = pending->Wait(kHealWait);
        const Result<void> answered = co_await std::move(waiting);
        if (!answered || owed_.Newest() == key) co_return;  // not yet
    }
}

}  // namespace flux::feeds
