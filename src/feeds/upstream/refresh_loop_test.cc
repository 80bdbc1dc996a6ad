#include "feeds/upstream/refresh_loop.h"

#include "bus/forwarding_bus.h"
#include "feeds/upstream/service_rig.h"

namespace flux::feeds {
namespace {

/// Stores what is published, and says so when a test lets it.
class LateBus final : public bus::ForwardingBus {
public:
    using ForwardingBus::ForwardingBus;

    Task<Result<bus::Position>> Publish(bus::Outgoing message) override {
        Result<bus::Position> stored = co_await bus_.Publish(std::move(message));
        for (bool waits = late; waits; waits = late)
            co_await SleepFor(1ms);
        co_return stored;
    }

    bool late = true;
};

class RefreshLoopTest : public testing::ServiceRig {
public:
    static RefreshPlan Plan() {
        RefreshPlan plan;
        plan.domain = "stock";
        plan.event = contract::kStockUpdated;
        plan.command = contract::kStockRefresh;
        plan.interval = std::chrono::hours(1);
        return plan;
    }
    Task<RefreshEnd> Refresh() {
        const bool published = co_await loop.Publish("{}");
        co_return published ? RefreshEnd::kPublished : RefreshEnd::kMayPass;
    }

    LateBus late_bus{bus()};
    Random random{1};
    RefreshLoop loop{
        shard, late_bus, Plan(), nullptr, random, [this](RefreshCause) { return Refresh(); }};
};

TEST_F(RefreshLoopTest, ACommandThatCameTooLateForAnEventGetsOneOfItsOwn) {
    Run([](RefreshLoopTest& t) -> Task<> {
        co_await t.WatchService(contract::kStockUpdated, contract::kStockRefresh);
        const auto started = co_await t.loop.Start(Patience(), true);
        EXPECT_TRUE(started);
        EXPECT_TRUE(co_await t.Sees(contract::kStockUpdated, 1));
        co_await t.Command(contract::kStockRefresh);  // while the first is not acknowledged
        auto heard = [&] { return t.loop.stats().commands.value() == 1; };
        EXPECT_TRUE(co_await t.Eventually(std::move(heard)));
        t.late_bus.late = false;
        EXPECT_TRUE(co_await t.Sees(contract::kStockUpdated, 2));
        co_await t.loop.Stop();
        co_await t.CloseReaders();
    }(*this));
}

}  // namespace
}  // namespace flux::feeds
