// The server that the official clients are tested against: the echo application, and events that
// ask for rooms, broadcasts and cuts.
//
//   socketio_test_server [--port 0] [--shards 2] [--ping-interval MS] [--ping-timeout MS]
//
// Prints "listening on PORT" and runs until its standard input closes or it is told to stop.
#include "base/clock.h"
#include "base/metrics.h"
#include "net/server.h"
#include "runtime/shard_set.h"
#include "socketio/echo_app.h"

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

namespace flux::socketio {
namespace {

/// Beside what EchoApp answers:
///   join ROOM, leave ROOM        acknowledged with true
///   broadcast ROOM, ARGS...      `news` with ARGS to the room's members on all shards
///   conflate ROOM, KEY, VALUE    as broadcast, but only the newest per key
///   kick                         leaves the namespace from the server's side
///   cut                          closes the transport, as a network failure would
///   shard                        acknowledged with the number of the client's shard
class TestApp final : public EchoApp {
public:
    explicit TestApp(SocketIoServer*& server)
        : server_(server) {}

    Result<void> OnConnect(Socket& socket, std::string_view auth) override {
        if (auth.find("\"refuse\"") != std::string_view::npos) {
            return Error{ErrorCode::kPermission, Retry::kNever, "not allowed"};
        }
        return EchoApp::OnConnect(socket, auth);
    }

    void OnEvent(Socket& socket, const Event& event) override {
        const std::string_view yes = "true";
        if (event.name == "join" && !event.arguments.empty()) {
            if (socket.Join(event.arguments[0])) event.ack.Reply({&yes, 1});
        } else if (event.name == "leave" && !event.arguments.empty()) {
            socket.Leave(event.arguments[0]);
            event.ack.Reply({&yes, 1});
        } else if (event.name == "broadcast" && !event.arguments.empty()) {
            Broadcast(socket, event, DeliveryPolicy::kEvery, 0);
            event.ack.Reply({&yes, 1});
        } else if (event.name == "conflate" && event.arguments.size() == 3) {
            const std::uint64_t key = std::hash<std::string_view>{}(event.arguments[1]) >> 1 | 1;
            Broadcast(socket, event, DeliveryPolicy::kLatestPerKey, key);
        } else if (event.name == "kick") {
            socket.Disconnect(DisconnectReason::kServerDisconnect, false);
        } else if (event.name == "cut") {
            socket.Disconnect(DisconnectReason::kKicked, true);
        } else if (event.name == "shard") {
            const std::string number = std::to_string(socket.Ref().shard().value());
            const std::string_view view = number;
            event.ack.Reply({&view, 1});
        } else {
            EchoApp::OnEvent(socket, event);
        }
    }

private:
    void Broadcast(Socket& socket, const Event& event, DeliveryPolicy policy, std::uint64_t key) {
        const std::span<const std::string_view> arguments(event.arguments);
        Delivery delivery;
        delivery.nsp = socket.nsp();
        delivery.room = event.arguments[0];
        delivery.frame = EncodeEvent(socket.nsp(), "news", arguments.subspan(1));
        delivery.policy = policy;
        delivery.conflation_key = key;
        server_->Broadcast(std::move(delivery));
    }

    SocketIoServer*& server_;
};

struct Arguments {
    std::uint16_t port = 0;
    std::size_t shards = 2;
    int ping_interval_ms = 25'000;
    int ping_timeout_ms = 20'000;
};

int Serve(const Arguments& arguments) {
    ShardSet shards(arguments.shards, SystemClock::Instance());
    shards.Start();
    MetricRegistry metrics;
    SocketIoOptions options;
    options.ping_interval = Milliseconds(arguments.ping_interval_ms);
    options.ping_timeout = Milliseconds(arguments.ping_timeout_ms);
    options.origins = {"*"};
    SocketIoServer* server_of_apps = nullptr;
    SocketIoServer server(shards, metrics, options, [&](Shard&) {
        return std::make_unique<TestApp>(server_of_apps);
    });
    server_of_apps = &server;
    net::Server listeners(shards, metrics, "test");
    net::ListenerOptions listener;
    listener.name = "test";
    listener.addresses = {"127.0.0.1", "::1"};
    listener.port = arguments.port;
    listener.port_setting = "--port";
    const Result<std::uint16_t> port = listeners.Listen(std::move(listener), {server.Mount()});
    if (!port) {
        std::fprintf(stderr, "%s\n", ToString(port.error()).c_str());
        return 1;
    }
    std::printf("listening on %u\n", *port);
    std::fflush(stdout);
    char byte = 0;
    while (::read(STDIN_FILENO, &byte, 1) > 0) {
    }
    listeners.StopAccepting();
    server.Drain(DisconnectReason::kDrain, Milliseconds(0));
    listeners.Stop();
    return 0;
}

}  // namespace
}  // namespace flux::socketio

int main(int argc, char** argv) {
    flux::socketio::Arguments arguments;
    CLI::App command{"A Socket.IO server for tests with official clients"};
    command.add_option("--port", arguments.port, "0: any free port");
    command.add_option("--shards", arguments.shards);
    command.add_option("--ping-interval", arguments.ping_interval_ms, "milliseconds");
    command.add_option("--ping-timeout", arguments.ping_timeout_ms, "milliseconds");
    CLI11_PARSE(command, argc, argv);
    return flux::socketio::Serve(arguments);
}
