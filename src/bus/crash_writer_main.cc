// A process that is made to be killed: publishes to a durable topic from two shards and handles it
// in a shared group, and reports through its standard output.
//
//     bus_crash_writer DIRECTORY RUN
//
//     stored PARTITION OFFSET PAYLOAD      after the acknowledgement
//     handling PARTITION OFFSET            a batch that begins there is in the handler; everything
//                                          before it is committed
#include "bus/embedded_bus.h"
#include "bus/shard_harness.h"

#include <cstdio>
#include <fmt/format.h>
#include <string>
#include <unistd.h>

namespace flux::bus {
namespace {

constexpr int kPublishers = 8;  // per shard, so that commits carry several records

/// One write of less than PIPE_BUF bytes: a line is there whole or not at all.
void Report(const std::string& line) {
    if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) std::_Exit(1);
}

Task<> PublishForever(EventBus& bus, TopicName topic, std::string name) {
    for (int i = 0;; ++i) {
        Outgoing record;
        record.topic = topic;
        record.key = fmt::format("{}", i % 16);
        const std::string payload = fmt::format("{}-{}", name, i);
        record.payload = SharedBytes(payload);
        const Result<Position> stored = co_await bus.Publish(std::move(record));
        if (!stored) {
            std::fprintf(stderr, "%s\n", ToString(stored.error()).c_str());
            std::_Exit(1);
        }
        Report(fmt::format(
            "stored {} {} {}\n", stored->partition.value(), stored->offset.value(), payload
        ));
    }
}

Task<Result<void>> Handle(std::vector<Message> batch) {
    Report(fmt::format(
        "handling {} {}\n", batch.front().partition.value(), batch.front().offset.value()
    ));
    co_return Result<void>();
}

int Main(const std::string& directory, const std::string& run) {
    ShardHarness shards(2);
    MetricRegistry metrics;
    EmbeddedBusOptions options;
    options.directory = directory;
    auto opened = EmbeddedBus::Open(options, SystemClock::Instance(), metrics);
    if (!opened) {
        std::fprintf(stderr, "%s\n", ToString(opened.error()).c_str());
        return 1;
    }
    EmbeddedBus& bus = **opened;
    const TopicName topic("orders");
    TopicOptions topic_options;
    topic_options.partitions = 3;
    topic_options.durable = true;
    const auto made =
        shards.Await<Result<void>>(0, [&] { return bus.EnsureTopic(topic, topic_options); });
    if (!made) return 1;
    SubscribeOptions subscribe;
    subscribe.topic = topic;
    subscribe.group = Group::Shared("worker");
    subscribe.batch_records_max = 5;
    using Subscribed = Result<std::unique_ptr<Subscription>>;
    const auto subscription =
        shards.Await<Subscribed>(1, [&] { return bus.Subscribe(subscribe, &Handle); });
    std::future<void> never;
    for (std::size_t shard = 0; shard < 2; ++shard) {
        for (int i = 0; i < kPublishers; ++i) {
            const std::string name = fmt::format("{}-{}-{}", run, shard, i);
            std::function<Task<>()> publish = [&bus, topic, name] {
                return PublishForever(bus, topic, name);
            };
            never = shards.Start<void>(shard, std::move(publish));
        }
    }
    never.wait();
    return 0;
}

}  // namespace
}  // namespace flux::bus

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: bus_crash_writer DIRECTORY RUN\n");
        return 2;
    }
    return flux::bus::Main(argv[1], argv[2]);
}
