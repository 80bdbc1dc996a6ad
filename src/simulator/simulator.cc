#include "simulator/simulator.h"

#include "base/log.h"
#include "simulator/coinbase/exchange_app.h"
#include "simulator/coinbase/replay_file.h"

#include <cmath>
#include <functional>
#include <utility>

namespace flux::simulator {

Simulator::Simulator(ShardSet& shards, SimulatorOptions options, MetricRegistry& metrics)
    : shards_(shards),
      metrics_(metrics),
      options_(std::move(options)) {}

Simulator::~Simulator() {
    Stop();
}

void Simulator::OnExchangeShard(const std::function<void()>& work) {
    shards_.OnEachShard([&](Shard& shard) {
        if (&shard == &shards_[0]) work();
    });
}

Result<std::uint16_t> Simulator::Start() {
    const double speed = options_.exchange.speed;
    if (!std::isfinite(speed) || speed <= 0 || speed > 1e6) {
        return Error(
            ErrorCode::kBadInput, Retry::kNever, "the replay speed must be above 0, up to 1000000"
        );
    }
    std::vector<Recording> recordings;
    if (!options_.replay_file.empty()) {
        auto read = ReadRecordingFile(options_.replay_file, options_.replay_product);
        if (!read) return read.error();
        recordings = std::move(*read);
    }
    const std::size_t recorded = recordings.size();
    exchange_ = std::make_unique<Exchange>(shards_[0], options_.exchange, std::move(recordings));
    registration_ = metrics_.Add([this](MetricWriter& out) { Describe(out, exchange_->stats()); });
    server_ = std::make_unique<net::Server>(shards_, metrics_, "simulator");

    net::ListenerOptions listener;
    listener.name = "simulator";
    listener.addresses = options_.addresses;
    listener.port = options_.port;
    listener.port_setting = options_.port_setting;
    std::vector<net::Mount> mounts;
    mounts.push_back({"/", [this](Shard&) { return std::make_unique<ExchangeApp>(*exchange_); }});
    Result<std::uint16_t> port = server_->Listen(std::move(listener), mounts);
    if (!port) return port;
    running_ = true;
    OnExchangeShard([this] { exchange_->Start(); });
    log::Info(
        "simulator.ready",
        "the simulated exchange listens",
        {{"port", *port}, {"recordings", recorded}, {"seed", options_.exchange.seed}}
    );
    return port;
}

void Simulator::Stop() {
    if (!std::exchange(running_, false)) return;
    server_->StopAccepting();
    OnExchangeShard([this] { exchange_->Stop(); });
    server_->Stop();
}

void Simulator::Inject(const Fault& fault) {
    OnExchangeShard([this, &fault] { exchange_->Inject(fault); });
}

}  // namespace flux::simulator
