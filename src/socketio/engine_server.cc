#include "socketio/engine_server.h"

#include "base/assert.h"

#include <atomic>
#include <fmt/format.h>
#include <utility>

namespace flux::socketio {
namespace {

/// What a listener holds on a shard: a way to the shard's part, which may be mounted several times.
class EngineMount final : public net::HttpApp {
public:
    explicit EngineMount(EngineShard& engine)
        : engine_(engine) {}

    std::size_t BodyBytesMax(const net::HttpRequest& head) const override {
        return engine_.BodyBytesMax(head);
    }
    bool WantsBody(const net::HttpRequest& head) const override { return engine_.WantsBody(head); }
    void OnBodyTooLarge(const net::HttpRequest& head) override { engine_.OnBodyTooLarge(head); }
    std::optional<ShardId> HomeOf(const net::HttpRequest& head) const override {
        return engine_.HomeOf(head);
    }
    void OnRequest(net::HttpConnection& connection, const net::HttpRequest& request) override {
        engine_.OnRequest(connection, request);
    }

private:
    EngineShard& engine_;
};

bool IsGatewayId(char id) {
    return (id >= 'a' && id <= 'z') || (id >= '0' && id <= '9');
}

}  // namespace

EngineServer::EngineServer(
    ShardSet& shards,
    MetricRegistry& metrics,
    const SocketIoOptions& options,
    EngineAppFactory make_app
)
    : shards_(shards),
      shared_(options, shards.size()),
      make_app_(std::move(make_app)) {
    FLUX_ASSERT(IsGatewayId(options.gateway_id));
    FLUX_ASSERT(options.outbox_bytes_soft <= options.outbox_bytes_hard);
    for (std::size_t i = 0; i < shards.size(); ++i)
        parts_.push_back(std::make_unique<Part>());
    registration_ = metrics.Add([this](MetricWriter& out) {
        for (std::size_t i = 0; i < parts_.size(); ++i) {
            out.SetCommonLabel("shard", fmt::format("{}", i));
            out.SetCommonLabel("path", shared_.options.path);
            Describe(out, parts_[i]->stats);
        }
        out.SetCommonLabel("shard", "");
        out.SetCommonLabel("path", "");
    });
}

EngineServer::~EngineServer() {
    shards_.OnEachShard([this](Shard& shard) {
        Part& part = *parts_[shard.id().value()];
        part.engine.reset();
        part.app.reset();
    });
}

EngineShard& EngineServer::PartOf(Shard& shard) {
    Part& part = *parts_[shard.id().value()];
    if (part.engine == nullptr) {
        part.engine = std::make_unique<EngineShard>(shard, shared_, part.stats);
        part.app = make_app_(*part.engine);
        part.engine->SetApp(*part.app);
    }
    return *part.engine;
}

net::Mount EngineServer::Mount() {
    return {shared_.options.path, [this](Shard& shard) -> std::unique_ptr<net::HttpApp> {
                return std::make_unique<EngineMount>(PartOf(shard));
            }};
}

void EngineServer::Open() {
    shards_.OnEachShard([this](Shard& shard) { PartOf(shard); });
}

void EngineServer::OnEachShard(const std::function<void(EngineShard&)>& work) {
    shards_.OnEachShard([&](Shard& shard) {
        Part& part = *parts_[shard.id().value()];
        if (part.engine != nullptr) work(*part.engine);
    });
}

void EngineServer::Drain(DisconnectReason reason, Milliseconds window) {
    // Shared with the shards: the last one may still be notifying when this function has seen zero.
    const auto open = std::make_shared<std::atomic<std::size_t>>(1);
    OnEachShard([&](EngineShard& engine) {
        open->fetch_add(1);
        engine.Drain(reason, window, [open] {
            open->fetch_sub(1);
            open->notify_one();
        });
    });
    open->fetch_sub(1);
    for (std::size_t left = open->load(); left != 0; left = open->load())
        open->wait(left);
}

}  // namespace flux::socketio
