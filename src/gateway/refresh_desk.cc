#include "gateway/refresh_desk.h"

#include "base/log.h"
#include "contract/commands.h"
#include "runtime/task_group.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <utility>

namespace flux::gateway {
namespace {

/// A command of another gateway that is not older is on its way to the same event.
constexpr std::chrono::seconds kSameStart{5};

/// When it makes sense to try a command again that could not be given.
constexpr std::chrono::seconds kAskAgain{10};

constexpr Milliseconds kLookInterval{10};

constexpr std::string_view kReasonOfRefresh = "refresh_cache";

}  // namespace

RefreshDesk::RefreshDesk(
    Shard& shard, bus::EventBus& bus, const DeskOptions& options, CommandWriter& commands, Tell tell
)
    : shard_(shard),
      bus_(bus),
      options_(options),
      commands_(commands),
      tell_(std::move(tell)),
      alive_(std::make_shared<RefreshDesk*>(this)) {}

void RefreshDesk::Wish(std::uint32_t requests) {
    const SteadyTime now = shard_.clock().Now();
    for (std::size_t number = 0; number < kRequests.size(); ++number) {
        State& state = states_[number];
        if ((requests >> number & 1) == 0 || now < state.command_until) continue;
        state.command_until = now + options_.answer_time_max;
        const Request& request = kRequests[number];
        auto done = [alive = std::weak_ptr<RefreshDesk*>(alive_),
                     number](const Result<void>& published) {
            const auto desk = alive.lock();
            if (!published && desk) (*desk)->Fail(number);
        };
        const Result<void> handed = commands_.Write(
            request.kind,
            request.commands,
            std::string(request.command_key),
            CommandJson(kReasonOfRefresh),
            std::move(done)
        );
        if (!handed) Fail(number);
    }
}

/// The command was not given: the next who wants it may try.
void RefreshDesk::Fail(std::size_t number) {
    states_[number].command_until = SteadyTime();
    contract::ErrorReply reply;
    reply.error = contract::Failure::kSourceDown;
    reply.message =
        fmt::format("the {} cannot be asked for just now; try again soon", kRequests[number].noun);
    reply.retry_at = shard_.clock().WallNow() + Milliseconds(kAskAgain).count();
    tell_(number, reply);
}

std::string RefreshDesk::CommandJson(std::string_view reason) const {
    contract::RefreshCommand command;
    command.reason = reason;
    command.timestamp = shard_.clock().WallNow();
    return contract::Encode(command);
}

void RefreshDesk::OnEvent(std::string_view topic, WallMillis at) {
    for (std::size_t number = 0; number < kRequests.size(); ++number) {
        if (kRequests[number].events.name != topic) continue;
        states_[number].newest = std::max(states_[number].newest, at);
        states_[number].command_until = SteadyTime();
        states_[number].awaited = false;
    }
}

/// A service of one event that says what is wrong will not bring it now; one of several may still
/// bring the others.
void RefreshDesk::OnStatus(const contract::ServiceStatus& status) {
    const auto of_domain = [&](const Request& request) { return request.domain == status.domain; };
    const bool has_one = std::count_if(kRequests.begin(), kRequests.end(), of_domain) == 1;
    const bool ends = status.state == contract::ServiceState::kNoKey ||
                      status.state == contract::ServiceState::kDown || (has_one && status.error);
    if (!ends) return;
    for (std::size_t number = 0; number < kRequests.size(); ++number) {
        if (of_domain(kRequests[number])) states_[number].awaited = false;
    }
}

bool RefreshDesk::Awaits() const {
    return std::any_of(states_.begin(), states_.end(), [](const State& state) {
        return state.awaited;
    });
}

Task<Result<void>> RefreshDesk::RunStart(
    const Patience& patience, const std::function<bool()>& abandoned
) {
    std::size_t asked = 0;
    for (std::size_t number = 0; number < kRequests.size(); ++number) {
        const Request& request = kRequests[number];
        const Milliseconds age(shard_.clock().WallNow() - states_[number].newest);
        if (age < Milliseconds(request.rhythm)) continue;
        states_[number].awaited = true;
        ++asked;
        const bool elsewhere = co_await AskedElsewhere(request);
        // Whoever comes before it is answered waits for this command too.
        states_[number].command_until = shard_.clock().Now() + options_.answer_time_max;
        if (elsewhere) continue;
        std::function<Task<Result<void>>()> publish = [&] {
            return commands_.Publish(
                request.kind,
                request.commands,
                std::string(request.command_key),
                CommandJson(request.start_reason)
            );
        };
        std::string what = "topic " + std::string(request.commands.name);
        const Result<void> published = co_await patience.Try(std::move(what), std::move(publish));
        if (!published) co_return published.error();
    }
    const SteadyTime until = shard_.clock().Now() + options_.start_time_max;
    while (Awaits() && shard_.clock().Now() < until && !(abandoned && abandoned())) {
        const bool slept = co_await SleepFor(kLookInterval);
        if (!slept) break;
    }
    if (asked == 0) co_return Result<void>();
    log::Info(
        "gateway.refreshed",
        Awaits() ? "services were asked for their newest events; not all have answered in time, "
                   "what is missing follows"
                 : "services were asked for their newest events",
        {{"asked", asked}, {"all_answered", !Awaits()}}
    );
    co_return Result<void>();
}

/// Several gateways that start together need one answer, which all of them read.
Task<bool> RefreshDesk::AskedElsewhere(const Request& request) {
    bus::TopicName topic{std::string(request.commands.name)};
    const auto marks = co_await bus_.Watermarks(topic);
    if (!marks || marks->empty() || (*marks)[0].first == (*marks)[0].second) co_return false;
    bus::Position last;
    last.log_identity = bus_.identity();
    last.offset = bus::Offset((*marks)[0].second.value() - 1);
    const auto records = co_await bus_.Read(std::move(topic), std::move(last), 1);
    if (!records || records->empty()) co_return false;
    const Milliseconds age(shard_.clock().WallNow() - records->back().timestamp);
    co_return age < Milliseconds(kSameStart);
}

}  // namespace flux::gateway
