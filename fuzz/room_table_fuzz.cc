// Rooms: whatever is joined and left in whatever order, the table says what a naive one says.
#include "base/assert.h"
#include "input.h"
#include "socketio/naive_room_table.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using flux::socketio::Member;
    constexpr std::size_t kStepsMax = 500;
    flux::fuzz::Input input(data, size);
    std::array<Member, 7> members;
    flux::socketio::NaiveRoomTable both;
    for (std::size_t step = 0; step < kStepsMax && !input.Rest().empty(); ++step) {
        const std::uint8_t choice = input.Byte();
        Member& member = members[choice % members.size()];
        const std::string room(1, static_cast<char>('a' + input.Byte() % 11));
        if (choice < 140) {
            both.Join(member, room);
        } else if (choice < 245) {
            both.Leave(member, room);
        } else {
            both.LeaveAll(member);
        }
        FLUX_ASSERT(both.Agrees(member));
    }
    for (Member& member : members)
        both.LeaveAll(member);
    return 0;
}
