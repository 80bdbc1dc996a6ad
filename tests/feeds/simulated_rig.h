// A domain service against the simulator and the embedded bus. For tests.
#pragma once

#include "base/metrics.h"
#include "base/units.h"
#include "bus/embedded_bus.h"
#include "bus/event_bus.h"
#include "bus/shard_harness.h"
#include "bus/temporary_directory.h"
#include "contract/commands.h"
#include "contract/service_status.h"
#include "contract/topics.h"
#include "every_fault.h"
#include "feeds/upstream/upstream_rig.h"
#include "runtime/shard_set.h"
#include "simulator/simulator.h"
#include "simulator/source_set.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flux::testing {

/// The simulator on the first shard, the service and a reader of its topics on the second, on a
/// clock that a test moves. `Service` is one of feeds/.
template <class Service>
class SimulatedRig : public ::testing::Test {
protected:
    explicit SimulatedRig(std::string source)
        : source_(std::move(source)),
          shards_(2, clock_) {
        simulator_options_.addresses = {"127.0.0.1"};
        simulator_options_.port = 0;
        shards_.Start();
        bus::EmbeddedBusOptions bus_options;
        bus_options.directory = directory_.path() / "data";
        bus_ = bus::EmbeddedBus::Open(bus_options, clock_, metrics_).value();
    }

    ~SimulatedRig() override {
        if (service_) {
            Run(StopAll());
            service_.reset();
        }
        simulator_.reset();
        bus_.reset();
        shards_.Stop();
    }

    /// Runs the simulator; returns its URL.
    std::string StartSimulator() {
        simulator_ = std::make_unique<simulator::Simulator>(shards_, simulator_options_, metrics_);
        const Result<std::uint16_t> port = simulator_->Start();
        EXPECT_TRUE(port) << port.error().context;
        return "http://127.0.0.1:" + std::to_string(port ? *port : 0);
    }

    /// Runs the service, and reads what it says on `event` and of its state.
    template <class Options>
    void StartService(const Options& options, const contract::Topic& event) {
        service_ = std::make_unique<Service>(shards_[1], *bus_, options, metrics_, 1);
        const Result<void> started = Run(service_->Start());
        ASSERT_TRUE(started) << started.error().context;
        Run(Watch(event));
        Run(Watch(contract::kServiceStatus));
    }

    /// Runs `task` on the service's shard, to its end.
    template <class T>
    T Run(Task<T> task) {
        std::promise<T> promise;
        std::future<T> result = promise.get_future();
        auto work = [](Task<T> inner, std::promise<T>& out) -> Task<> {
            out.set_value(co_await std::move(inner));
        };
        shards_[1].PostReserved([&, task = std::move(task)]() mutable {
            boost::asio::co_spawn(
                shards_[1].io(), work(std::move(task), promise), boost::asio::detached
            );
        });
        return result.get();
    }

    /// A refresh command, as a gateway sends it.
    void Command(const contract::Topic& topic) {
        contract::RefreshCommand command;
        command.reason = "refresh_cache";
        command.timestamp = clock_.WallNow();
        Run(Publish(topic, "gateway", contract::Encode(command)));
    }

    void Put(
        simulator::FaultKind kind, std::string match = "", std::optional<int> retry_after = {}
    ) {
        simulator::Fault fault;
        fault.source = source_;
        fault.kind = kind;
        fault.lasting = true;
        fault.match = std::move(match);
        fault.retry_after = retry_after;
        fault.delay = 100s;  // late is later than anybody waits
        const Result<void> put = simulator_->Inject(fault);
        ASSERT_TRUE(put) << put.error().context;
    }
    void ClearFaults() {
        simulator_->With([this](simulator::SourceSet& sources) {
            ASSERT_TRUE(sources.ClearFaults(source_));
        });
    }

    /// As bus::Eventually; the shards turn meanwhile, because a clock that was moved makes their
    /// deadlines due without waking them.
    bool Soon(const std::function<bool()>& condition) {
        return bus::Eventually([&] {
            shards_[0].Wake();
            shards_[1].Wake();
            return condition();
        });
    }

    contract::ServiceStatus Status() {
        const auto payloads = Payloads(contract::kServiceStatus);
        if (payloads.empty()) return contract::ServiceStatus();
        return contract::DecodeServiceStatus(payloads.back()).value();
    }
    bool BecomesState(contract::ServiceState state) {
        return Soon([&] {
            return !Payloads(contract::kServiceStatus).empty() && Status().state == state;
        });
    }

    std::size_t Count(const contract::Topic& topic) { return Payloads(topic).size(); }
    std::vector<std::string> Payloads(const contract::Topic& topic) {
        const std::scoped_lock lock(mutex_);
        return seen_[std::string(topic.name)];
    }

    /// What operators read of the source: a counter on /metrics.
    std::uint64_t Answers(std::string_view result) {
        const std::string line = "result=\"" + std::string(result) + "\"";
        const std::string page = metrics_.Scrape();
        std::uint64_t sum = 0;
        for (std::size_t at = page.find("flux_upstream_answers"); at != std::string::npos;) {
            const std::size_t end = page.find('\n', at);
            const std::string text = page.substr(at, end - at);
            if (text.find(line) != std::string::npos) {
                sum += std::stoull(text.substr(text.rfind(' ') + 1));
            }
            at = page.find("flux_upstream_answers", end);
        }
        return sum;
    }

    Task<bool> Publish(
        const contract::Topic& topic, std::optional<std::string> key, std::string payload
    ) {
        bus::Outgoing record;
        record.topic = bus::TopicName(std::string(topic.name));
        record.key = std::move(key);
        record.payload = SharedBytes(payload);
        const auto stored = co_await bus_->Publish(std::move(record));
        EXPECT_TRUE(stored);
        co_return true;
    }

    const std::string source_;
    feeds::testing::MovedClock clock_;
    simulator::SimulatorOptions simulator_options_;
    std::unique_ptr<simulator::Simulator> simulator_;
    std::unique_ptr<Service> service_;

private:
    Task<bool> Watch(contract::Topic topic) {
        bus::SubscribeOptions options;
        options.topic = bus::TopicName(std::string(topic.name));
        options.group = bus::Group::EveryInstance(bus::StartAt::kBeginning);
        bus::BatchHandler handler = [this](const std::vector<bus::Message>& batch) {
            const std::scoped_lock lock(mutex_);
            for (const bus::Message& message : batch)
                seen_[message.topic.value()].emplace_back(message.payload.view());
            return []() -> Task<Result<void>> { co_return Result<void>(); }();
        };
        auto reader = co_await bus_->Subscribe(std::move(options), std::move(handler));
        EXPECT_TRUE(reader);
        readers_.push_back(std::move(*reader));
        co_return true;
    }

    Task<bool> StopAll() {
        co_await service_->Stop();
        for (const auto& reader : readers_)
            co_await reader->Close();
        readers_.clear();
        co_return true;
    }

    bus::TemporaryDirectory directory_;
    MetricRegistry metrics_;
    ShardSet shards_;
    std::unique_ptr<bus::EventBus> bus_;
    std::vector<std::unique_ptr<bus::Subscription>> readers_;
    std::mutex mutex_;
    std::map<std::string, std::vector<std::string>> seen_;
};

}  // namespace flux::testing
