#include "gateway/broadcaster.h"

#include "base/assert.h"
#include "base/testpoint.h"
#include "gateway/delivery_key.h"

#include <functional>
#include <memory>
#include <utility>

namespace flux::gateway {

std::uint64_t ConflationKey(RouteNumber number, std::string_view key) {
    std::uint64_t hash = std::hash<std::string_view>{}(key) + number * 0x9E3779B97F4A7C15ULL;
    hash ^= hash >> 32;
    hash *= 0xD6E8FEB86659FD93ULL;
    hash ^= hash >> 32;
    constexpr std::uint64_t kAllOnes = ~std::uint64_t{0};
    return hash == 0 || hash == kAllOnes ? 1 : hash;
}

Broadcaster::Broadcaster(
    const RouteTable& routes, std::size_t snapshot_bytes_max, std::string identity
)
    : routes_(routes),
      master_(routes, snapshot_bytes_max, stats_),
      replay_(routes, std::move(identity)) {}

void Broadcaster::Post(
    RouteNumber number,
    const std::string& key,
    const std::string& room,
    const socketio::SharedFrame& frame
) {
    const Route* const route = routes_.Find(number);
    FLUX_ASSERT(route != nullptr);
    socketio::Delivery delivery;
    delivery.room = room;
    delivery.frame = frame;
    delivery.policy = route->delivery;
    delivery.conflation_key = ConflationKey(number, key);
    delivery.route = number;
    delivery.key = PackDeliveryKey(++sequence_, key);
    if (route->recovery == Recovery::kReplay) {
        if (const std::optional<ReplayOffset> offset = replay_.Stamp()) {
            delivery.offset = Encode(*offset);
            delivery.place = std::make_shared<const ReplayOffset>(*offset);
        }
    }
    if (route->snapshot == SnapshotRule::kLatestPerKey) {
        Snapshot snapshot;
        snapshot.route = number;
        snapshot.key = key;
        snapshot.room = room;
        snapshot.frame = frame;
        snapshot.policy = route->delivery;
        snapshot.conflation_key = delivery.conflation_key;
        snapshot.sequence = sequence_;
        master_.Put(std::move(snapshot));
    }
    FLUX_TESTPOINT("gateway.broadcast");
    if (server_) server_->Broadcast(std::move(delivery));
    posted_.store(sequence_, std::memory_order_release);
}

void Broadcaster::PostLayout() {
    // For the shards alone: an empty frame goes to no client, and 0 is no route.
    socketio::Delivery delivery;
    delivery.policy = socketio::DeliveryPolicy::kLatestPerKey;
    delivery.conflation_key = 1;
    delivery.offset = Encode(replay_.now());
    delivery.place = std::make_shared<const ReplayOffset>(replay_.now());
    if (server_) server_->Broadcast(std::move(delivery));
}

void Broadcaster::Forget(RouteNumber number, const std::string& key) {
    // An empty frame is for the shards' snapshots alone; no client gets it.
    socketio::Delivery delivery;
    delivery.policy = socketio::DeliveryPolicy::kLatestPerKey;
    delivery.conflation_key = ConflationKey(number, key);
    delivery.route = number;
    delivery.key = PackDeliveryKey(++sequence_, key);
    master_.Remove(number, key, sequence_);
    if (server_) server_->Broadcast(std::move(delivery));
    posted_.store(sequence_, std::memory_order_release);
}

SnapshotCopy Broadcaster::Copy() const {
    return {.sequence = sequence_, .snapshots = master_.All()};
}

}  // namespace flux::gateway
