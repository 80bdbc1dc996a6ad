// The rules every EventBus keeps, as tests over a provider. They are Kafka's: offsets grow but may
// have gaps, a record may be handled twice but never not at all, and nothing is said about the
// order between partitions.
//
// To hold an implementation to them, link event_bus_contract_*_test.cc and instantiate the two
// suites:
//
//     INSTANTIATE_TEST_SUITE_P(MyBus, EventBusContract, Values(my_bus), NameOf);
//     INSTANTIATE_TEST_SUITE_P(MyBus, DurableEventBusContract, Values(my_durable_bus), NameOf);
#pragma once

#include "bus/event_bus.h"
#include "bus/shard_harness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <ostream>
#include <set>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace flux::bus {

/// One place where a bus stores its data, for the length of a test.
class BusProvider {
public:
    virtual ~BusProvider() = default;

    /// A bus over what is stored. One at a time.
    virtual std::unique_ptr<EventBus> Open() = 0;

    /// Replaces the store by an empty one. No bus is open.
    virtual void Wipe() = 0;
};

struct BusUnderTest {
    std::string name;
    std::function<std::unique_ptr<BusProvider>()> make;
    bool durable = false;  ///< the topics of the suite are durable
};

inline std::string NameOf(const ::testing::TestParamInfo<BusUnderTest>& info) {
    return info.param.name;
}

/// Without it GoogleTest prints the bytes, and test names would differ from run to run.
inline void PrintTo(const BusUnderTest& bus, std::ostream* out) {
    *out << bus.name;
}

/// Collects what a handler was given. Thread: any.
class Recorder {
public:
    void Add(const std::vector<Message>& batch) {
        const std::scoped_lock lock(mutex_);
        batches_.push_back(batch);
    }

    /// A handler that records and succeeds. The recorder must outlive it.
    BatchHandler Handler() {
        return [this](std::vector<Message> batch) -> Task<Result<void>> {
            Add(batch);
            co_return Result<void>();
        };
    }

    std::vector<std::vector<Message>> batches() const {
        const std::scoped_lock lock(mutex_);
        return batches_;
    }
    std::vector<Message> messages() const {
        std::vector<Message> all;
        for (auto& batch : batches())
            all.insert(all.end(), batch.begin(), batch.end());
        return all;
    }
    std::vector<std::string> payloads() const {
        std::vector<std::string> all;
        for (const Message& message : messages())
            all.emplace_back(message.payload.view());
        return all;
    }
    bool Has(const std::string& payload) const {
        const auto all = payloads();
        return std::find(all.begin(), all.end(), payload) != all.end();
    }
    bool WaitForDistinct(std::size_t count) const {
        return Eventually([this, count] {
            const auto all = payloads();
            return std::set<std::string>(all.begin(), all.end()).size() >= count;
        });
    }

private:
    mutable std::mutex mutex_;
    std::vector<std::vector<Message>> batches_;
};

/// A subscription of the test, ended on its shard.
class TestSubscription {
public:
    TestSubscription() = default;
    TestSubscription(
        ShardHarness& shards, std::size_t shard, std::unique_ptr<Subscription> subscription
    )
        : shards_(&shards),
          shard_(shard),
          subscription_(std::move(subscription)) {}
    TestSubscription(TestSubscription&&) = default;
    TestSubscription& operator=(TestSubscription&& other) noexcept {
        Destroy();
        shards_ = other.shards_;
        shard_ = other.shard_;
        subscription_ = std::move(other.subscription_);
        return *this;
    }
    ~TestSubscription() { Destroy(); }

    void Close() {
        shards_->Await<void>(shard_, [this] { return subscription_->Close(); });
        Destroy();
    }
    std::future<void> StartClosing() {
        return shards_->Start<void>(shard_, [this] { return subscription_->Close(); });
    }
    /// Leaves without waiting for anything.
    void Destroy() {
        if (subscription_) shards_->On(shard_, [this] { subscription_.reset(); });
    }
    std::unique_ptr<Subscription>& handle() { return subscription_; }

private:
    ShardHarness* shards_ = nullptr;
    std::size_t shard_ = 0;
    std::unique_ptr<Subscription> subscription_;
};

class EventBusContract : public ::testing::TestWithParam<BusUnderTest> {
protected:
    EventBusContract()
        : shards_(3),
          provider_(GetParam().make()),
          bus_(provider_->Open()) {}

    EventBus& bus() { return *bus_; }

    /// Ends the bus as a clean shutdown does, and opens it again over the same data.
    void Reopen() {
        bus_.reset();
        bus_ = provider_->Open();
    }
    void Wipe() {
        bus_.reset();
        provider_->Wipe();
        bus_ = provider_->Open();
    }

    TopicOptions OptionsOf(std::int32_t partitions) const {
        TopicOptions options;
        options.partitions = partitions;
        options.durable = GetParam().durable;
        return options;
    }

    TopicName MakeTopic(std::int32_t partitions) {
        static std::atomic<int> next{0};
        // A process of its own name: an engine may outlive it.
        const TopicName topic(
            "contract." + std::to_string(::getpid()) + "." + std::to_string(next++)
        );
        const Result<void> made = Ensure(topic, OptionsOf(partitions));
        EXPECT_TRUE(made) << ToString(made.error());
        return topic;
    }
    Result<void> Ensure(const TopicName& topic, const TopicOptions& options) {
        return shards_.Await<Result<void>>(0, [&] { return bus_->EnsureTopic(topic, options); });
    }

    static Outgoing Record(
        const TopicName& topic, std::optional<std::string> key, std::string_view payload
    ) {
        Outgoing record;
        record.topic = topic;
        record.key = std::move(key);
        record.payload = SharedBytes(payload);
        return record;
    }
    Result<Position> TryPublish(const Outgoing& record, std::size_t shard = 0) {
        return shards_.Await<Result<Position>>(shard, [&] { return bus_->Publish(record); });
    }
    Position Publish(
        const TopicName& topic, std::optional<std::string> key, std::string_view payload
    ) {
        const Result<Position> stored = TryPublish(Record(topic, std::move(key), payload));
        EXPECT_TRUE(stored) << ToString(stored.error());
        return stored ? *stored : Position();
    }

    TestSubscription Subscribe(
        std::size_t shard,
        const TopicName& topic,
        const Group& group,
        BatchHandler handler,
        std::size_t batch_records_max = 500
    ) {
        SubscribeOptions options;
        options.topic = topic;
        options.group = group;
        options.batch_records_max = batch_records_max;
        auto subscribe = [&] { return bus_->Subscribe(options, std::move(handler)); };
        using Subscribed = Result<std::unique_ptr<Subscription>>;
        auto subscribed = shards_.Await<Subscribed>(shard, std::move(subscribe));
        EXPECT_TRUE(subscribed) << ToString(subscribed.error());
        return TestSubscription(shards_, shard, subscribed ? std::move(*subscribed) : nullptr);
    }

    /// Two keys that live in different partitions of `topic`.
    std::pair<std::string, std::string> KeysOfDifferentPartitions(const TopicName& topic) {
        const Partition first = Publish(topic, "key-0", "probe").partition;
        for (int i = 1; i < 1'000; ++i) {
            const std::string other = "key-" + std::to_string(i);
            if (Publish(topic, other, "probe").partition != first) return {"key-0", other};
        }
        ADD_FAILURE() << "a thousand keys in one partition";
        return {};
    }

    ShardHarness shards_;
    std::unique_ptr<BusProvider> provider_;
    std::unique_ptr<EventBus> bus_;
};

/// What holds for topics that outlive the process that wrote them.
class DurableEventBusContract : public EventBusContract {};

}  // namespace flux::bus
