// Flux's side of `./dev bench fanout`: the socketio/ library as it is, with an application of ten
// lines on it.
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "net/server.h"
#include "runtime/shard_set.h"
#include "socketio/socketio_server.h"

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <sys/resource.h>

namespace flux::bench {
namespace {

/// All clients of the bench come from one address.
constexpr std::uint32_t kClientsMax = 20'000;

/// Everybody joins one room; `pub` is sent to all of it as `tick`.
class FanoutApp final : public socketio::SocketIoApp {
public:
    explicit FanoutApp(socketio::SocketIoServer*& server)
        : server_(server) {}

    Result<void> OnConnect(socketio::Socket&, std::string_view) override { return {}; }
    void OnConnected(socketio::Socket& socket) override { (void)socket.Join("bench"); }
    void OnDisconnect(socketio::Socket&, socketio::DisconnectReason) override {}

    void OnEvent(socketio::Socket&, const socketio::Event& event) override {
        if (event.name != "pub" || event.arguments.empty()) return;
        socketio::Delivery delivery;
        delivery.room = "bench";
        delivery.frame = socketio::EncodeEvent("/", "tick", event.arguments);
        server_->Broadcast(std::move(delivery));
    }

private:
    socketio::SocketIoServer*& server_;
};

int Run(std::size_t shard_count, socketio::Compression compression) {
    sigset_t signals;
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGINT);
    ::sigaddset(&signals, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    MetricRegistry metrics;
    ShardSet shards(shard_count, SystemClock::Instance());
    shards.Start();
    net::Server server(shards, metrics, "bench");
    socketio::SocketIoServer* socketio_pointer = nullptr;
    const auto make_app = [&](Shard&) { return std::make_unique<FanoutApp>(socketio_pointer); };
    socketio::SocketIoOptions options;
    options.sessions_per_address_max = kClientsMax;
    options.compression = compression;
    socketio::SocketIoServer socketio(shards, metrics, options, make_app);
    socketio_pointer = &socketio;
    net::ListenerOptions listener;
    listener.name = "bench";
    listener.addresses = {"127.0.0.1"};
    listener.connections_max = kClientsMax;
    listener.connections_per_address_max = kClientsMax;
    listener.port_setting = "(none: the port is chosen by the kernel)";
    const Result<std::uint16_t> port = server.Listen(std::move(listener), {socketio.Mount()});
    if (!port) {
        std::fprintf(stderr, "fanout_server: %s\n", ToString(port.error()).c_str());
        return 1;
    }
    std::printf("PORT %d\n", *port);
    std::fflush(stdout);
    int signal = 0;
    ::sigwait(&signals, &signal);
    server.StopAccepting();
    socketio.Drain(socketio::DisconnectReason::kDrain, Milliseconds(0));
    server.Stop();
    return 0;  // the server, then Socket.IO, then the shards end with this scope
}

}  // namespace
}  // namespace flux::bench

int main(int argc, char** argv) {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    const std::size_t shards = argc > 1 ? static_cast<std::size_t>(std::atoi(argv[1])) : 1;
    using flux::socketio::Compression;
    const std::string_view wanted = argc > 2 ? argv[2] : "shared";
    const Compression compression = wanted == "off"   ? Compression::kOff
                                    : wanted == "all" ? Compression::kAll
                                                      : Compression::kShared;
    return flux::bench::Run(shards, compression);
}
