// The model a RoomTable is held against, by its unit test and by fuzzing. For tests only.
#pragma once

#include "base/assert.h"
#include "socketio/room_table.h"

#include <cstddef>
#include <map>
#include <set>
#include <string>

namespace flux::socketio {

struct Member final : RoomMember {};

/// Who is in which room, written without regard to cost. Does what it is told to a RoomTable as
/// well, and checks that both say the same.
class NaiveRoomTable {
public:
    void Join(Member& member, const std::string& room) {
        const Result<void> joined = table_.Join(member, nullptr, room);
        FLUX_ASSERT(joined.has_value());
        rooms_[room].insert(&member);
    }

    void Leave(Member& member, const std::string& room) {
        table_.Leave(member, room);
        rooms_[room].erase(&member);
    }

    void LeaveAll(Member& member) {
        table_.LeaveAll(member);
        for (auto& [name, in] : rooms_)
            in.erase(&member);
    }

    /// Whether the table says of every room, and of `member`, what the model does.
    bool Agrees(const Member& member) const {
        std::size_t rooms = 0;
        std::set<std::string> of_member;
        for (const auto& [name, in] : rooms_) {
            rooms += in.empty() ? 0 : 1;
            if (in.contains(&member)) of_member.insert(name);
            std::multiset<const RoomMember*> occupants;
            for (const Room::Occupant& occupant : table_.Occupants(name))
                occupants.insert(occupant.member);
            if (occupants != std::multiset<const RoomMember*>(in.begin(), in.end())) return false;
        }
        const auto listed = RoomTable::RoomsOf(member);
        return table_.size() == rooms && member.room_count() == of_member.size() &&
               std::set<std::string>(listed.begin(), listed.end()) == of_member;
    }

private:
    RoomTable table_;
    std::map<std::string, std::set<const RoomMember*>> rooms_;
};

}  // namespace flux::socketio
