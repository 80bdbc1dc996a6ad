// When services are asked for movers, top coins, stocks and news: one for all shards.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "bus/event_bus.h"
#include "contract/service_status.h"
#include "gateway/command_writer.h"
#include "gateway/desk_options.h"
#include "gateway/request_table.h"
#include "runtime/patience.h"
#include "runtime/shard.h"
#include "runtime/task.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace flux::gateway {

/// One command per request while none is under way, however many want it. Thread: its shard's.
class RefreshDesk {
public:
    /// Tells all shards that the command for a request could not be given.
    using Tell = std::function<void(std::size_t request, const contract::ErrorReply& reply)>;

    /// References outlive the desk.
    RefreshDesk(
        Shard& shard,
        bus::EventBus& bus,
        const DeskOptions& options,
        CommandWriter& commands,
        Tell tell
    );

    /// Somewhere nobody can answer these (bit by bit, by place in kRequests).
    void Wish(std::uint32_t requests);

    /// A route has made an event of a record of that topic, written at `at`.
    void OnEvent(std::string_view topic, WallMillis at);
    void OnStatus(const contract::ServiceStatus& status);

    /// Asks for whatever has no event that is as new as its service's rhythm makes them, unless
    /// another gateway has just asked. Returns when each is there or its service says that it will
    /// not be, when the time is over, or once `abandoned` (may be empty). Errors: those of
    /// EventBus::Publish, when the patience is over.
    Task<Result<void>> RunStart(const Patience& patience, const std::function<bool()>& abandoned);

private:
    struct State {
        SteadyTime command_until;  // it is under way
        WallMillis newest = 0;     // event
        bool awaited = false;      // by a start
    };

    void Fail(std::size_t number);
    Task<bool> AskedElsewhere(const Request& request);
    std::string CommandJson(std::string_view reason) const;
    bool Awaits() const;

    Shard& shard_;
    bus::EventBus& bus_;
    const DeskOptions& options_;
    CommandWriter& commands_;
    const Tell tell_;
    std::array<State, kRequests.size()> states_;
    std::shared_ptr<RefreshDesk*> alive_;
};

}  // namespace flux::gateway
