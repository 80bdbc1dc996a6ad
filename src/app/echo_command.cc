#include "app/commands.h"
#include "app/descriptor_limit.h"
#include "base/log.h"
#include "net/server.h"
#include "runtime/shard_set.h"
#include "runtime/stop_signals.h"
#include "socketio/echo_app.h"

#include <cstdio>
#include <fmt/core.h>

namespace flux::app {
namespace {

constexpr Milliseconds kStopTimeMax{10'000};

int Run(const EchoArguments& arguments, StopSignals& signals) {
    RaiseDescriptorLimit();
    MetricRegistry metrics;
    ShardSet shards(arguments.shards, SystemClock::Instance());
    shards.Start();
    socketio::SocketIoOptions options = socketio::EchoServer::DefaultOptions();
    if (arguments.ping_interval) options.ping_interval = *arguments.ping_interval;
    if (arguments.ping_timeout) options.ping_timeout = *arguments.ping_timeout;
    socketio::EchoServer echo(shards, metrics, options);
    net::Server server(shards, metrics, "echo");
    net::ListenerOptions listener;
    listener.name = "echo";
    listener.addresses = {"127.0.0.1", "::1"};
    listener.port = arguments.port;
    listener.port_setting = "--port";
    // One client's message may have 64 MiB here (limits::kEchoMessageBytesMax).
    listener.inbound_bytes_per_address_max = listener.inbound_bytes_max;
    const Result<std::uint16_t> port = server.Listen(std::move(listener), echo.Mounts());
    if (!port) {
        log::Stop();
        fmt::print(stderr, "flux: the echo server did not start: {}\n", port.error().context);
        return kExitFailed;
    }
    fmt::print("The echo server is running: http://localhost:{}  (Ctrl-C ends it)\n", *port);
    std::fflush(stdout);
    signals.Wait();
    server.StopAccepting();
    echo.Drain(socketio::DisconnectReason::kDrain, Milliseconds(0));
    server.Stop();
    return kExitOk;
}

}  // namespace

int RunEcho(const EchoArguments& arguments) {
    StopSignals signals({kStopTimeMax, "10 seconds"});
    log::Start({});
    const int exit_code = Run(arguments, signals);
    log::Stop();
    return exit_code;
}

}  // namespace flux::app
