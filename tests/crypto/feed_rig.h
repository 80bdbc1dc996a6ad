// The crypto service, the simulated exchange and the embedded bus, running together.
#pragma once

#include "base/metrics.h"
#include "bus/embedded_bus.h"
#include "bus/event_bus.h"
#include "contract/ticker.h"
#include "feeds/crypto/crypto_service.h"
#include "runtime/shard_set.h"
#include "runtime/task.h"
#include "simulator/simulator.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flux {

/// One record of the ticker topic.
struct Published {
    std::string key;
    std::string payload;
    contract::TickerEvent event;
};

/// Two shards: the exchange on the first, the service and a reader of its topic on the second.
/// Everything is quick: frames every 10 ms, flushes every 20 ms, liveness after half a second.
class FeedRig : public testing::Test {
protected:
    FeedRig();
    ~FeedRig() override;

    /// Starts the exchange, on the port it had before if it ran already.
    void StartExchange();
    void StopExchange();

    /// Starts the service with `options_`.
    void StartService();
    Result<void> TryStartService();
    void StopService();

    /// Both, and waits until every connection is subscribed.
    void StartBoth();

    void Inject(simulator::FaultKind kind, std::uint32_t count);
    void Inject(simulator::Fault fault) { EXPECT_TRUE(exchange_->Inject(fault)); }

    /// Waits until `condition` holds; false after twenty seconds. It is asked on this thread.
    bool Eventually(const std::function<bool()>& condition);

    std::vector<Published> published();
    std::size_t PublishedOf(const std::string& product);

    /// From now on records of another topic of the service are kept, from the topic's beginning.
    /// Until the service stops.
    void Watch(std::string_view topic);
    std::vector<std::string> Records(std::string_view topic);

    /// Publishes a record as another instance would.
    void Publish(std::string_view topic, std::string payload);

    /// Waits until something of `product` is published that was not when this was called.
    bool TicksAgain(const std::string& product = "BTC-USD");

    const feeds::CryptoStats& stats() const { return service_->stats(); }
    const feeds::MarketStats& market_stats() const { return service_->market_stats(); }
    std::int64_t connections() const;
    std::string RestBase() const { return "http://127.0.0.1:" + std::to_string(port_); }

    /// Runs a coroutine on the service's shard and returns its result.
    template <class T>
    T Run(Task<T> task);

    feeds::CryptoOptions options_;
    simulator::SimulatorOptions exchange_options_;
    MetricRegistry metrics_;
    std::unique_ptr<simulator::Simulator> exchange_;

private:
    void Subscribe();
    Task<Result<void>> Take(std::vector<bus::Message> batch);
    Task<Result<void>> Keep(const std::vector<bus::Message>& batch);

    std::filesystem::path directory_;
    ShardSet shards_;
    std::uint16_t port_ = 0;
    std::unique_ptr<bus::EventBus> bus_;
    std::unique_ptr<bus::Subscription> reader_;
    std::vector<std::unique_ptr<bus::Subscription>> watching_;
    std::unique_ptr<feeds::CryptoService> service_;
    std::mutex mutex_;
    std::vector<Published> published_;
    std::map<std::string, std::vector<std::string>, std::less<>> records_;
};

template <class T>
T FeedRig::Run(Task<T> task) {
    std::promise<T> promise;
    std::future<T> result = promise.get_future();
    auto work = [](Task<T> inner, std::promise<T>& out) -> Task<> {
        if constexpr (std::is_void_v<T>) {
            co_await std::move(inner);
            out.set_value();
        } else {
            out.set_value(co_await std::move(inner));
        }
    };
    shards_[1].PostReserved([&, task = std::move(task)]() mutable {
        boost::asio::co_spawn(
            shards_[1].io(), work(std::move(task), promise), boost::asio::detached
        );
    });
    return result.get();
}

}  // namespace flux
