// A running gateway for tests: embedded bus, Socket.IO server and listener on two shards, and a raw
// Socket.IO client.
#pragma once

#include "base/metrics.h"
#include "bus/embedded_bus.h"
#include "cache/cache_set.h"
#include "gateway/gateway.h"
#include "net/server.h"
#include "net/test_socket.h"
#include "runtime/shard_set.h"
#include "runtime/task.h"
#include "socketio/socketio_server.h"

#include <boost/asio/co_spawn.hpp>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flux::gateway::testing {

/// Runs `task` on `shard` and waits for what it returns.
template <class T>
T RunOn(Shard& shard, Task<T> task) {
    std::promise<T> promise;
    shard.PostReserved([&shard, &promise, task = std::move(task)]() mutable {
        boost::asio::co_spawn(
            shard.io(),
            std::move(task),
            [&promise](const std::exception_ptr&, T result) {
                promise.set_value(std::move(result));
            }
        );
    });
    return promise.get_future().get();
}

/// The same of one that returns nothing.
inline void RunOn(Shard& shard, Task<> task) {
    const auto run = [&task]() -> Task<bool> {
        co_await std::move(task);
        co_return true;
    };
    RunOn(shard, run());
}

/// A Socket.IO client over WebSocket, one text packet at a time.
class RawClient {
public:
    /// Connects to "/" and reads up to the CONNECT reply.
    explicit RawClient(
        std::uint16_t port, std::string_view auth = "", std::string_view headers = ""
    );

    bool connected() const { return connected_; }
    const std::string& sid() const { return sid_; }  ///< of the socket
    const std::string& pid() const { return pid_; }  ///< of one that may recover; else empty
    void Emit(std::string_view event_json);          ///< `["name",args...]`

    /// Emits with an acknowledgement and returns its arguments, reading past other packets (which
    /// ReadEvent gives later).
    std::string Ask(std::string_view event_json);

    /// The JSON array of the next event; "" when the connection ended or nothing came in time.
    std::string ReadEvent();

    /// The next event that Ask has read past; "" when there is none.
    std::string ReadWaiting();

    /// The close code of the WebSocket, reading past everything else; 0 when it ended without.
    int ReadCloseCode();

private:
    std::optional<std::string> ReadPacket();

    net::testing::TestSocket socket_;
    bool connected_ = false;
    std::string sid_;
    std::string pid_;
    std::uint64_t asked_ = 0;
    std::vector<std::string> waiting_;
};

/// Runs what `work` gives, which is called there, on one shard after the other.
inline void RunOnEach(ShardSet& shards, const std::function<Task<>()>& work) {
    const auto run = [&work]() -> Task<> { co_await work(); };
    for (std::size_t shard = 0; shard < shards.size(); ++shard)
        RunOn(shards[shard], run());
}

/// One more gateway on a bus and the shards of a test, as another process would be. What it is
/// given outlives it.
class OtherGateway {
public:
    OtherGateway(
        ShardSet& shards,
        bus::EventBus& bus,
        const GatewayOptions& options,
        cache::CacheSet* caches = nullptr,
        const socketio::SocketIoOptions& socketio = {},
        socketio::SessionArchiveFactory archive = {}
    );
    ~OtherGateway() { Stop(); }
    OtherGateway(const OtherGateway&) = delete;
    OtherGateway& operator=(const OtherGateway&) = delete;

    Result<void> Start(const Patience& patience = Patience());
    std::uint16_t Listen();  ///< the port
    void Stop();             ///< everything; later calls do nothing

    Gateway& gateway() { return *gateway_; }
    socketio::SocketIoServer& server() { return *server_; }
    std::uint16_t port() const { return port_; }  ///< of Listen

private:
    ShardSet& shards_;
    MetricRegistry metrics_;
    std::unique_ptr<Gateway> gateway_;
    std::unique_ptr<socketio::SocketIoServer> server_;
    std::unique_ptr<net::Server> listener_;
    std::uint16_t port_ = 0;
};

class GatewayTest : public ::testing::Test {
protected:
    void SetUp() override;
    void TearDown() override {
        StopAll();
        std::filesystem::remove_all(directory_);
    }

    /// Ends everything that Start began; what is on disk stays for another Start.
    void StopAll();

    /// Starts everything with the rows of `toml` added to the built-in ones.
    void Start(std::string_view toml = "");

    void Publish(std::string_view topic, std::optional<std::string> key, std::string_view payload);

    /// Waits until the gateway has handled `records` records of `topic` in all, and each shard has
    /// seen what became of them.
    void AwaitRecords(std::string_view topic, std::uint64_t records);

    RawClient Connect(std::string_view auth = "");

    /// What stands in `topic`, all partitions.
    std::vector<bus::Message> Records(std::string_view topic);

    /// Waits until `topic` holds `count` records, and gives them.
    std::vector<bus::Message> AwaitPublished(std::string_view topic, std::size_t count);

    /// Of both shards together.
    std::uint64_t Sum(const Counter GatewayShardStats::*counter) const;

    /// Start makes a cache in memory, too.
    void UseMemoryCache();

    std::filesystem::path directory_;
    MetricRegistry metrics_;
    std::unique_ptr<ShardSet> shards_;
    std::unique_ptr<bus::EmbeddedBus> bus_;
    /// Makes what stands between the gateway and the bus; nothing: nothing does.
    std::function<std::unique_ptr<bus::EventBus>(bus::EventBus&)> wrap_bus_;
    std::unique_ptr<bus::EventBus> wrapped_bus_;
    GatewayOptions options_;
    socketio::SocketIoOptions socketio_options_;
    std::vector<std::string> trusted_proxies_;
    /// Makes what the gateway caches in; nothing: it caches nothing.
    std::function<std::unique_ptr<cache::CacheSet>(ShardSet&)> make_caches_;
    std::unique_ptr<cache::CacheSet> caches_;
    std::unique_ptr<Gateway> gateway_;
    std::unique_ptr<socketio::SocketIoServer> server_;
    std::unique_ptr<net::Server> listener_;
    std::uint16_t port_ = 0;
};

}  // namespace flux::gateway::testing
