// Kafka under the rules of every bus.
#include "bus/event_bus_contract.h"
#include "bus/kafka/kafka_bus.h"
#include "bus/kafka/kafka_engine.h"

namespace flux::bus {
namespace {

class KafkaBusProvider final : public BusProvider {
public:
    std::unique_ptr<EventBus> Open() override {
        auto opened = KafkaBus::Open(KafkaEngine::Options(), metrics_, [] { return false; });
        return std::move(opened.value());
    }
    void Wipe() override { KafkaEngine::Control("wipe"); }

private:
    MetricRegistry metrics_;
};

BusUnderTest Kafka() {
    BusUnderTest bus;
    bus.name = "Kafka";
    bus.make = [] { return std::make_unique<KafkaBusProvider>(); };
    bus.durable = true;
    return bus;
}

INSTANTIATE_TEST_SUITE_P(Kafka, EventBusContract, ::testing::Values(Kafka()), NameOf);
INSTANTIATE_TEST_SUITE_P(Kafka, DurableEventBusContract, ::testing::Values(Kafka()), NameOf);

}  // namespace
}  // namespace flux::bus
