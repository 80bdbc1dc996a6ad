#include "gateway/bus_pump.h"

#include "base/log.h"
#include "contract/topics.h"
#include "gateway/rendered_event.h"
#include "json/json_check.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace flux::gateway {

namespace {

bus::TopicOptions OptionsOf(std::string_view name) {
    bus::TopicOptions options;
    if (const contract::Topic* const known = contract::FindTopic(name)) {
        options.partitions = known->partitions;
        options.durable = known->durable;
    }
    return options;
}

std::optional<std::string_view> KeyOf(const bus::Message& message) {
    if (!message.key) return std::nullopt;
    return std::string_view(*message.key);
}

}  // namespace

BusPump::BusPump(
    std::string topic,
    const RouteTable& routes,
    Broadcaster& broadcaster,
    std::vector<RouteStats>& route_stats
)
    : topic_(std::move(topic)),
      routes_(routes),
      broadcaster_(broadcaster),
      route_stats_(route_stats),
      numbers_(routes.OfTopic(topic_)) {}

Task<Result<void>> BusPump::Start(bus::EventBus& bus) {
    Result<void> subscribed = co_await Subscribe(bus);
    if (subscribed || subscribed.error().code != ErrorCode::kNotFound) co_return subscribed;
    bus::TopicName name(topic_);
    bus::TopicOptions options = OptionsOf(topic_);
    const Result<void> created = co_await bus.EnsureTopic(std::move(name), options);
    if (!created) co_return created.error();
    co_return co_await Subscribe(bus);
}

Task<Result<void>> BusPump::Subscribe(bus::EventBus& bus) {
    bus::SubscribeOptions options;
    options.topic = bus::TopicName(topic_);
    options.wants = [this](std::optional<std::string_view> key) {
        return std::any_of(numbers_.begin(), numbers_.end(), [&](RouteNumber number) {
            return routes_.Find(number)->match.AllowsKey(key);
        });
    };
    bus::BatchHandler handler = [this](const std::vector<bus::Message>& batch) {
        return Handle(batch);
    };
    auto subscribed = co_await bus.Subscribe(std::move(options), std::move(handler));
    if (!subscribed) co_return subscribed.error();
    subscription_ = *std::move(subscribed);
    co_return Result<void>();
}

Task<> BusPump::Stop() {
    if (!subscription_) co_return;
    co_await subscription_->Close();
    subscription_.reset();
}

Task<Result<void>> BusPump::Handle(const std::vector<bus::Message>& batch) {
    for (const bus::Message& message : batch)
        Relay(message);
    co_return Result<void>();
}

void BusPump::Relay(const bus::Message& message) {
    stats_.records.Add();
    if (message.payload.empty()) stats_.tombstones.Add();
    bool taken = false;
    for (const RouteNumber number : numbers_) {
        if (!routes_.Find(number)->match.AllowsKey(KeyOf(message))) continue;
        if (message.payload.empty()) {
            Forget(number, message);
        } else {
            if (!taken) {
                const Result<void> checked = json::Check(message.payload.view());
                if (!checked) {
                    const bool large = checked.error().code == ErrorCode::kTooLarge;
                    return Pass(
                        large ? Skip::kTooLarge : Skip::kBadJson, message, checked.error().context
                    );
                }
            }
            Deliver(number, message);
        }
        taken = true;
    }
    if (!taken) stats_.unmatched.Add();
}

void BusPump::Deliver(RouteNumber number, const bus::Message& message) {
    const Route& route = *routes_.Find(number);
    if (!route.match.AllowsPayload(message.payload.view())) return;
    RouteStats& stats = route_stats_[number - 1];
    stats.matched.Add();
    std::variant<RenderedEvent, Unrenderable> rendered = Render(route, message);
    if (const auto* const failed = std::get_if<Unrenderable>(&rendered))
        return Pass(failed->why, message, failed->detail);
    const auto& event = std::get<RenderedEvent>(rendered);
    stats.encoded_bytes.Add(event.frame.size());
    stats.deliveries.Add();
    broadcaster_.Post(number, event.key, event.room, event.frame);
    if (writer_ && route.cache) writer_->Write(event.cache_key, message.payload, route.cache->ttl);
}

void BusPump::Forget(RouteNumber number, const bus::Message& message) {
    const Route& route = *routes_.Find(number);
    if (route.snapshot == SnapshotRule::kNone) return;
    if (!message.key) return Pass(Skip::kNoKey, message, "a record without payload needs a key");
    const Result<std::string> key = SnapshotKeyOf(route, message);
    if (!key) return Pass(Skip::kNoKey, message, key.error().context);
    broadcaster_.Forget(number, *key);
    if (!writer_ || !route.cache) return;
    if (const auto cache_key = CacheKeyOf(route, message)) writer_->Forget(*cache_key);
}

void BusPump::Pass(Skip why, const bus::Message& message, std::string_view detail) {
    const auto index = static_cast<std::size_t>(why);
    stats_.skipped[index].Add();
    if (logged_[index]) return;
    logged_[index] = true;
    log::Warn(
        "gateway.record_skipped",
        "a record was passed over; further ones of this kind are only counted "
        "(flux_gateway_records_skipped_total)",
        {{"topic", topic_},
         {"partition", message.partition.value()},
         {"offset", message.offset.value()},
         {"reason", kSkipNames[index]},
         {"detail", detail}}
    );
}

}  // namespace flux::gateway
