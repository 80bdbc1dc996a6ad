#include "gateway/desk.h"

#include "contract/service_status.h"
#include "contract/topics.h"
#include "gateway/built_in_routes.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

namespace flux::gateway {
namespace {

constexpr std::array kCommandTopics{
    contract::kWeatherFetch,
    contract::kMoversRefresh,
    contract::kTopCoinsRefresh,
    contract::kStockRefresh,
    contract::kNewsRefresh};

/// How often rooms are looked through for those whose time has come.
constexpr Milliseconds kSweepLongest{60'000};
constexpr Milliseconds kSweepShortest{10};
constexpr int kSweepsPerInterval = 60;

}  // namespace

Desk::Desk(
    ShardSet& shards,
    bus::EventBus& bus,
    const DeskOptions& options,
    const RouteTable& routes,
    const Broadcaster& broadcaster,
    DeskStats& stats
)
    : shards_(shards),
      bus_(bus),
      home_(shards[0]),
      options_(options),
      commands_(home_, bus, stats),
      weather_(
          home_.clock(),
          options,
          commands_,
          stats,
          [&broadcaster, number = routes.NumberOf(built_in::kWeather)](const std::string& room) {
              return broadcaster.Has(number, room);
          },
          [this](std::uint64_t asked, const FailedPlace& failed) {
              for (std::size_t shard = 0; shard < listeners_.size(); ++shard) {
                  if ((asked >> shard & 1) == 0) continue;
                  TellShard(shard, [failed](DeskListener& listener) {
                      listener.OnPlaceFailed(failed);
                  });
              }
          }
      ),
      refresh_(
          home_,
          bus,
          options,
          commands_,
          [this](std::size_t request, const contract::ErrorReply& reply) {
              for (std::size_t shard = 0; shard < listeners_.size(); ++shard) {
                  TellShard(shard, [request, reply](DeskListener& listener) {
                      listener.OnRequestFailed(request, reply);
                  });
              }
          }
      ),
      listeners_(shards.size()) {}

/// One letter per shard and command that came to nothing: the commands that wait are bounded.
void Desk::TellShard(std::size_t shard, UniqueFunction<void(DeskListener&)> tell) {
    shards_[shard].PostReserved([listener = listeners_[shard], tell = std::move(tell)]() mutable {
        if (const auto alive = listener.lock()) tell(**alive);
    });
}

Task<Result<void>> Desk::Start(const Patience& patience) {
    const Result<void> made = co_await EnsureTopics(patience);
    if (!made) co_return made;
    open_ = true;
    Sweep();
    co_return Result<void>();
}

Task<Result<void>> Desk::EnsureTopics(const Patience& patience) {
    for (const contract::Topic& topic : kCommandTopics) {
        bus::TopicOptions options;
        options.partitions = topic.partitions;
        options.durable = topic.durable;
        std::function<Task<Result<void>>()> make = [this, &topic, options] {
            return bus_.EnsureTopic(bus::TopicName(std::string(topic.name)), options);
        };
        std::string what = "topic " + std::string(topic.name);
        const Result<void> made = co_await patience.Try(std::move(what), std::move(make));
        if (!made) co_return made;
    }
    co_return Result<void>();
}

Task<Result<void>> Desk::Refresh(const Patience& patience, const std::function<bool()>& abandoned) {
    return refresh_.RunStart(patience, abandoned);
}

Task<> Desk::Stop() {
    open_ = false;
    sweep_.Disarm();
    co_await commands_.Stop();
}

void Desk::Sweep() {
    weather_.Sweep();
    const Milliseconds wait =
        std::clamp(options_.weather_interval / kSweepsPerInterval, kSweepShortest, kSweepLongest);
    home_.timers().Arm(sweep_, home_.clock().Now() + wait);
}

std::vector<RefusedWish> Desk::Open(
    const DeskLetter& letter, std::weak_ptr<DeskListener*> listener
) {
    std::vector<RefusedWish> refused;
    if (!open_) return refused;
    listeners_[letter.shard.value()] = std::move(listener);
    for (const auto& [room, change] : letter.rooms)
        weather_.Change(room, change, letter.shard);
    for (const WeatherWish& wish : letter.wishes) {
        std::optional<contract::ErrorReply> reply = weather_.Wish(wish, letter.shard);
        if (!reply) continue;
        refused.push_back({.socket = wish.socket, .room = wish.room, .reply = *std::move(reply)});
    }
    refresh_.Wish(letter.requests);
    return refused;
}

Result<void> Desk::OnRecord(const bus::Message& message, bool delivered) {
    const std::string& topic = message.topic.value();
    if (topic == contract::kWeatherUpdated.name) return weather_.OnEvent(message.payload.view());
    if (!delivered) return {};
    if (topic != contract::kServiceStatus.name) {
        refresh_.OnEvent(topic, home_.clock().WallNow());
        return {};
    }
    const auto status = contract::DecodeServiceStatus(message.payload.view());
    if (status) refresh_.OnStatus(*status);
    return {};
}

void Desk::OnFound(const Route& route, const std::string& room, WallMillis at) {
    if (route.name == built_in::kWeather) return weather_.OnFound(room, at);
    for (const Request& request : kRequests) {
        if (request.route == route.name) refresh_.OnEvent(request.events.name, at);
    }
}

}  // namespace flux::gateway
