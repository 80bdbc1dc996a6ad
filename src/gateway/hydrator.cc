#include "gateway/hydrator.h"

#include "base/testpoint.h"

#include <algorithm>

namespace flux::gateway {

bool Answers(const Intent& intent, RouteNumber route) {
    if (!intent.snapshots) return true;
    const std::vector<RouteNumber>& routes = intent.snapshot_routes;
    return std::find(routes.begin(), routes.end(), route) != routes.end();
}

std::size_t Hydrator::Hydrate(
    socketio::Socket& socket, const std::vector<std::string>& rooms, const Intent& intent
) {
    FLUX_TESTPOINT("gateway.hydrate");
    std::size_t bytes = 0;
    bool cut = false;
    for (const std::string& room : rooms) {
        snapshots_.VisitRoom(room, [&](const Snapshot& snapshot) {
            if (!Answers(intent, snapshot.route)) return true;
            bytes += snapshot.frame.size();
            cut = bytes > bytes_max_;
            if (cut) return false;
            stats_.hydrations.Add();
            socket.Send(snapshot.frame, snapshot.policy, snapshot.conflation_key);
            return true;
        });
        if (cut) break;
    }
    if (cut) stats_.hydrations_cut.Add();
    return cut ? 0 : bytes_max_ - bytes;
}

}  // namespace flux::gateway
