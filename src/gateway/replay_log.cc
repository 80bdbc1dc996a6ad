#include "gateway/replay_log.h"

#include "base/assert.h"

#include <algorithm>
#include <utility>

namespace flux::gateway {

using socketio::RecoveryVerdict;

ReplayLog::ReplayLog(const RouteTable& routes, const ReplayBounds& bounds, ReplayStats& stats)
    : bounds_(bounds),
      stats_(stats),
      rings_(routes.size()) {}

void ReplayLog::Clear() {
    for (Ring& ring : rings_) {
        stats_.records.Add(-static_cast<std::int64_t>(ring.order.size()));
        stats_.bytes.Add(-static_cast<std::int64_t>(ring.bytes));
        ring = Ring();
    }
}

void ReplayLog::Begin(const ReplayOffset& from) {
    Clear();
    begin_ = from;
    now_ = from;
    active_ = true;
}

void ReplayLog::Reset() {
    Clear();
    active_ = false;
}

void ReplayLog::Note(std::vector<ReplayPlace>& places, const ReplayPlace& place) {
    for (ReplayPlace& known : places) {
        if (known.partition != place.partition) continue;
        if (std::pair(known.offset, known.part) < std::pair(place.offset, place.part))
            known = place;
        return;
    }
    places.push_back(place);
}

void ReplayLog::Add(
    RouteNumber route,
    const std::string& room,
    const socketio::SharedFrame& frame,
    const ReplayOffset& after
) {
    // After a gap nothing before this delivery is known, and it was not seen by all it went to.
    if (!active_ || after.layout != now_.layout) return Begin(after);
    now_ = after;
    Ring& ring = rings_[route - 1];
    auto [found, added] = ring.rooms.try_emplace(room);
    RoomLog& log = found->second;
    if (added) {
        log.evicted = ring.folded;
        log.newest = ring.folded;
    } else if (log.entries.empty()) {
        ring.empty.erase(log.empty);
    }
    ReplayPlace place;
    place.partition = after.current;
    place.offset = after.next[after.current] - 1;
    place.part = after.part;
    Note(log.newest, place);
    log.entries.push_back({++numbers_, place, frame});
    ring.order.push_back(found->first);
    ring.bytes += frame.weight();
    stats_.records.Add(1);
    stats_.bytes.Add(static_cast<std::int64_t>(frame.weight()));
    while (ring.order.size() > bounds_.records_max || ring.bytes > bounds_.bytes_max)
        EvictOldest(ring);
}

void ReplayLog::EvictOldest(Ring& ring) {
    const auto found = ring.rooms.find(std::string(ring.order.front()));
    FLUX_ASSERT(found != ring.rooms.end());
    ring.order.pop_front();
    RoomLog& log = found->second;
    const Entry entry = std::move(log.entries.front());
    log.entries.pop_front();
    Note(log.evicted, entry.place);
    ring.bytes -= entry.frame.weight();
    stats_.evicted.Add();
    stats_.records.Add(-1);
    stats_.bytes.Add(-static_cast<std::int64_t>(entry.frame.weight()));
    if (!log.entries.empty()) return;
    log.empty = ring.empty.insert(ring.empty.end(), found->first);
    if (ring.empty.size() <= bounds_.records_max) return;
    const auto forgotten = ring.rooms.find(std::string(ring.empty.front()));
    ring.empty.pop_front();
    for (const ReplayPlace& place : forgotten->second.evicted)
        Note(ring.folded, place);
    ring.rooms.erase(forgotten);
}

std::vector<ReplayPlace> ReplayLog::NewestOf(
    const std::vector<std::string>& rooms, const JoinPlaces& joined
) const {
    std::vector<ReplayPlace> newest;
    for (const std::string& room : rooms) {
        const auto place_of = joined.find(room);
        for (const Ring& ring : rings_) {
            const auto found = ring.rooms.find(room);
            for (const ReplayPlace& place :
                 found == ring.rooms.end() ? ring.folded : found->second.newest) {
                const bool before = place_of != joined.end() && place_of->second.Includes(place);
                if (!before) Note(newest, place);
            }
        }
    }
    return newest;
}

RecoveryVerdict ReplayLog::Collect(
    const std::vector<std::string>& rooms,
    const ReplayPosition& from,
    const JoinPlaces& joined,
    std::size_t bytes_max,
    std::vector<socketio::SharedFrame>& missed
) const {
    std::vector<const Entry*> entries;
    std::size_t bytes = 0;
    for (const std::string& room : rooms) {
        ReplayPosition behind = from;
        if (const auto place = joined.find(room); place != joined.end()) behind.Take(place->second);
        if (!behind.Covers(begin_)) return RecoveryVerdict::kTooOld;
        for (const Ring& ring : rings_) {
            const auto found = ring.rooms.find(room);
            if (found == ring.rooms.end()) {
                if (!behind.IncludesAll(ring.folded)) return RecoveryVerdict::kTooOld;
                continue;
            }
            const RoomLog& log = found->second;
            if (!behind.IncludesAll(log.evicted)) return RecoveryVerdict::kTooOld;
            if (behind.IncludesAll(log.newest)) continue;
            for (const Entry& entry : log.entries) {
                if (behind.Includes(entry.place)) continue;
                bytes += entry.frame.size();
                if (bytes > bytes_max) return RecoveryVerdict::kTooMuch;
                entries.push_back(&entry);
            }
        }
    }
    std::sort(entries.begin(), entries.end(), [](const Entry* left, const Entry* right) {
        return left->number < right->number;
    });
    for (const Entry* entry : entries)
        missed.push_back(entry->frame);
    return RecoveryVerdict::kRecovered;
}

}  // namespace flux::gateway
