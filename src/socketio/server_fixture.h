// A whole server on a free port, for tests that talk to it through real sockets. Test code only.
#pragma once

#include "net/server.h"
#include "runtime/shard_set.h"
#include "socketio/echo_app.h"
#include "socketio/raw_client.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace flux::socketio::testing {

/// What an application of a test does; the functions run on shards. Unset ones do nothing.
struct Script {
    std::function<Result<void>(Socket&, std::string_view auth)> on_connect;
    std::function<void(Socket&)> on_connected;
    std::function<void(Socket&, const Event&)> on_event;
    std::function<void(Socket&, DisconnectReason)> on_disconnect;
    std::function<void(const Delivery&)> on_delivery;
    std::function<void(std::uint64_t)> on_missed;
};

/// Runs Socket.IO with `script` (or EchoApp without one) under /socket.io/, Engine.IO echo under
/// /engine.io/ and plain echo elsewhere.
class TestServer {
public:
    struct Options {
        std::size_t shards = 1;
        SocketIoOptions socketio;
        Script* script = nullptr;
        SocketIoAppFactory make_app;  ///< in place of `script`
        SessionArchiveFactory make_archive;
        std::size_t send_buffer_bytes = 0;
        std::vector<std::string> trusted_proxies;
    };

    explicit TestServer(const Options& options);
    ~TestServer();

    std::uint16_t port() const { return port_; }
    SocketIoServer& socketio() { return *socketio_; }
    ShardSet& shards() { return shards_; }
    std::string Scrape() const { return metrics_.Scrape(); }
    /// The sum of a metric's samples whose labels contain `label`.
    double Metric(const std::string& name, const std::string& label = {}) const;
    /// Waits until `condition` holds; false after kPatience.
    static bool Eventually(const std::function<bool()>& condition);
    /// Runs `work` on the shard and waits for it.
    void On(ShardId shard, const std::function<void()>& work);

private:
    ShardSet shards_;
    MetricRegistry metrics_;
    std::unique_ptr<SocketIoServer> socketio_;
    std::unique_ptr<EngineServer> engine_;
    std::unique_ptr<net::Server> listeners_;
    std::uint16_t port_ = 0;
};

inline constexpr std::string_view kPoll = "/socket.io/?EIO=4&transport=polling";
inline constexpr std::string_view kSocket = "/socket.io/?EIO=4&transport=websocket";
inline constexpr std::string_view kEnginePoll = "/engine.io/?EIO=4&transport=polling";
inline constexpr std::string_view kEngineSocket = "/engine.io/?EIO=4&transport=websocket";

/// Everyone joins room "r" on connection.
Script JoinR();

/// A server on `shards` with `script`, which must outlive it.
TestServer::Options With(std::size_t shards, Script& script, SocketIoOptions socketio = {});

/// A WebSocket Socket.IO client that has joined `nsp`.
std::unique_ptr<RawWebSocket> Joined(
    std::uint16_t port,
    std::string_view nsp = "/",
    std::string_view headers = {},
    int receive_buffer_bytes = 0
);

}  // namespace flux::socketio::testing
