#include "app/record_intake.h"

#include "base/assert.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <memory>
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
    const auto kept =
        std::make_shared<std::pair<bus::Outgoing, Done>>(std::move(record), std::move(done));
    const bool begun = Run([kept](bus::EventBus& bus) -> Task<> {
        const Result<bus::Position> stored = co_await bus.Publish(std::move(kept->first));
        kept->second(stored);
    });
    if (begun) return;
    kept->second(Error(
        ErrorCode::kUnavailable,
        Retry::kLater,
        "records are taken once Flux is ready and until it stops; try again later"
    ));
}

bool RecordIntake::Run(std::function<Task<>(bus::EventBus&)> work) {
    Shard* const shard = Shard::Current();
    FLUX_ASSERT(shard != nullptr);
    Desk& desk = desks_[shard->id().value()];
    if (desk.bus == nullptr) return false;
    ++desk.in_flight;
    boost::asio::co_spawn(
        shard->io(), Drive(*desk.bus, std::move(work), desk), boost::asio::detached
    );
    return true;
}

Task<> RecordIntake::Drive(
    bus::EventBus& bus, std::function<Task<>(bus::EventBus&)> work, Desk& desk
) {
    co_await work(bus);
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
