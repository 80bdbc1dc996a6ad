#include "app/record_intake.h"

#include "base/assert.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <utility>

namespace flux::app {

RecordIntake::RecordIntake(ShardSet& shards)
    : shards_(shards),
      desks_(shards.size()) {}

RecordIntake::~RecordIntake() {
    FLUX_ASSERT(!open_);
}

void RecordIntake::Open(bus::EventBus& bus) {
    open_ = true;
    shards_.OnEachShard([this, &bus](Shard& shard) { desks_[shard.id().value()].bus = &bus; });
}

void RecordIntake::Publish(bus::Outgoing record, Done done) {
    Shard* const shard = Shard::Current();
    FLUX_ASSERT(shard != nullptr);
    Desk& desk = desks_[shard->id().value()];
    if (desk.bus == nullptr) {
        done(Error(
            ErrorCode::kUnavailable,
            Retry::kLater,
            "records are taken once Flux is ready and until it stops; try again later"
        ));
        return;
    }
    ++desk.in_flight;
    boost::asio::co_spawn(
        shard->io(), Run(*desk.bus, std::move(record), std::move(done), desk), boost::asio::detached
    );
}

Task<> RecordIntake::Run(bus::EventBus& bus, bus::Outgoing record, Done done, Desk& desk) {
    const Result<bus::Position> stored = co_await bus.Publish(std::move(record));
    done(stored);
    if (--desk.in_flight == 0 && desk.drained != nullptr) desk.drained->count_down();
}

void RecordIntake::Close() {
    if (!std::exchange(open_, false)) return;
    std::latch drained(static_cast<std::ptrdiff_t>(desks_.size()));
    shards_.OnEachShard([this, &drained](Shard& shard) {
        Desk& desk = desks_[shard.id().value()];
        desk.bus = nullptr;
        desk.drained = &drained;
        if (desk.in_flight == 0) drained.count_down();
    });
    drained.wait();
    shards_.OnEachShard([this](Shard& shard) { desks_[shard.id().value()].drained = nullptr; });
}

}  // namespace flux::app
