// Stand-ins for the outside world, on loopback.
#pragma once

#include "base/metrics.h"
#include "base/result.h"
#include "net/server.h"
#include "runtime/shard_set.h"
#include "simulator/coinbase/exchange.h"
#include "simulator/fault.h"
#include "simulator/source_set.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace flux::simulator {

/// Another figure for a limit of a source ("openweather", "minute", 6000); 0 for none.
struct LimitChange {
    std::string source;
    std::string rule;
    std::uint64_t most = 0;
};

struct SimulatorOptions {
    std::vector<std::string> addresses{"127.0.0.1", "::1"};
    std::uint16_t port = 9302;            ///< 0: any free port
    std::string port_setting = "--port";  ///< what to name when the port is in use
    std::string replay_file;     ///< CSV of recorded prices; "" for none (see replay_file.h)
    std::string replay_product;  ///< whose they are, unless the file has a column `product`
    std::string replay_bodies;   ///< folder of recorded answers; "" for none (recorded_bodies.h)
    ExchangeOptions exchange;    ///< its limits and speed, and the seed of every source
    Milliseconds coingecko_refresh{60'000};  ///< how old an answer of CoinGecko may be
    std::vector<std::string> refused_keys;   ///< beside "refused-key"
    std::vector<LimitChange> limits;         ///< other figures than the vendors'
    std::string tls_cert_file;               ///< PEM; empty: no TLS
    std::string tls_key_file;
};

/// Speaks Coinbase Exchange's feed and REST at /, OpenWeatherMap, CoinGecko, Frankfurter, Finnhub
/// and NewsData below a prefix each (/openweather, ...), with living data or recordings, and goes
/// wrong on demand (POST /_simulator/faults). A client reaches it by its base URLs alone.
///
/// Thread: the one that owns the ShardSet, which must run from Start to Stop; the sources
/// themselves live on the first shard.
class Simulator {
public:
    /// Both outlive the simulator.
    Simulator(ShardSet& shards, SimulatorOptions options, MetricRegistry& metrics);
    Simulator(const Simulator&) = delete;
    Simulator& operator=(const Simulator&) = delete;
    ~Simulator();

    /// Reads the recording, listens, and lets the market move. Returns the port. Call once.
    /// Errors: those of ReadRecordingFile, RecordedBodies::Read, SourceSet::SetLimit and
    /// net::Server::Listen; kBadInput for a speed.
    Result<std::uint16_t> Start();

    /// Says goodbye to every client and stops. Idempotent.
    void Stop();

    /// Puts a fault up, as POST /_simulator/faults does, and returns when it is. Errors: those of
    /// SourceSet::Inject.
    Result<void> Inject(const Fault& fault);

    /// Runs `work` with the sources on their shard and returns when it is done.
    void With(const std::function<void(SourceSet&)>& work);

    /// What the exchange has counted. Only between Start and the destructor.
    const ExchangeStats& stats() const { return sources_->exchange().stats(); }

private:
    Result<void> MakeSources();

    ShardSet& shards_;
    MetricRegistry& metrics_;
    const SimulatorOptions options_;
    std::unique_ptr<SourceSet> sources_;
    std::unique_ptr<net::Server> server_;  // its sessions point into the exchange: it goes first
    MetricRegistry::Registration registration_;
    bool running_ = false;
};

}  // namespace flux::simulator
