#include "gateway/snapshot_table.h"

#include "base/assert.h"

#include <utility>

namespace flux::gateway {

std::size_t SnapshotTable::IdHash::operator()(const Id& id) const {
    return std::hash<std::string>{}(id.key) ^ (id.route * 0x9E3779B97F4A7C15ULL);
}

std::size_t SnapshotTable::Weight(const Snapshot& snapshot) {
    return snapshot.frame.weight() + snapshot.key.size() + snapshot.room.size();
}

SnapshotTable::SnapshotTable(const RouteTable& routes, std::size_t bytes_max, SnapshotStats& stats)
    : routes_(routes),
      bytes_max_(bytes_max),
      stats_(stats),
      route_ages_(routes.size()) {}

void SnapshotTable::Put(Snapshot snapshot) {
    FLUX_ASSERT(routes_.Find(snapshot.route) != nullptr);
    const auto found = by_key_.find(Id{snapshot.route, snapshot.key});
    if (found != by_key_.end()) {
        if (found->second.snapshot.sequence >= snapshot.sequence) return;
        if (Weight(snapshot) > bytes_max_) {
            Erase(found->second);  // what is kept is no longer the newest
        } else {
            Update(found->second, std::move(snapshot));
        }
    } else if (Weight(snapshot) <= bytes_max_) {
        Insert(std::move(snapshot));
    }
    Publish();
}

void SnapshotTable::Insert(Snapshot snapshot) {
    const RouteNumber route = snapshot.route;
    Id id{route, snapshot.key};
    Entry& entry = by_key_[std::move(id)];
    entry.snapshot = std::move(snapshot);
    entry.birth = ++births_;
    entry.by_age = ages_.insert(ages_.end(), &entry);
    std::list<Entry*>& ages = route_ages_[route - 1];
    entry.by_route_age = ages.insert(ages.end(), &entry);
    bytes_ += Weight(entry.snapshot);
    JoinRoom(entry);
    MakeRoom(route);
}

void SnapshotTable::Update(Entry& entry, Snapshot snapshot) {
    const RouteNumber route = snapshot.route;
    bytes_ += Weight(snapshot);
    bytes_ -= Weight(entry.snapshot);
    const bool moves = entry.snapshot.room != snapshot.room;
    if (moves) LeaveRoom(entry);
    entry.snapshot = std::move(snapshot);
    if (moves) JoinRoom(entry);
    ages_.splice(ages_.end(), ages_, entry.by_age);
    std::list<Entry*>& ages = route_ages_[route - 1];
    ages.splice(ages.end(), ages, entry.by_route_age);
    MakeRoom(route);
}

void SnapshotTable::MakeRoom(RouteNumber route) {
    std::list<Entry*>& ages = route_ages_[route - 1];
    while (ages.size() > routes_.Find(route)->snapshot_keys_max) {
        stats_.evicted.Add();
        Erase(*ages.front());
    }
    while (bytes_ > bytes_max_) {
        stats_.evicted.Add();
        Erase(*ages_.front());
    }
}

void SnapshotTable::Erase(Entry& entry) {
    LeaveRoom(entry);
    ages_.erase(entry.by_age);
    route_ages_[entry.snapshot.route - 1].erase(entry.by_route_age);
    bytes_ -= Weight(entry.snapshot);
    const Id id{entry.snapshot.route, entry.snapshot.key};
    by_key_.erase(id);
}

void SnapshotTable::JoinRoom(Entry& entry) {
    by_room_[entry.snapshot.room].emplace(entry.birth, &entry);
}

void SnapshotTable::LeaveRoom(Entry& entry) {
    const auto room = by_room_.find(entry.snapshot.room);
    room->second.erase(entry.birth);
    if (room->second.empty()) by_room_.erase(room);
}

void SnapshotTable::Remove(RouteNumber route, const std::string& key, Sequence sequence) {
    const auto found = by_key_.find(Id{route, key});
    if (found == by_key_.end() || found->second.snapshot.sequence > sequence) return;
    Erase(found->second);
    Publish();
}

bool SnapshotTable::Contains(RouteNumber route, const std::string& key) const {
    return by_key_.contains(Id{route, key});
}

Sequence SnapshotTable::SequenceOf(RouteNumber route, const std::string& key) const {
    const auto found = by_key_.find(Id{route, key});
    return found == by_key_.end() ? 0 : found->second.snapshot.sequence;
}

void SnapshotTable::VisitRoom(
    const std::string& room, const std::function<bool(const Snapshot&)>& visit
) const {
    const auto found = by_room_.find(room);
    if (found == by_room_.end()) return;
    for (const auto& [birth, entry] : found->second) {
        if (!visit(entry->snapshot)) return;
    }
}

std::vector<Snapshot> SnapshotTable::All() const {
    std::vector<Snapshot> all;
    all.reserve(ages_.size());
    for (const Entry* entry : ages_)
        all.push_back(entry->snapshot);
    return all;
}

void SnapshotTable::Publish() {
    stats_.entries.Set(static_cast<std::int64_t>(by_key_.size()));
    stats_.bytes.Set(static_cast<std::int64_t>(bytes_));
}

}  // namespace flux::gateway
