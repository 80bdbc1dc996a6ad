// A bus that hands everything on to another one. For tests that change a part of it.
#pragma once

#include "bus/event_bus.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace flux::bus {

/// What a test does not override is the other bus's, which outlives it. Thread: the other bus's.
class ForwardingBus : public EventBus {
public:
    explicit ForwardingBus(EventBus& bus)
        : bus_(bus) {}

    Task<Result<void>> EnsureTopic(TopicName topic, TopicOptions options) override {
        return bus_.EnsureTopic(std::move(topic), options);
    }
    Task<Result<Position>> Publish(Outgoing message) override {
        return bus_.Publish(std::move(message));
    }
    Task<Result<std::unique_ptr<Subscription>>> Subscribe(
        SubscribeOptions options, BatchHandler handler
    ) override {
        return bus_.Subscribe(std::move(options), std::move(handler));
    }
    std::string identity() const override { return bus_.identity(); }
    Task<Result<std::vector<std::pair<Offset, Offset>>>> Watermarks(TopicName topic) override {
        return bus_.Watermarks(std::move(topic));
    }
    Task<Result<std::vector<Message>>> Read(TopicName topic, Position from, std::size_t records_max)
        override {
        return bus_.Read(std::move(topic), std::move(from), records_max);
    }
    Task<Result<Offset>> OffsetAt(TopicName topic, Partition partition, WallMillis time) override {
        return bus_.OffsetAt(std::move(topic), partition, time);
    }

protected:
    EventBus& bus_;
};

}  // namespace flux::bus
