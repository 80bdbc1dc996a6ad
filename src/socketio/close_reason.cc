#include "socketio/close_reason.h"

#include "base/assert.h"

namespace flux::socketio {

std::string_view ToString(DisconnectReason reason) {
    switch (reason) {
        case DisconnectReason::kTransportClose:
            return "transport close";
        case DisconnectReason::kTransportError:
            return "transport error";
        case DisconnectReason::kPingTimeout:
            return "ping timeout";
        case DisconnectReason::kClientDisconnect:
            return "client namespace disconnect";
        case DisconnectReason::kServerDisconnect:
            return "server namespace disconnect";
        case DisconnectReason::kSlow:
            return "slow";
        case DisconnectReason::kDrain:
            return "drain";
        case DisconnectReason::kKicked:
            return "kicked";
        case DisconnectReason::kLimit:
            return "limit";
    }
    FLUX_ASSERT(false);
    return {};
}

CloseCode CloseCodeOf(DisconnectReason reason) {
    switch (reason) {
        case DisconnectReason::kTransportError:
            return {1002, "protocol error"};
        case DisconnectReason::kSlow:
            return {4000, "slow"};
        case DisconnectReason::kDrain:
            return {4001, "drain"};
        case DisconnectReason::kKicked:
            return {4002, "kicked"};
        case DisconnectReason::kLimit:
            return {4003, "limit"};
        default:
            return {1000, ToString(reason)};
    }
}

}  // namespace flux::socketio
