#include "gateway/service_board.h"

#include "contract/rooms.h"
#include "gateway/built_in_routes.h"
#include "gateway/rendered_event.h"

#include <chrono>
#include <fmt/format.h>
#include <utility>

namespace flux::gateway {
namespace {

/// Services say how they do every 30 s.
constexpr std::chrono::seconds kSilenceMax{100};

/// When it makes sense to ask a service again that has not answered.
constexpr std::chrono::seconds kAskAgain{30};

}  // namespace

ServiceBoard::ServiceBoard(
    const RouteTable& routes, const SnapshotTable& snapshots, const Clock& clock
)
    : snapshots_(snapshots),
      clock_(clock),
      route_(routes.NumberOf(built_in::kStatus)) {}

std::optional<contract::ServiceStatus> ServiceBoard::Find(std::string_view domain) const {
    std::optional<contract::ServiceStatus> found;
    const SteadyTime now = clock_.Now();
    snapshots_.VisitRoom(std::string(contract::rooms::kEveryone), [&](const Snapshot& snapshot) {
        if (snapshot.route != route_ || snapshot.key != domain) return true;
        auto status = contract::DecodeServiceStatus(ArgumentOf(snapshot.frame));
        if (status && now - snapshot.taken < kSilenceMax) found = *std::move(status);
        return false;
    });
    return found;
}

contract::ErrorReply ServiceBoard::WhyNot(std::string_view domain, std::string_view noun) const {
    contract::ErrorReply reply;
    reply.error = contract::Failure::kSourceDown;
    reply.message = fmt::format("the {} has not come yet; try again soon", noun);
    reply.retry_at = clock_.WallNow() + Milliseconds(kAskAgain).count();
    const std::optional<contract::ServiceStatus> status = Find(domain);
    if (!status) {
        reply.message = fmt::format("the {} service does not answer; try again soon", domain);
        return reply;
    }
    if (!status->error) return reply;
    reply.error = *status->error;
    if (status->message) reply.message = *status->message;
    // A time that is over helps nobody: the status may be older than that.
    if (status->retry_at && *status->retry_at > clock_.WallNow()) reply.retry_at = status->retry_at;
    return reply;
}

}  // namespace flux::gateway
