// Which cities are asked about, and when: one for all shards.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "gateway/address_budgets.h"
#include "gateway/command_writer.h"
#include "gateway/dedup_window.h"
#include "gateway/desk_letter.h"
#include "gateway/desk_options.h"
#include "gateway/desk_stats.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace flux::gateway {

/// Turns wishes for weather into commands C1: one per room while none is under way, none while the
/// newest weather is fresh, one again and again while the room has members, and none for new cities
/// over the budgets. Learns from the events what became of them. Bounded in rooms. Thread: its
/// shard's.
class WeatherDesk {
public:
    /// Tells the shards (bit by bit) that have asked what a command came to.
    using Tell = std::function<void(std::uint64_t shards, const FailedPlace& failed)>;
    /// Whether the gateway has the weather of a room.
    using Has = std::function<bool(const std::string& room)>;

    /// References outlive the desk.
    WeatherDesk(
        const Clock& clock,
        const DeskOptions& options,
        CommandWriter& commands,
        DeskStats& stats,
        Has has,
        Tell tell
    );
    WeatherDesk(const WeatherDesk&) = delete;
    WeatherDesk& operator=(const WeatherDesk&) = delete;

    /// Why the wish is not fulfilled; nothing: what it wants is there, or is asked for.
    std::optional<contract::ErrorReply> Wish(const WeatherWish& wish, ShardId shard);

    void Change(const std::string& room, const RoomChange& change, ShardId shard);

    /// An E1 came. Errors: kBadInput when it is none.
    Result<void> OnEvent(std::string_view payload);

    /// A start found the weather of `room`, published at `at`.
    void OnFound(const std::string& room, WallMillis at);

    /// Asks again for rooms with members whose time has come, and forgets rooms nobody needs. Call
    /// it now and then.
    void Sweep();

    std::size_t rooms() const { return rooms_.size(); }

private:
    struct Hold {
        contract::ErrorReply reply;
        SteadyTime until;
        bool of_region = false;
        std::optional<std::string> region;
    };
    struct Room {
        contract::Location where;   // as it was asked for last
        std::uint64_t members = 0;  // shards that have some
        std::uint64_t askers = 0;   // shards that wait for the command
        std::string command;        // key of the one that is under way; empty: none is
        SteadyTime command_until;   // then it is given up
        SteadyTime fresh_until;
        SteadyTime due = SteadyTime::max();  // the next command while there are members
        SteadyTime known_until;              // it had weather not long ago: no new city
        std::unique_ptr<Hold> hold;
    };

    Room* Open(const std::string& name);
    bool UnderWay(const Room& room) const;
    std::optional<contract::ErrorReply> Held(Room& room, const std::optional<std::string>& region);
    std::optional<contract::ErrorReply> Charge(const WeatherWish& wish);
    contract::ErrorReply TooMany(Milliseconds wait, WishOutcome outcome);
    bool Command(
        const std::string& name,
        Room& room,
        std::string key,
        std::string user_id,
        std::uint64_t payload
    );
    void OnPublished(
        const std::string& name,
        const std::string& key,
        const std::string& user_id,
        std::uint64_t payload,
        const Result<void>& published
    );
    void Answered(const std::string& name, SteadyTime fresh_until);
    void Fail(const std::string& name, Room& room, Hold hold, bool tell);
    bool Again(const std::string& name, Room& room);
    bool IsIdle(const Room& room) const;
    void Count(WishOutcome outcome);

    const Clock& clock_;
    const DeskOptions& options_;
    CommandWriter& commands_;
    DeskStats& stats_;
    const Has has_;
    const Tell tell_;
    DedupWindow dedup_;
    AddressBudgets address_budgets_;
    TokenBucket total_budget_;
    std::unordered_map<std::string, Room> rooms_;
    std::shared_ptr<WeatherDesk*> alive_;  // what comes back from the bus holds it weakly
};

}  // namespace flux::gateway
