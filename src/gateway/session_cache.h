// Sessions that lie in the cache, where other gateways find them.
#pragma once

#include "cache/cache_set.h"
#include "socketio/session_archive.h"

#include <string_view>

namespace flux::gateway {

/// How the keys of sessions begin; nothing else may be cached under such a key.
inline constexpr std::string_view kSessionKeyHead = "bff:session:";

/// Keeps the sessions of each shard in its view of `caches`, which outlives the server that uses
/// it, under kSessionKeyHead and the private id. A claim waits longer for its answer than other
/// questions to the cache: one that comes too late is a session that is gone. Thread: any.
socketio::SessionArchiveFactory SessionsIn(cache::CacheSet& caches);

}  // namespace flux::gateway
