// An Engine.IO server over all shards: makes each shard's part, mounts it, takes it down again.
#pragma once

#include "net/server.h"
#include "runtime/shard_set.h"
#include "socketio/engine_shard.h"

#include <functional>
#include <memory>
#include <vector>

namespace flux::socketio {

/// Makes the app of one shard. Called on that shard's thread, before the shard's first request. The
/// turn hooks it registers run before the sessions are flushed, those registered later after it:
/// what a later one sends to sessions waits for the next turn.
using EngineAppFactory = std::function<std::unique_ptr<EngineApp>(EngineShard& engine)>;

/// Thread: made and destroyed by the one that owns the shards, which must run, after
/// net::Server::Stop has ended the connections.
class EngineServer {
public:
    EngineServer(
        ShardSet& shards,
        MetricRegistry& metrics,
        const SocketIoOptions& options,
        EngineAppFactory make_app
    );
    EngineServer(const EngineServer&) = delete;
    EngineServer& operator=(const EngineServer&) = delete;
    ~EngineServer();

    net::Mount Mount();

    /// Makes each shard's part, unless it is there. Thread: not a shard.
    void Open();

    /// Closes every session, evenly over `window`; returns when all sessions and their WebSockets
    /// are gone, at most close_time_max after the window. New handshakes are answered 502 from now
    /// on. Call once, not from a shard.
    void Drain(DisconnectReason reason, Milliseconds window);

    /// Runs `work` on each shard that has its part, and waits for it. Not from a shard.
    void OnEachShard(const std::function<void(EngineShard&)>& work);

private:
    /// One shard's part, used on its thread only (the counters are read by any).
    struct Part {
        EngineStats stats;
        std::unique_ptr<EngineShard> engine;
        std::unique_ptr<EngineApp> app;
    };
    EngineShard& PartOf(Shard& shard);

    ShardSet& shards_;
    EngineShared shared_;
    EngineAppFactory make_app_;
    std::vector<std::unique_ptr<Part>> parts_;  // by shard
    MetricRegistry::Registration registration_;
};

}  // namespace flux::socketio
