#include "socketio/room_table.h"

#include "base/random.h"
#include "limits/limits.h"
#include "socketio/naive_room_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

namespace flux::socketio {
namespace {

std::multiset<const RoomMember*> In(const RoomTable& table, std::string_view room) {
    std::multiset<const RoomMember*> members;
    for (const Room::Occupant& occupant : table.Occupants(room))
        members.insert(occupant.member);
    return members;
}

TEST(RoomTable, JoiningTwiceCountsOnce) {
    RoomTable table;
    Member member;
    EXPECT_TRUE(table.Join(member, nullptr, "a"));
    EXPECT_TRUE(table.Join(member, nullptr, "a"));
    EXPECT_EQ(In(table, "a").size(), 1u);
    EXPECT_THAT(RoomTable::RoomsOf(member), testing::ElementsAre("a"));
    table.LeaveAll(member);
}

TEST(RoomTable, ARoomIsGoneWithItsLastMember) {
    RoomTable table;
    Member member;
    EXPECT_TRUE(table.Join(member, nullptr, "a"));
    table.Leave(member, "b");
    EXPECT_EQ(table.size(), 1u);
    table.Leave(member, "a");
    table.Leave(member, "a");
    EXPECT_EQ(table.size(), 0u);
    EXPECT_TRUE(table.Occupants("a").empty());
}

TEST(RoomTable, NamesAndCountsAreBounded) {
    RoomTable table;
    Member member;
    EXPECT_TRUE(table.Join(member, nullptr, std::string(limits::kRoomNameBytesMax, 'x')));
    const auto too_long =
        table.Join(member, nullptr, std::string(limits::kRoomNameBytesMax + 1, 'x'));
    EXPECT_EQ(too_long.error().code, ErrorCode::kTooLarge);
    for (std::size_t i = 1; i < limits::kRoomsPerSocketMax; ++i)
        EXPECT_TRUE(table.Join(member, nullptr, "room" + std::to_string(i)));
    const auto one_more = table.Join(member, nullptr, "one more");
    EXPECT_EQ(one_more.error().code, ErrorCode::kFull);
    EXPECT_TRUE(table.Join(member, nullptr, "room1"));  // is in it already
    table.LeaveAll(member);
    EXPECT_EQ(table.size(), 0u);
}

TEST(RoomTable, BehavesLikeTheNaiveOneWhateverHappens) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Random random(seed);
        std::vector<std::unique_ptr<Member>> members;
        for (int i = 0; i < 12; ++i)
            members.push_back(std::make_unique<Member>());
        NaiveRoomTable both;
        for (int step = 0; step < 800; ++step) {
            Member& member = *members[random.Below(members.size())];
            const std::string room = "r" + std::to_string(random.Below(9));
            const std::uint64_t choice = random.Below(20);
            if (choice < 11) {
                both.Join(member, room);
            } else if (choice < 19) {
                both.Leave(member, room);
            } else {
                both.LeaveAll(member);
            }
            ASSERT_TRUE(both.Agrees(member)) << "step " << step;
        }
        for (const auto& member : members)
            both.LeaveAll(*member);
    }
}

}  // namespace
}  // namespace flux::socketio
