#include "app/commands.h"
#include "base/log.h"
#include "base/random.h"
#include "runtime/shard_set.h"
#include "runtime/stop_signals.h"
#include "simulator/simulator.h"

#include <cstdio>
#include <fmt/core.h>

namespace flux::app {
namespace {

constexpr Milliseconds kStopTimeMax{5'000};

int Run(const SimulatorArguments& arguments, StopSignals& signals) {
    MetricRegistry metrics;
    ShardSet shards(1, SystemClock::Instance());
    shards.Start();
    simulator::SimulatorOptions options;
    options.port = arguments.port;
    options.replay_file = arguments.replay_file;
    options.replay_product = arguments.product;
    options.exchange.speed = arguments.speed;
    options.exchange.seed = arguments.seed != 0 ? arguments.seed : SecureRandomSeed();
    simulator::Simulator simulator(shards, options, metrics);
    const Result<std::uint16_t> port = simulator.Start();
    if (!port) {
        log::Stop();
        fmt::print(stderr, "flux: the simulator did not start: {}\n", port.error().context);
        return kExitFailed;
    }
    fmt::print(
        "The simulator is running: ws://localhost:{0} and http://localhost:{0}/products  "
        "(Ctrl-C ends it)\n",
        *port
    );
    fmt::print(
        "  flux up --coinbase.ws_url=ws://localhost:{0} "
        "--coinbase.rest_base_url=http://localhost:{0}\n",
        *port
    );
    std::fflush(stdout);
    signals.Wait();
    simulator.Stop();
    return kExitOk;
}

}  // namespace

int RunSimulator(const SimulatorArguments& arguments) {
    StopSignals signals({kStopTimeMax, "5 seconds"});
    log::Start({});
    const int exit_code = Run(arguments, signals);
    log::Stop();
    return exit_code;
}

}  // namespace flux::app
