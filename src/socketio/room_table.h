// Who is in which room, on one shard and in one namespace.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace flux::socketio {

class Session;
class RoomTable;

/// Something that can be in rooms. It must have left all of them (LeaveAll) when it is destroyed.
/// Thread: its table's shard.
class RoomMember {
public:
    RoomMember() = default;
    RoomMember(const RoomMember&) = delete;
    RoomMember& operator=(const RoomMember&) = delete;

    std::size_t room_count() const { return memberships_.size(); }

    /// Whether its broadcasts come as sessions that may recover take them. Set before the first
    /// Join.
    bool recovers() const { return recovers_; }

protected:
    ~RoomMember();
    void SetRecovers() { recovers_ = true; }

private:
    friend class RoomTable;
    struct Membership {
        struct Room* room;
        std::uint32_t place;  // in the room's list of occupants
    };
    std::vector<Membership> memberships_;
    bool recovers_ = false;
};

/// A room: exists while somebody is in it.
struct Room {
    /// One member, beside the session its broadcasts go to: a walk over a room touches no member.
    struct Occupant {
        Session* session;
        RoomMember* member;
        std::uint32_t membership;  // this room's place in the member's list
        bool recovers;             // RoomMember::recovers
    };
    std::string_view name;  // the table's key
    std::vector<Occupant> occupants;
};

/// Joining, leaving and finding a room cost one hash look-up; leaving moves the last occupant into
/// the gap, so there is no order among members. Thread: one shard's.
class RoomTable {
public:
    RoomTable() = default;
    RoomTable(const RoomTable&) = delete;
    RoomTable& operator=(const RoomTable&) = delete;
    ~RoomTable();

    /// `session` is where the member's broadcasts go. Joining twice does nothing.
    /// Errors: kTooLarge for a name over limits::kRoomNameBytesMax, kFull over
    /// limits::kRoomsPerSocketMax.
    Result<void> Join(RoomMember& member, Session* session, std::string_view room);

    /// Leaving a room one is not in does nothing.
    void Leave(RoomMember& member, std::string_view room);
    void LeaveAll(RoomMember& member);

    static std::vector<std::string> RoomsOf(const RoomMember& member);

    /// The occupants of `room`, nobody when it does not exist. Valid until the next Join or Leave.
    const std::vector<Room::Occupant>& Occupants(std::string_view room) const;

    /// Calls `visit` for each room. `visit` must not join or leave.
    template <class Visit>
    void ForEachRoom(const Visit& visit) const {
        for (const auto& [name, room] : rooms_)
            visit(room);
    }

    std::size_t size() const { return rooms_.size(); }

private:
    struct NameHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view name) const {
            return std::hash<std::string_view>{}(name);
        }
    };

    void Remove(RoomMember& member, std::size_t membership);

    std::unordered_map<std::string, Room, NameHash, std::equal_to<>> rooms_;
};

}  // namespace flux::socketio
