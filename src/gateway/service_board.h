// How services do, as this shard has heard.
#pragma once

#include "base/clock.h"
#include "contract/replies.h"
#include "contract/service_status.h"
#include "gateway/route_table.h"
#include "gateway/snapshot_table.h"

#include <optional>
#include <string>
#include <string_view>

namespace flux::gateway {

/// Reads the snapshots of serviceStatus. Thread: its shard's.
class ServiceBoard {
public:
    /// References outlive the board.
    ServiceBoard(const RouteTable& routes, const SnapshotTable& snapshots, const Clock& clock);

    /// What the service of `domain` said last; nothing when it is silent for so long that it may
    /// not run.
    std::optional<contract::ServiceStatus> Find(std::string_view domain) const;

    /// Why there is no `noun` of that domain, for people.
    contract::ErrorReply WhyNot(std::string_view domain, std::string_view noun) const;

private:
    const SnapshotTable& snapshots_;
    const Clock& clock_;
    const RouteNumber route_;
};

}  // namespace flux::gateway
