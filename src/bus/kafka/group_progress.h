// How far a member of a shared group has handled its partitions.
#pragma once

#include "bus/event_bus.h"

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

namespace flux::bus {

/// The partitions that were dealt to a member, and their positions that are not committed yet. A
/// partition that is given away and dealt again is another one: what was known of it says nothing
/// any more. Thread: any.
class GroupProgress {
public:
    struct Place {
        Partition partition;
        Offset next;  ///< everything before it has been handled
        std::uint64_t deal = 0;
    };

    void Deal(Partition partition);

    /// What is handled of them from now on is not this member's to commit.
    void GiveAway(const std::vector<Partition>& partitions);

    /// Passed over unless the partition is the member's.
    void Handled(Partition partition, Offset next);

    /// What is to be committed; the next call has what was handled since.
    std::vector<Place> Take();

    /// Their commit failed: they are taken again, unless there is something newer or the partition
    /// has been given away since. Whether that holds for all of them.
    bool TakeBack(const std::vector<Place>& places);

    /// Nothing is handled from now on.
    void Abandon();

private:
    struct Owned {
        std::uint64_t deal = 0;
        std::optional<Offset> handled;
    };
    std::mutex mutex_;
    std::map<Partition, Owned> owned_;
    std::uint64_t deals_ = 0;
    bool abandoned_ = false;
};

}  // namespace flux::bus
