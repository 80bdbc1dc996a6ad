#include "bus/kafka/kafka_ending.h"

#include "base/log.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <string>
#include <thread>

namespace flux::bus {
namespace {

/// More than a client takes that says goodbye to brokers, less than who waits for a rebalance has.
constexpr std::chrono::milliseconds kEndTimeMax{3'000};
/// Where one has been left, others may be too, one after the other at a stop.
constexpr std::chrono::milliseconds kNextEndTimeMax{1'000};

std::atomic<std::uint64_t> clients_left{0};

struct Ending {
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
};

}  // namespace

void EndKafkaClient(rd_kafka_t* client) {
    const std::string name = rd_kafka_name(client);
    const auto ending = std::make_shared<Ending>();
    std::thread([client, ending] {
        pthread_setname_np(pthread_self(), "kafka.end");
        // Without callbacks: whom they would tell may be gone.
        rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
        const std::scoped_lock lock(ending->mutex);
        ending->done = true;
        ending->changed.notify_all();
    }).detach();
    const auto longest = KafkaClientsLeft() == 0 ? kEndTimeMax : kNextEndTimeMax;
    std::unique_lock lock(ending->mutex);
    if (ending->changed.wait_for(lock, longest, [&ending] { return ending->done; })) return;
    clients_left.fetch_add(1, std::memory_order_relaxed);
    log::Warn(
        "kafka.client_left",
        "a client of librdkafka did not end, as its version 2.0 does after an outage; it is left, "
        "with some memory, and everything goes on without it",
        {{"client", name}}
    );
}

std::uint64_t KafkaClientsLeft() {
    return clients_left.load(std::memory_order_relaxed);
}

}  // namespace flux::bus
