// A member of a shared group on Kafka that is made to be killed, stopped and refused: handles the
// records of a topic, and reports through its standard output.
//
//     kafka_group_member BROKERS TOPIC GROUP
//
//     handled PARTITION OFFSET     before it may be committed
#include "bus/kafka/kafka_bus.h"
#include "bus/shard_harness.h"

#include <cstdio>
#include <fmt/format.h>
#include <future>
#include <memory>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace flux::bus {
namespace {

constexpr Milliseconds kSessionTimeout{6'000};  // the least a broker takes unless told otherwise
constexpr std::size_t kBatchRecords = 5;

/// Nobody waits for these as long as a service may.
constexpr Milliseconds kRefusedPause{1'000};
constexpr Milliseconds kGrowthInterval{1'000};

/// One write of less than PIPE_BUF bytes: a line is there whole or not at all.
void Report(const std::string& line) {
    if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) std::_Exit(1);
}

Task<Result<void>> Handle(std::vector<Message> batch) {
    for (const Message& record : batch) {
        Report(fmt::format("handled {} {}\n", record.partition.value(), record.offset.value()));
    }
    co_return Result<void>();
}

int Fail(const Error& error) {
    std::fprintf(stderr, "%s\n", ToString(error).c_str());
    return 1;
}

int Main(const std::string& brokers, const std::string& topic, const std::string& group) {
    ShardHarness shards(2);
    MetricRegistry metrics;
    KafkaOptions options;
    options.brokers = brokers;
    options.session_timeout = kSessionTimeout;
    options.refused_pause = kRefusedPause;
    options.growth_interval = kGrowthInterval;
    auto opened = KafkaBus::Open(options, metrics, [] { return false; });
    if (!opened) return Fail(opened.error());
    KafkaBus& bus = **opened;
    SubscribeOptions subscribe;
    subscribe.topic = TopicName(topic);
    subscribe.group = Group::Shared(group);
    subscribe.batch_records_max = kBatchRecords;
    using Subscribed = Result<std::unique_ptr<Subscription>>;
    const auto subscription =
        shards.Await<Subscribed>(1, [&] { return bus.Subscribe(subscribe, &Handle); });
    if (!subscription) return Fail(subscription.error());
    std::promise<void> never;
    never.get_future().wait();
    return 0;
}

}  // namespace
}  // namespace flux::bus

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fprintf(stderr, "usage: kafka_group_member BROKERS TOPIC GROUP\n");
        return 2;
    }
    return flux::bus::Main(argv[1], argv[2], argv[3]);
}
