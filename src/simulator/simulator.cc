#include "simulator/simulator.h"

#include "base/log.h"
#include "simulator/coinbase/replay_file.h"
#include "simulator/simulator_app.h"

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

void Simulator::With(const std::function<void(SourceSet&)>& work) {
    shards_.OnEachShard([&](Shard& shard) {
        if (&shard == &shards_[0]) work(*sources_);
    });
}

Result<void> Simulator::MakeSources() {
    const double speed = options_.exchange.speed;
    if (!std::isfinite(speed) || speed <= 0 || speed > 1e6) {
        return Error(
            ErrorCode::kBadInput, Retry::kNever, "the replay speed must be above 0, up to 1000000"
        );
    }
    SourceSetOptions options;
    options.exchange = options_.exchange;
    options.coingecko_refresh = options_.coingecko_refresh;
    options.refused_keys = options_.refused_keys;
    if (!options_.replay_file.empty()) {
        auto read = ReadRecordingFile(options_.replay_file, options_.replay_product);
        if (!read) return read.error();
        options.prices = std::move(*read);
    }
    if (!options_.replay_bodies.empty()) {
        auto read = RecordedBodies::Read(options_.replay_bodies);
        if (!read) return read.error();
        options.recorded_bodies = std::move(*read);
    }
    sources_ = std::make_unique<SourceSet>(shards_[0], std::move(options));
    for (const LimitChange& change : options_.limits) {
        Result<void> set = sources_->SetLimit(change.source, change.rule, change.most);
        if (!set) return set;
    }
    return {};
}

Result<std::uint16_t> Simulator::Start() {
    if (const Result<void> made = MakeSources(); !made) return made.error();
    registration_ = metrics_.Add([this](MetricWriter& out) { sources_->Describe(out); });
    server_ = std::make_unique<net::Server>(shards_, metrics_, "simulator");

    net::ListenerOptions listener;
    listener.name = "simulator";
    listener.addresses = options_.addresses;
    listener.port = options_.port;
    listener.port_setting = options_.port_setting;
    listener.tls_cert_file = options_.tls_cert_file;
    listener.tls_key_file = options_.tls_key_file;
    std::vector<net::Mount> mounts;
    mounts.push_back({"/", [this](Shard&) { return std::make_unique<SimulatorApp>(*sources_); }});
    Result<std::uint16_t> port = server_->Listen(std::move(listener), mounts);
    if (!port) return port;
    running_ = true;
    With([](SourceSet& sources) { sources.exchange().Start(); });
    log::Info(
        "simulator.ready",
        "the simulated sources listen",
        {{"port", *port}, {"seed", options_.exchange.seed}}
    );
    return port;
}

void Simulator::Stop() {
    if (!std::exchange(running_, false)) return;
    server_->StopAccepting();
    With([](SourceSet& sources) { sources.exchange().Stop(); });
    server_->Stop();
}

Result<void> Simulator::Inject(const Fault& fault) {
    Result<void> injected;
    With([&](SourceSet& sources) { injected = sources.Inject(fault); });
    return injected;
}

}  // namespace flux::simulator
