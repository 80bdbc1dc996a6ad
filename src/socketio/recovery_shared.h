// What the recovery of all shards of one server shares.
#pragma once

#include "socketio/address_count.h"
#include "socketio/session_archive.h"
#include "socketio/socketio_options.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace flux {
class ShardSet;
}

namespace flux::socketio {

class ShardRecovery;

/// Lives as long as a letter to one of the shards may be under way.
struct RecoveryShared {
    RecoveryShared(
        ShardSet& shard_set, const SocketIoOptions& options, SessionArchiveFactory archives
    );

    ShardSet& shards;
    const SessionArchiveFactory make_archive;  ///< may be empty
    const std::uint64_t owner;                 ///< of what this server writes to an archive

    /// By shard; an entry is read and written on its shard only, and nullptr while that has none.
    std::vector<ShardRecovery*> parts;

    // Of kept sessions, over all shards. Thread: any.
    std::atomic<std::size_t> kept{0};
    std::atomic<std::size_t> kept_bytes{0};
    AddressCount kept_of_address;
    AddressCount kept_kib_of_address;  ///< in KiB, rounded up
};

}  // namespace flux::socketio
