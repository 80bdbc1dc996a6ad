#include "app/commands.h"
#include "base/log.h"
#include "base/random.h"
#include "runtime/shard_set.h"
#include "runtime/stop_signals.h"
#include "simulator/simulator.h"

#include <charconv>
#include <cstdio>
#include <fmt/core.h>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace flux::app {
namespace {

constexpr Milliseconds kStopTimeMax{5'000};

/// "openweather.minute=6000"; nothing for other text.
std::optional<simulator::LimitChange> ParseLimit(std::string_view text) {
    const std::size_t dot = text.find('.');
    const std::size_t equals = text.find('=', dot == std::string_view::npos ? 0 : dot);
    if (dot == std::string_view::npos || equals == std::string_view::npos) return std::nullopt;
    simulator::LimitChange change;
    change.source = text.substr(0, dot);
    change.rule = text.substr(dot + 1, equals - dot - 1);
    const std::string_view number = text.substr(equals + 1);
    const char* const end = number.data() + number.size();
    const auto [read, error] = std::from_chars(number.data(), end, change.most);
    if (error != std::errc() || read != end) return std::nullopt;
    return change;
}

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
    options.replay_bodies = arguments.replay_bodies;
    options.refused_keys = arguments.bad_keys;
    options.tls_cert_file = arguments.tls_cert_file;
    options.tls_key_file = arguments.tls_key_file;
    for (const std::string& text : arguments.limits) {
        const auto limit = ParseLimit(text);
        if (!limit) {
            fmt::print(stderr, "flux: --limit takes SOURCE.RULE=CALLS (openweather.minute=6000)\n");
            return kExitBadUsage;
        }
        options.limits.push_back(*limit);
    }
    simulator::Simulator simulator(shards, options, metrics);
    const Result<std::uint16_t> port = simulator.Start();
    if (!port) {
        log::Stop();
        fmt::print(stderr, "flux: the simulator did not start: {}\n", port.error().context);
        return kExitFailed;
    }
    const std::string_view secure = arguments.tls_cert_file.empty() ? "" : "s";
    fmt::print(
        "The simulator is running: ws{1}://localhost:{0} and http{1}://localhost:{0}/products  "
        "(Ctrl-C ends it)\n",
        *port,
        secure
    );
    constexpr std::pair<std::string_view, std::string_view> kBases[]{
        {"Coinbase", ""},
        {"OpenWeatherMap", "/openweather"},
        {"CoinGecko", "/coingecko/api/v3"},
        {"Frankfurter", "/frankfurter/v1"},
        {"Finnhub", "/finnhub/api/v1"},
        {"NewsData", "/newsdata/api/1"}};
    for (const auto& [name, prefix] : kBases)
        fmt::print("  {:<15} http{}://localhost:{}{}\n", name, secure, *port, prefix);
    fmt::print(
        "  flux up --coinbase.ws_url=ws{1}://localhost:{0} "
        "--coinbase.rest_base_url=http{1}://localhost:{0}\n",
        *port,
        secure
    );
    std::fflush(stdout);
    signals.Wait();
    simulator.Stop();
    return kExitOk;
}

}  // namespace

int RunSimulator(const SimulatorArguments& arguments) {
    if (arguments.list_faults) {
        fmt::print("{}", simulator::FaultTable());
        return kExitOk;
    }
    StopSignals signals({kStopTimeMax, "5 seconds"});
    log::Start({});
    const int exit_code = Run(arguments, signals);
    log::Stop();
    return exit_code;
}

}  // namespace flux::app
