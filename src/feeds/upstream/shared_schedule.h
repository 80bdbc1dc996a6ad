// A rhythm that several instances of one service keep together.
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "bus/event_bus.h"
#include "runtime/shard.h"
#include "runtime/task.h"
#include "runtime/task_group.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace flux::feeds {

/// Calls `run` when no instance has published on `event_topic` for `interval` (plus a little
/// chance, so that one is first): each listens to what all publish there, so two instances fetch no
/// more often than one. The first call comes at once, unless something was published just before.
/// Never two calls at a time. Thread: its shard's.
///
/// The instance that published last (all see the same last record) keeps the rhythm: it begins
/// `lead` early, which is how long a run takes before it publishes, so that records come an
/// interval apart. The others wait up to a tenth of the interval longer, and take over when it
/// falls silent. A run that publishes nothing is repeated after the interval, by every instance:
/// what nobody published, nobody knows of.
class SharedSchedule {
public:
    SharedSchedule(
        Shard& shard,
        bus::EventBus& bus,
        std::string event_topic,
        Milliseconds interval,
        Milliseconds lead,
        Random& random,
        std::function<Task<>()> run
    );
    SharedSchedule(const SharedSchedule&) = delete;
    SharedSchedule& operator=(const SharedSchedule&) = delete;

    /// The topic exists. Errors: those of EventBus::Subscribe.
    Task<Result<void>> Start();
    Task<> Stop();

    /// This instance has published at `position` of the topic, in a run or otherwise.
    void Published(const bus::Position& position);

    /// When the next call is due, as things are.
    SteadyTime due() const { return due_; }

    /// When a record of anybody's was heard of last; nothing: never yet.
    std::optional<SteadyTime> heard_at() const { return heard_at_; }

private:
    Task<> LookBack();
    Task<> KeepTime();
    void Heard(const bus::Message& last);
    void Reckon();
    Milliseconds Chance();

    /// Where a record stands.
    struct Place {
        bus::Partition partition;
        bus::Offset offset;
        friend bool operator==(const Place&, const Place&) = default;
    };

    Shard& shard_;
    bus::EventBus& bus_;
    const bus::TopicName topic_;
    const Milliseconds interval_;
    const Milliseconds lead_;
    Random& random_;
    const std::function<Task<>()> run_;
    SteadyTime due_;
    std::optional<SteadyTime> heard_at_;
    std::optional<Place> newest_;  // of what was heard
    std::optional<Place> own_;     // the last of this instance's
    bool published_ = false;       // in the run under way
    bool stopping_ = false;
    TaskGroup tasks_;
    std::unique_ptr<bus::Subscription> subscription_;
};

}  // namespace flux::feeds
