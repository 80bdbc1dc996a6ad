// A subscription on the embedded bus: one reader per partition on the subscriber's shard.
#pragma once

#include "bus/event_bus.h"
#include "bus/partition_reader.h"
#include "bus/shared_group.h"
#include "bus/topic.h"

#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <vector>

namespace flux::bus {

/// The working half of a subscription. Its coroutines keep it, so it may outlive the Subscription
/// by one batch. Thread: its shard's.
class Consumer : public std::enable_shared_from_this<Consumer> {
public:
    /// `group`: null for EveryInstance, which begins at `start`.
    static std::shared_ptr<Consumer> Start(
        Shard& shard,
        const std::shared_ptr<Topic>& topic,
        const std::shared_ptr<SharedGroup>& group,
        StartAt start,
        BatchHandler handler,
        ReaderOptions options
    );
    ~Consumer();

    /// No new batch; returns when the readers have ended. Called from inside the handler it does
    /// not wait for the batch that is calling.
    Task<> Finish();

    /// No new batch; a running one may end, but its commit is refused and another member of the
    /// group may have its partition at once.
    void Abandon();

private:
    Consumer(Shard& shard, std::shared_ptr<SharedGroup> group, BatchHandler handler);

    void StopReaders();
    void Spawn(PartitionReader& reader);
    void OnReaderEnded(const std::exception_ptr& failure);
    void LeaveGroup();

    Shard& shard_;
    const std::shared_ptr<SharedGroup> group_;
    const BatchHandler handler_;
    std::vector<std::unique_ptr<PartitionReader>> readers_;
    std::size_t running_ = 0;
    SharedGroup::MemberId member_ = 0;
    bool stopping_ = false;
    boost::asio::steady_timer ended_;
};

/// The subscriber's handle.
class EmbeddedSubscription final : public Subscription {
public:
    explicit EmbeddedSubscription(std::shared_ptr<Consumer> consumer)
        : consumer_(std::move(consumer)) {}
    EmbeddedSubscription(const EmbeddedSubscription&) = delete;
    EmbeddedSubscription& operator=(const EmbeddedSubscription&) = delete;
    ~EmbeddedSubscription() override { consumer_->Abandon(); }

    Task<> Close() override;

private:
    const std::shared_ptr<Consumer> consumer_;
};

}  // namespace flux::bus
