#include "socketio/socketio_server.h"

#include "limits/limits.h"
#include "socketio/engine_server.h"
#include "socketio/event_argument.h"
#include "socketio/recovery_shared.h"
#include "socketio/recovery_stats.h"
#include "socketio/socketio_shard.h"

#include <atomic>
#include <fmt/format.h>
#include <utility>

namespace flux::socketio {
namespace {

/// What an entry of the ring keeps alive.
std::size_t BytesOf(const Delivery& delivery) {
    return sizeof(Delivery) + delivery.nsp.size() + delivery.room.size() + delivery.key.size() +
           delivery.frame.weight() + delivery.offset.size() + delivery.offset_frame.weight();
}

}  // namespace

class SocketIoServer::Impl {
public:
    Impl(
        ShardSet& shards,
        MetricRegistry& metrics,
        const SocketIoOptions& options,
        SocketIoAppFactory make_app,
        SessionArchiveFactory make_archive
    )
        : shards_(shards),
          ring_(limits::kBroadcastRingEntries, shards.size(), limits::kBroadcastRingBytesMax),
          stats_(shards.size()),
          recovery_stats_(shards.size()),
          recovery_(std::make_shared<RecoveryShared>(shards, options, std::move(make_archive))),
          offers_recovery_(options.recovery != RecoveryOffer::kOff),
          make_app_(std::move(make_app)),
          engine_(shards, metrics, options, [this](EngineShard& engine) {
              const std::size_t shard = engine.shard().id().value();
              SocketIoShard::Parts parts{
                  ring_, every_rooms_, stats_[shard], recovery_stats_[shard], recovery_};
              return std::make_unique<SocketIoShard>(engine, parts, make_app_);
          }) {
        registration_ = metrics.Add([this, path = options.path](MetricWriter& out) {
            out.SetCommonLabel("path", path);
            for (std::size_t i = 0; i < stats_.size(); ++i) {
                out.SetCommonLabel("shard", fmt::format("{}", i));
                Describe(out, stats_[i]);
                Describe(out, recovery_stats_[i]);
            }
            out.SetCommonLabel("shard", "");
            out.WriteGauge(
                "socketio_ring_bytes",
                "Bytes of broadcasts that not every shard has read.",
                static_cast<double>(ring_.bytes())
            );
            out.SetCommonLabel("path", "");
        });
    }

    void Open() {
        engine_.Open();
        opened_.store(true, std::memory_order_release);
    }
    bool opened() const { return opened_.load(std::memory_order_acquire); }

    net::Mount Mount() { return engine_.Mount(); }

    void Broadcast(Delivery delivery) {
        // Marked before it is posted: a shard that misses it must find the mark.
        if (delivery.policy == DeliveryPolicy::kEvery) {
            every_rooms_.Mark(delivery.nsp, delivery.room);
        }
        if (offers_recovery_ && !delivery.offset.empty() && !delivery.frame.empty()) {
            delivery.offset_frame = WithArgument(delivery.frame, '"' + delivery.offset + '"');
        }
        const std::size_t bytes = BytesOf(delivery);
        ring_.Post(std::make_shared<const Delivery>(std::move(delivery)), bytes);
        for (std::size_t i = 0; i < shards_.size(); ++i)
            shards_[i].Wake();
    }

    void Drain(DisconnectReason reason, Milliseconds window) { engine_.Drain(reason, window); }

    std::size_t connected() const {
        std::int64_t sockets = 0;
        for (const SocketIoStats& stats : stats_)
            sockets += stats.sockets.value();
        return static_cast<std::size_t>(sockets);
    }

private:
    ShardSet& shards_;
    DeliveryRing ring_;
    EveryRooms every_rooms_;
    std::vector<SocketIoStats> stats_;           // by shard
    std::vector<RecoveryStats> recovery_stats_;  // by shard
    const std::shared_ptr<RecoveryShared> recovery_;
    const bool offers_recovery_;
    std::atomic<bool> opened_{false};
    SocketIoAppFactory make_app_;
    EngineServer engine_;
    MetricRegistry::Registration registration_;
};

SocketIoServer::SocketIoServer(
    ShardSet& shards,
    MetricRegistry& metrics,
    const SocketIoOptions& options,
    SocketIoAppFactory make_app,
    SessionArchiveFactory make_archive
)
    : impl_(std::make_unique<Impl>(
          shards, metrics, options, std::move(make_app), std::move(make_archive)
      )) {}

SocketIoServer::~SocketIoServer() = default;

void SocketIoServer::Open() {
    impl_->Open();
}

bool SocketIoServer::opened() const {
    return impl_->opened();
}

net::Mount SocketIoServer::Mount() {
    return impl_->Mount();
}

void SocketIoServer::Broadcast(Delivery delivery) {
    impl_->Broadcast(std::move(delivery));
}

void SocketIoServer::Drain(DisconnectReason reason, Milliseconds window) {
    impl_->Drain(reason, window);
}

std::size_t SocketIoServer::connected() const {
    return impl_->connected();
}

}  // namespace flux::socketio
