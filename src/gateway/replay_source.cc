#include "gateway/replay_source.h"

#include "base/assert.h"
#include "base/random.h"
#include "socketio/kept_session.h"

#include <fmt/format.h>
#include <utility>

namespace flux::gateway {

ReplaySource::ReplaySource(const RouteTable& routes, std::string identity)
    : routes_(routes),
      identity_(std::move(identity)),
      salt_(identity_.empty() ? SecureRandomSeed() : 0) {
    for (RouteNumber number = 1; number <= routes.size(); ++number) {
        const Route& route = *routes.Find(number);
        if (route.recovery == Recovery::kReplay) topics_[route.topic];
    }
}

std::vector<std::string> ReplaySource::Topics() const {
    std::vector<std::string> names;
    names.reserve(topics_.size());
    for (const auto& [name, readers] : topics_)
        names.push_back(name);
    return names;
}

bool ReplaySource::Follows(std::string_view topic) const {
    return topics_.find(topic) != topics_.end();
}

void ReplaySource::Start(const std::string& topic, const std::vector<std::int64_t>& next) {
    std::vector<Reader>& readers = topics_[topic];
    readers.clear();
    for (const std::int64_t offset : next)
        readers.push_back({.next = offset});
}

bool ReplaySource::Found(const std::string& topic, const std::vector<std::int64_t>& next) {
    if (next.empty() || !topics_[topic].empty()) return false;
    Start(topic, next);
    if (open_) Lay();
    return open_;
}

ReplayOffset ReplaySource::Open() {
    open_ = true;
    Lay();
    return now_;
}

/// What another gateway must agree on for its positions to mean the same.
std::string ReplaySource::Definition() const {
    std::string text = fmt::format("{}\n{}\n", identity_, salt_);
    for (const auto& [topic, readers] : topics_) {
        text += fmt::format("topic {} {}\n", topic, readers.size());
        for (std::size_t i = 0; i < readers.size(); ++i) {
            const Reader& reader = readers[i];
            if (reader.restart.offset < 0 && reader.lost_before == 0) continue;
            text += fmt::format(
                "break {} {} {} {}\n",
                i,
                reader.restart.offset,
                reader.restart.time,
                reader.lost_before
            );
        }
    }
    for (RouteNumber number = 1; number <= routes_.size(); ++number) {
        const Route& route = *routes_.Find(number);
        if (route.recovery != Recovery::kReplay) continue;
        text += fmt::format(
            "route {}\n{}\n{}\n{}\n{}\n{}\n{} {}\n",
            route.name,
            route.topic,
            route.room.text(),
            route.event,
            route.envelope.head,
            route.envelope.tail,
            static_cast<int>(route.match.key_rule),
            route.match.key
        );
        for (const Match::Field& field : route.match.fields)
            text += fmt::format("{}={}\n", field.path.text(), field.value);
    }
    return text;
}

void ReplaySource::Lay() {
    std::size_t partitions = 0;
    for (const auto& [topic, readers] : topics_)
        partitions += readers.size();
    counted_ = partitions > limits::kReplayPartitionsMax;
    if (counted_ && salt_ == 0) salt_ = SecureRandomSeed();
    now_ = ReplayOffset();
    now_.layout = socketio::OffsetMark(Definition());
    first_.clear();
    if (counted_) {
        now_.partitions = 1;
        now_.next[0] = count_;
    } else {
        for (const auto& [topic, readers] : topics_) {
            first_[topic] = now_.partitions;
            for (const Reader& reader : readers)
                now_.next[now_.partitions++] = reader.next;
        }
    }
    Publish();
}

/// The layout last: who finds it finds positions that are no newer than what was read.
void ReplaySource::Publish() {
    read_layout_.store(0, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    for (std::size_t i = 0; i < read_.size(); ++i)
        read_[i].store(now_.next[i], std::memory_order_relaxed);
    read_layout_.store(now_.layout, std::memory_order_release);
}

bool ReplaySource::HasRead(const ReplayOffset& offset) const {
    if (read_layout_.load(std::memory_order_acquire) != offset.layout) return false;
    for (std::uint8_t i = 0; i < offset.partitions; ++i) {
        if (read_[i].load(std::memory_order_acquire) < offset.next[i]) return false;
    }
    // Positions of another layout may have been stored meanwhile.
    std::atomic_thread_fence(std::memory_order_acquire);
    return read_layout_.load(std::memory_order_relaxed) == offset.layout;
}

bool ReplaySource::Lose(const std::string& topic, bus::Partition partition, std::int64_t from) {
    const auto found = topics_.find(topic);
    FLUX_ASSERT(found != topics_.end());
    const auto number = static_cast<std::size_t>(partition.value());
    // One that is not known yet begins with its first record.
    if (number >= found->second.size()) return false;
    Reader& reader = found->second[number];
    if (from <= reader.next) return false;
    reader.next = from;
    reader.begun = false;
    if (!open_) return false;  // there are no offsets from before
    reader.lost_before = from;
    Lay();
    return true;
}

bool ReplaySource::Read(const bus::Message& message) {
    const auto topic = topics_.find(message.topic.value());
    FLUX_ASSERT(topic != topics_.end());
    std::vector<Reader>& readers = topic->second;
    const auto partition = static_cast<std::size_t>(message.partition.value());
    const std::int64_t offset = message.offset.value();
    silent_ = true;
    if (!open_) return false;
    bool other = false;
    if (partition >= readers.size()) {
        readers.resize(partition + 1);
        other = true;
    } else if (offset < readers[partition].next) {
        if (!readers[partition].begun) return false;
        // The log went back: positions from before say nothing any more.
        readers[partition].restart = {.offset = offset, .time = message.timestamp};
        readers[partition].lost_before = 0;
        other = true;
    }
    silent_ = false;
    Reader& reader = readers[partition];
    reader.begun = true;
    if (other) {
        // As if this record had not been read: its deliveries follow.
        reader.next = offset;
        Lay();
    }
    reader.next = offset + 1;
    if (counted_) return other;
    const std::size_t place = first_[message.topic.value()] + partition;
    now_.current = static_cast<std::uint8_t>(place);
    now_.part = 0;
    now_.next[place] = offset + 1;
    return other;
}

std::optional<ReplayOffset> ReplaySource::Stamp() {
    if (silent_) return std::nullopt;
    if (counted_) {
        now_.next[0] = ++count_;
        now_.part = 1;
    } else {
        ++now_.part;
    }
    return now_;
}

void ReplaySource::Finish() {
    if (!silent_) read_[now_.current].store(now_.next[now_.current], std::memory_order_release);
}

}  // namespace flux::gateway
