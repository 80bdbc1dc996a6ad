#include "socketio/room_table.h"

#include "base/assert.h"
#include "limits/limits.h"

#include <fmt/format.h>

namespace flux::socketio {

RoomMember::~RoomMember() {
    FLUX_ASSERT(memberships_.empty());
}

RoomTable::~RoomTable() {
    FLUX_ASSERT(rooms_.empty());
}

Result<void> RoomTable::Join(RoomMember& member, Session* session, std::string_view name) {
    if (name.size() > limits::kRoomNameBytesMax) {
        return Error{
            ErrorCode::kTooLarge,
            Retry::kNever,
            fmt::format(
                "join a room: its name has {} bytes, at most {} are allowed",
                name.size(),
                limits::kRoomNameBytesMax
            )};
    }
    auto found = rooms_.find(name);
    if (found != rooms_.end()) {
        for (const RoomMember::Membership& membership : member.memberships_) {
            if (membership.room == &found->second) return {};
        }
    }
    if (member.memberships_.size() >= limits::kRoomsPerSocketMax) {
        return Error{
            ErrorCode::kFull,
            Retry::kLater,
            fmt::format(
                "join room '{}': the client is in {} rooms already, leave one first",
                name,
                limits::kRoomsPerSocketMax
            )};
    }
    if (found == rooms_.end()) {
        found = rooms_.emplace(std::string(name), Room{}).first;
        found->second.name = found->first;
    }
    Room& room = found->second;
    const auto place = static_cast<std::uint32_t>(room.occupants.size());
    const auto membership = static_cast<std::uint32_t>(member.memberships_.size());
    if (member.memberships_.empty()) member.memberships_.reserve(1);
    member.memberships_.push_back({&room, place});
    room.occupants.push_back({session, &member, membership, member.recovers_});
    return {};
}

void RoomTable::Leave(RoomMember& member, std::string_view name) {
    const auto found = rooms_.find(name);
    if (found == rooms_.end()) return;
    for (std::size_t i = 0; i < member.memberships_.size(); ++i) {
        if (member.memberships_[i].room == &found->second) {
            Remove(member, i);
            return;
        }
    }
}

void RoomTable::LeaveAll(RoomMember& member) {
    while (!member.memberships_.empty())
        Remove(member, member.memberships_.size() - 1);
}

void RoomTable::Remove(RoomMember& member, std::size_t index) {
    auto& memberships = member.memberships_;
    Room& room = *memberships[index].room;
    const std::uint32_t place = memberships[index].place;

    // The last occupant moves into the gap and is told its new place.
    Room::Occupant& gap = room.occupants[place];
    gap = room.occupants.back();
    gap.member->memberships_[gap.membership].place = place;
    room.occupants.pop_back();

    // The same on the member's side.
    memberships[index] = memberships.back();
    memberships.pop_back();
    if (index < memberships.size()) {
        const RoomMember::Membership& moved = memberships[index];
        moved.room->occupants[moved.place].membership = static_cast<std::uint32_t>(index);
    }
    if (room.occupants.empty()) rooms_.erase(rooms_.find(room.name));
}

std::vector<std::string> RoomTable::RoomsOf(const RoomMember& member) {
    std::vector<std::string> names;
    names.reserve(member.memberships_.size());
    for (const RoomMember::Membership& membership : member.memberships_)
        names.emplace_back(membership.room->name);
    return names;
}

const std::vector<Room::Occupant>& RoomTable::Occupants(std::string_view name) const {
    static const std::vector<Room::Occupant> kNobody;
    const auto found = rooms_.find(name);
    return found == rooms_.end() ? kNobody : found->second.occupants;
}

}  // namespace flux::socketio
