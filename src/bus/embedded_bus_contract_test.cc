// The embedded bus under the rules of every bus, with its topics in memory and on disk.
#include "bus/embedded_bus.h"
#include "bus/event_bus_contract.h"
#include "bus/temporary_directory.h"

namespace flux::bus {
namespace {

class EmbeddedBusProvider final : public BusProvider {
public:
    std::unique_ptr<EventBus> Open() override {
        EmbeddedBusOptions options;
        options.directory = directory_.path() / "data";
        options.retry_first = Milliseconds(5);
        options.retry_longest = Milliseconds(20);
        auto opened = EmbeddedBus::Open(std::move(options), SystemClock::Instance(), metrics_);
        return std::move(opened.value());
    }
    void Wipe() override { std::filesystem::remove_all(directory_.path() / "data"); }

private:
    TemporaryDirectory directory_;
    MetricRegistry metrics_;
};

BusUnderTest Embedded(std::string name, bool durable) {
    BusUnderTest bus;
    bus.name = std::move(name);
    bus.make = [] { return std::make_unique<EmbeddedBusProvider>(); };
    bus.durable = durable;
    return bus;
}

INSTANTIATE_TEST_SUITE_P(
    Embedded,
    EventBusContract,
    ::testing::Values(Embedded("Memory", false), Embedded("Durable", true)),
    NameOf
);
INSTANTIATE_TEST_SUITE_P(
    Embedded, DurableEventBusContract, ::testing::Values(Embedded("Durable", true)), NameOf
);

}  // namespace
}  // namespace flux::bus
