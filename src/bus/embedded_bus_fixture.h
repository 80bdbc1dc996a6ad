// What the tests of the embedded bus itself share.
#pragma once

#include "bus/embedded_bus.h"
#include "bus/event_bus_contract.h"
#include "bus/shard_harness.h"
#include "bus/temporary_directory.h"

#include <gtest/gtest.h>

#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace flux::bus {

class EmbeddedBusTest : public ::testing::Test {
protected:
    EmbeddedBusTest() {
        options_.directory = directory_.path() / "data";
        options_.retry_first = Milliseconds(5);
        options_.retry_longest = Milliseconds(20);
    }

    /// Opens (again) with `options_`.
    void Open() {
        bus_.reset();
        auto opened = EmbeddedBus::Open(options_, *clock_, metrics_);
        ASSERT_TRUE(opened) << ToString(opened.error());
        bus_ = std::move(*opened);
    }

    TopicName MakeTopic(TopicOptions options, std::string name = "orders") {
        const TopicName topic(std::move(name));
        const auto made =
            shards_.Await<Result<void>>(0, [&] { return bus_->EnsureTopic(topic, options); });
        EXPECT_TRUE(made) << ToString(made.error());
        return topic;
    }
    static TopicOptions Durable(std::int32_t partitions = 1) {
        TopicOptions options;
        options.durable = true;
        options.partitions = partitions;
        return options;
    }

    Result<Position> Publish(const TopicName& topic, std::string_view payload) {
        Outgoing record;
        record.topic = topic;
        record.key = "k";
        record.payload = SharedBytes(payload);
        return shards_.Await<Result<Position>>(0, [&] { return bus_->Publish(record); });
    }

    TestSubscription Subscribe(const TopicName& topic, const Group& group, BatchHandler handler) {
        SubscribeOptions options;
        options.topic = topic;
        options.group = group;
        auto subscribe = [&] { return bus_->Subscribe(options, std::move(handler)); };
        using Subscribed = Result<std::unique_ptr<Subscription>>;
        auto subscribed = shards_.Await<Subscribed>(1, std::move(subscribe));
        EXPECT_TRUE(subscribed) << ToString(subscribed.error());
        return TestSubscription(shards_, 1, std::move(*subscribed));
    }

    std::pair<Offset, Offset> Watermarks(const TopicName& topic) {
        using All = Result<std::vector<std::pair<Offset, Offset>>>;
        return shards_.Await<All>(0, [&] { return bus_->Watermarks(topic); }).value().front();
    }

    Result<std::vector<Message>> Read(
        const TopicName& topic, const Position& from, std::size_t records_max
    ) {
        using Records = Result<std::vector<Message>>;
        return shards_.Await<Records>(0, [&] { return bus_->Read(topic, from, records_max); });
    }

    /// The value of the sample whose name and labels are `sample`; -1 when there is none.
    double Metric(const std::string& sample) const {
        std::istringstream lines(metrics_.Scrape());
        for (std::string line; std::getline(lines, line);) {
            if (line.starts_with(sample + " ")) return std::stod(line.substr(sample.size() + 1));
        }
        return -1;
    }

    TemporaryDirectory directory_;
    EmbeddedBusOptions options_;
    const Clock* clock_ = &SystemClock::Instance();
    MetricRegistry metrics_;
    ShardHarness shards_{2};
    std::unique_ptr<EmbeddedBus> bus_;
};

}  // namespace flux::bus
