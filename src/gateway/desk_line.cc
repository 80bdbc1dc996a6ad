#include "gateway/desk_line.h"

#include "limits/limits.h"

#include <utility>

namespace flux::gateway {

DeskLine::DeskLine(
    Shard& shard,
    Shard& desk_shard,
    std::shared_ptr<Desk> desk,
    DeskListener& listener,
    Refused refused
)
    : shard_(shard),
      desk_shard_(desk_shard),
      desk_(std::move(desk)),
      refused_(std::move(refused)),
      listener_(std::make_shared<DeskListener*>(&listener)),
      alive_(std::make_shared<DeskLine*>(this)) {}

bool DeskLine::Wish(WeatherWish wish) {
    if (next_.wishes.size() >= limits::kDeskWishesMax) return false;
    next_.wishes.push_back(std::move(wish));
    Send();
    return true;
}

void DeskLine::Wish(std::size_t request) {
    next_.requests |= std::uint32_t{1} << request;
    Send();
}

void DeskLine::Change(const std::string& room, RoomChange change) {
    next_.rooms.insert_or_assign(room, std::move(change));
    Send();
}

void DeskLine::Send() {
    if (under_way_ || next_.empty()) return;
    under_way_ = true;
    DeskLetter letter = std::exchange(next_, DeskLetter());
    letter.shard = shard_.id();
    // One letter per shard is under way at most, so neither it nor its answer needs a bound.
    desk_shard_.PostReserved([desk = desk_,
                              home = &shard_,
                              letter = std::move(letter),
                              listener = std::weak_ptr<DeskListener*>(listener_),
                              alive = std::weak_ptr<DeskLine*>(alive_)]() mutable {
        home->PostReserved([alive, refused = desk->Open(letter, listener)] {
            if (const auto line = alive.lock()) (*line)->OnAnswer(refused);
        });
    });
}

void DeskLine::OnAnswer(const std::vector<RefusedWish>& refused) {
    under_way_ = false;
    for (const RefusedWish& one : refused)
        refused_(one);
    Send();
}

}  // namespace flux::gateway
