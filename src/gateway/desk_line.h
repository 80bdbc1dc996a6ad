// A shard's line to the desk.
#pragma once

#include "gateway/desk.h"
#include "gateway/desk_letter.h"
#include "runtime/shard.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace flux::gateway {

/// Collects what its shard wants and sends it in one letter at a time: what comes while one is
/// under way goes with the next, so neither shard's mailbox fills. Thread: its shard's.
class DeskLine {
public:
    using Refused = std::function<void(const RefusedWish&)>;

    /// `listener` lives as long as the line; `refused` is called for wishes that are not
    /// fulfilled. `desk` lives on `desk_shard`.
    DeskLine(
        Shard& shard,
        Shard& desk_shard,
        std::shared_ptr<Desk> desk,
        DeskListener& listener,
        Refused refused
    );
    DeskLine(const DeskLine&) = delete;
    DeskLine& operator=(const DeskLine&) = delete;

    /// False when too many wait already: nothing was taken.
    bool Wish(WeatherWish wish);
    void Wish(std::size_t request);
    void Change(const std::string& room, RoomChange change);

private:
    void Send();
    void OnAnswer(const std::vector<RefusedWish>& refused);

    Shard& shard_;
    Shard& desk_shard_;
    const std::shared_ptr<Desk> desk_;
    const Refused refused_;
    DeskLetter next_;
    bool under_way_ = false;
    std::shared_ptr<DeskListener*> listener_;  // the desk holds it weakly
    std::shared_ptr<DeskLine*> alive_;         // so does the answer that comes back
};

}  // namespace flux::gateway
