// UpstreamRig with an embedded bus and a reader of its topics. For tests.
#pragma once

#include "bus/embedded_bus.h"
#include "bus/event_bus.h"
#include "bus/temporary_directory.h"
#include "feeds/upstream/upstream_rig.h"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flux::feeds::testing {

/// One record a test has seen.
struct SeenRecord {
    std::string key;
    std::string payload;
};

class BusRig : public UpstreamRig {
public:
    BusRig() {
        bus::EmbeddedBusOptions options;
        options.directory = directory_.path() / "data";
        options.retry_first = 5ms;
        options.retry_longest = 20ms;
        bus_ = bus::EmbeddedBus::Open(options, clock, metrics).value();
    }

    bus::EventBus& bus() { return *bus_; }

    Task<> MakeTopic(std::string name, std::int32_t partitions = 1) {
        bus::TopicOptions options;
        options.partitions = partitions;
        const auto made = co_await bus_->EnsureTopic(bus::TopicName(name), options);
        EXPECT_TRUE(made) << ToString(made.error());
    }

    /// Records of the topic, from its beginning, go to `seen[topic]`. Until CloseReaders.
    Task<> Watch(std::string name) {
        bus::SubscribeOptions options;
        options.topic = bus::TopicName(name);
        options.group = bus::Group::EveryInstance(bus::StartAt::kBeginning);
        bus::BatchHandler handler = [this, name](const std::vector<bus::Message>& batch) {
            for (const bus::Message& message : batch) {
                seen[name].push_back({message.key.value_or(""), std::string(message.payload.view())}
                );
            }
            return Done();
        };
        auto reader = co_await bus_->Subscribe(std::move(options), std::move(handler));
        EXPECT_TRUE(reader);
        readers_.push_back(std::move(*reader));
    }

    Task<> CloseReaders() {
        for (const auto& reader : readers_)
            co_await reader->Close();
        readers_.clear();
    }

    Task<> Publish(std::string topic, std::string key, std::string payload) {
        bus::Outgoing record;
        record.topic = bus::TopicName(std::move(topic));
        record.key = std::move(key);
        record.payload = SharedBytes(payload);
        const auto stored = co_await bus_->Publish(std::move(record));
        EXPECT_TRUE(stored) << ToString(stored.error());
    }

    std::map<std::string, std::vector<SeenRecord>, std::less<>> seen;

private:
    static Task<Result<void>> Done() { co_return Result<void>(); }

    bus::TemporaryDirectory directory_;
    std::unique_ptr<bus::EventBus> bus_;
    std::vector<std::unique_ptr<bus::Subscription>> readers_;
};

}  // namespace flux::feeds::testing
