#include "socketio/recovery_shared.h"

#include "base/random.h"
#include "runtime/shard_set.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace flux::socketio {
namespace {

std::uint32_t InKib(std::size_t bytes) {
    constexpr std::size_t kAny = std::numeric_limits<std::uint32_t>::max() / 2;
    return static_cast<std::uint32_t>(std::min(bytes / KiB, kAny));
}

}  // namespace

RecoveryShared::RecoveryShared(
    ShardSet& shard_set, const SocketIoOptions& options, SessionArchiveFactory archives
)
    : shards(shard_set),
      make_archive(std::move(archives)),
      owner(SecureRandomSeed()),
      parts(shard_set.size(), nullptr),
      kept_of_address(options.recovery_sessions_per_address_max, SecureRandomSeed()),
      kept_kib_of_address(InKib(options.recovery_bytes_per_address_max), SecureRandomSeed()) {}

}  // namespace flux::socketio
