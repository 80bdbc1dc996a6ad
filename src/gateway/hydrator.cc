#include "gateway/hydrator.h"

#include "base/testpoint.h"
#include "gateway/gateway_session.h"

#include <algorithm>

namespace flux::gateway {

bool Answers(const Intent& intent, RouteNumber route) {
    if (!intent.snapshots) return true;
    const std::vector<RouteNumber>& routes = intent.snapshot_routes;
    return std::find(routes.begin(), routes.end(), route) != routes.end();
}

WallMillis GoodUntil(const Route& route, const socketio::SharedFrame& frame) {
    const bool ends = route.shape != nullptr && route.shape->good_until != nullptr;
    return ends ? route.shape->good_until(frame) : 0;
}

void SendSnapshot(socketio::Socket& socket, const Route& route, const Snapshot& snapshot) {
    const auto* const session = static_cast<const GatewaySession*>(socket.user_data.get());
    const SessionPlace* const place = session != nullptr ? session->place.get() : nullptr;
    if (route.shape == nullptr || route.shape->respelled == nullptr || place == nullptr ||
        place->room != snapshot.room) {
        return socket.Send(snapshot.frame, snapshot.policy, snapshot.conflation_key);
    }
    const socketio::SharedFrame frame = route.shape->respelled(snapshot.frame, place->where.city);
    socket.Send(frame, snapshot.policy, snapshot.conflation_key);
}

std::size_t Hydrator::Hydrate(
    socketio::Socket& socket, const std::vector<std::string>& rooms, const Intent& intent
) {
    FLUX_TESTPOINT("gateway.hydrate");
    std::size_t bytes = 0;
    bool cut = false;
    const WallMillis now = clock_.WallNow();
    for (const std::string& room : rooms) {
        snapshots_.VisitRoom(room, [&](const Snapshot& snapshot) {
            if (!Answers(intent, snapshot.route) || !IsGood(snapshot, now)) return true;
            bytes += snapshot.frame.size();
            cut = bytes > bytes_max_;
            if (cut) return false;
            stats_.hydrations.Add();
            SendSnapshot(socket, *routes_.Find(snapshot.route), snapshot);
            return true;
        });
        if (cut) break;
    }
    if (cut) stats_.hydrations_cut.Add();
    return cut ? 0 : bytes_max_ - bytes;
}

}  // namespace flux::gateway
