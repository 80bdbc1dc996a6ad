// Stand-ins for the outside world, on loopback.
#pragma once

#include "base/metrics.h"
#include "base/result.h"
#include "net/server.h"
#include "runtime/shard_set.h"
#include "simulator/coinbase/exchange.h"
#include "simulator/coinbase/fault_board.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace flux::simulator {

struct SimulatorOptions {
    std::vector<std::string> addresses{"127.0.0.1", "::1"};
    std::uint16_t port = 9302;            ///< 0: any free port
    std::string port_setting = "--port";  ///< what to name when the port is in use
    std::string replay_file;     ///< CSV of recorded prices; "" for none (see replay_file.h)
    std::string replay_product;  ///< whose they are, unless the file has a column `product`
    ExchangeOptions exchange;    ///< seed, speed and limits
};

/// Speaks Coinbase Exchange's WebSocket feed at / and its product list at /products, with living
/// prices or a recording, and goes wrong on demand (POST /_simulator/faults). A client reaches it
/// by its base URLs alone.
///
/// Thread: the one that owns the ShardSet, which must run from Start to Stop; the exchange itself
/// lives on the first shard.
class Simulator {
public:
    /// Both outlive the simulator.
    Simulator(ShardSet& shards, SimulatorOptions options, MetricRegistry& metrics);
    Simulator(const Simulator&) = delete;
    Simulator& operator=(const Simulator&) = delete;
    ~Simulator();

    /// Reads the recording, listens, and lets the market move. Returns the port. Call once.
    /// Errors: those of ReadRecordingFile and net::Server::Listen; kBadInput for a speed.
    Result<std::uint16_t> Start();

    /// Says goodbye to every client and stops. Idempotent.
    void Stop();

    /// Puts a fault up, as POST /_simulator/faults does, and returns when it is.
    void Inject(const Fault& fault);

    /// What the exchange has counted. Only between Start and the destructor.
    const ExchangeStats& stats() const { return exchange_->stats(); }

private:
    void OnExchangeShard(const std::function<void()>& work);

    ShardSet& shards_;
    MetricRegistry& metrics_;
    const SimulatorOptions options_;
    std::unique_ptr<Exchange> exchange_;
    std::unique_ptr<net::Server> server_;  // its sessions point into the exchange: it goes first
    MetricRegistry::Registration registration_;
    bool running_ = false;
};

}  // namespace flux::simulator
