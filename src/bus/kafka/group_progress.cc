#include "bus/kafka/group_progress.h"

#include <utility>

namespace flux::bus {

void GroupProgress::Deal(Partition partition) {
    const std::scoped_lock lock(mutex_);
    Owned& owned = owned_[partition];
    owned.deal = ++deals_;
    owned.handled.reset();
}

void GroupProgress::GiveAway(const std::vector<Partition>& partitions) {
    const std::scoped_lock lock(mutex_);
    for (const Partition partition : partitions)
        owned_.erase(partition);
}

void GroupProgress::Handled(Partition partition, Offset next) {
    const std::scoped_lock lock(mutex_);
    const auto owned = owned_.find(partition);
    if (!abandoned_ && owned != owned_.end()) owned->second.handled = next;
}

std::vector<GroupProgress::Place> GroupProgress::Take() {
    std::vector<Place> places;
    const std::scoped_lock lock(mutex_);
    for (auto& [partition, owned] : owned_) {
        if (!owned.handled) continue;
        Place place;
        place.partition = partition;
        place.next = *std::exchange(owned.handled, std::nullopt);
        place.deal = owned.deal;
        places.push_back(place);
    }
    return places;
}

bool GroupProgress::TakeBack(const std::vector<Place>& places) {
    bool all = true;
    const std::scoped_lock lock(mutex_);
    for (const Place& place : places) {
        const auto owned = owned_.find(place.partition);
        if (owned == owned_.end() || owned->second.deal != place.deal) {
            all = false;
        } else if (!owned->second.handled) {
            owned->second.handled = place.next;
        }
    }
    return all;
}

void GroupProgress::Abandon() {
    const std::scoped_lock lock(mutex_);
    abandoned_ = true;
}

}  // namespace flux::bus
