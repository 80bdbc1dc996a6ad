// What is Kafka's own: producers that end, brokers that go and come back, partitions that are added.
#include "bus/event_bus_contract.h"
#include "bus/kafka/kafka_bus.h"
#include "bus/kafka/kafka_engine.h"

namespace flux::bus {
namespace {

}  // namespace
}  // namespace flux::bus
