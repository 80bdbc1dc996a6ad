#include "gateway/look_back.h"

#include "base/log.h"
#include "json/json_check.h"
#include "limits/limits.h"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <variant>

namespace flux::gateway {
namespace {

/// Few at first, because a partition may hold records of a megabyte; then more at a time, as long
/// as they are small.
constexpr std::int64_t kFirstChunk = 16;
constexpr std::int64_t kLongestChunk = 4'096;

std::vector<RouteNumber> WithSnapshots(const RouteTable& routes, std::string_view topic) {
    std::vector<RouteNumber> numbers = routes.OfTopic(topic);
    std::erase_if(numbers, [&](RouteNumber number) {
        return routes.Find(number)->snapshot != SnapshotRule::kLatestPerKey;
    });
    return numbers;
}

bool Replays(const RouteTable& routes, std::string_view topic) {
    const std::vector<RouteNumber> numbers = routes.OfTopic(topic);
    return std::any_of(numbers.begin(), numbers.end(), [&](RouteNumber number) {
        return routes.Find(number)->recovery == Recovery::kReplay;
    });
}

std::optional<std::string_view> KeyOf(const bus::Message& message) {
    if (!message.key) return std::nullopt;
    return std::string_view(*message.key);
}

std::size_t BytesOf(const std::vector<bus::Message>& records) {
    std::size_t bytes = 0;
    for (const bus::Message& record : records)
        bytes += record.payload.size();
    return bytes;
}

}  // namespace

LookBack::LookBack(
    std::string topic, const RouteTable& routes, const LookBackOptions& options, PumpStats& stats
)
    : topic_(std::move(topic)),
      routes_(routes),
      options_(options),
      stats_(stats),
      replays_(Replays(routes, topic_)),
      numbers_(WithSnapshots(routes, topic_)) {}

Task<> LookBack::Run(bus::EventBus& bus, Marks marks, const Clock& clock, SteadyTime until) {
    for (std::size_t i = 0; i < marks.size(); ++i) {
        Cursor cursor;
        cursor.partition = bus::Partition(static_cast<std::int32_t>(i));
        cursor.first = marks[i].first;
        cursor.unread = marks[i].second;
        cursor.chunk = kFirstChunk;
        cursor.begin = cursor.unread;
        cursor.records_left = options_.records_max;
        cursor.open = cursor.first < cursor.unread;
        cursor.touched = !cursor.open;
        cursors_.push_back(std::move(cursor));
    }
    const auto is_open = [](const Cursor& cursor) { return cursor.open; };
    while (std::any_of(cursors_.begin(), cursors_.end(), is_open)) {
        for (Cursor& cursor : cursors_) {
            if (!cursor.open) continue;
            if (bytes_ >= options_.bytes_max) co_return Cut("gateway.warm_up_bytes");
            if (clock.Now() >= until) co_return Cut("gateway.warm_up_timeout");
            co_await ReadChunk(bus, cursor);
        }
    }
}

void LookBack::Cut(std::string_view bound) const {
    stats_.warm_up_cut.Add();
    log::Warn(
        "gateway.warm_up_cut",
        "the gateway starts without having looked at all the records it should have; keys that are "
        "missing come with their next record. Raise what cut it short, or lower "
        "gateway.warm_up_records",
        {{"topic", topic_}, {"cut_by", bound}, {"records", stats_.warm_up_records.value()}}
    );
}

Task<> LookBack::ReadChunk(bus::EventBus& bus, Cursor& cursor) {
    const std::int64_t from = std::max(cursor.first.value(), cursor.unread.value() - cursor.chunk);
    auto records = co_await ReadRange(bus, cursor, bus::Offset(from));
    if (!records) {
        GiveUp(cursor, records.error());
        co_return;
    }
    const std::size_t bytes = BytesOf(*records);
    if (bytes > limits::kBatchBytesMax && cursor.chunk > 1) {
        cursor.chunk = std::max<std::int64_t>(1, cursor.chunk / 4);  // once more, less at a time
        co_return;
    }
    for (auto record = records->rbegin(); record != records->rend(); ++record) {
        if (cursor.records_left == 0) break;
        --cursor.records_left;
        cursor.begin = record->offset;
        Take(cursor, std::move(*record));
    }
    if (cursor.records_left > 0) cursor.begin = bus::Offset(from);
    bytes_ += bytes;
    cursor.touched = true;
    cursor.unread = bus::Offset(from);
    cursor.open = cursor.records_left > 0 && from > cursor.first.value();
    if (bytes * 4 < limits::kBatchBytesMax) {
        cursor.chunk = std::min(cursor.chunk * 4, kLongestChunk);
    }
}

/// The records from `from` up to what is read already; fewer when they are more than a batch may
/// hold. Offsets may be missing: compacted, or no records of ours.
Task<Result<std::vector<bus::Message>>> LookBack::ReadRange(
    bus::EventBus& bus, const Cursor& cursor, bus::Offset from
) {
    std::vector<bus::Message> all;
    std::size_t bytes = 0;
    while (from < cursor.unread && bytes <= limits::kBatchBytesMax) {
        bus::TopicName topic(topic_);
        bus::Position position;
        position.log_identity = bus.identity();
        position.partition = cursor.partition;
        position.offset = from;
        const auto wanted = static_cast<std::size_t>(cursor.unread.value() - from.value());
        auto read = co_await bus.Read(std::move(topic), std::move(position), wanted);
        if (!read) co_return read.error();
        if (read->empty()) break;
        from = bus::Offset(read->back().offset.value() + 1);
        bytes += BytesOf(*read);
        for (bus::Message& record : *read) {
            if (record.offset < cursor.unread) all.push_back(std::move(record));
        }
    }
    co_return all;
}

/// Retention may have taken the oldest meanwhile, which ends the look back there. Anything else
/// leaves the partition as far as it is read.
void LookBack::GiveUp(Cursor& cursor, const Error& error) {
    cursor.open = false;
    if (error.code == ErrorCode::kNotFound && cursor.touched) return;
    stats_.warm_up_cut.Add();
    log::Warn(
        "gateway.warm_up_cut",
        "records of a partition could not be looked back at; keys that are missing come with their "
        "next record",
        {{"topic", topic_}, {"partition", cursor.partition.value()}, {"error", error.context}}
    );
}

void LookBack::Take(Cursor& cursor, bus::Message message) {
    stats_.warm_up_records.Add();
    if (replays_) {
        cursor.records.push_back(std::move(message));
    } else {
        TakeNewestOf(message);
    }
}

void LookBack::TakeNewestOf(const bus::Message& message) {
    bool checked = false;
    const Place place{message.timestamp, message.partition, message.offset};
    for (const RouteNumber number : numbers_) {
        const Route& route = *routes_.Find(number);
        if (!route.match.AllowsKey(KeyOf(message))) continue;
        if (message.payload.empty()) {
            TakeTombstone(number, message);
            continue;
        }
        if (!route.key && message.key && HasNewer(number, *message.key, place)) continue;
        // What cannot be delivered was counted and logged when it came.
        if (!checked && !json::Check(message.payload.view())) return;
        checked = true;
        if (!route.match.AllowsPayload(message.payload.view())) continue;
        std::variant<RenderedEvent, Unrenderable> rendered = Render(route, message);
        auto* const event = std::get_if<RenderedEvent>(&rendered);
        if (event == nullptr) continue;
        std::string key = event->key;
        Keep(number, std::move(key), place, std::move(*event));
    }
}

void LookBack::TakeTombstone(RouteNumber number, const bus::Message& message) {
    if (!message.key || routes_.Find(number)->shape != nullptr) return;
    Result<std::string> key = SnapshotKeyOf(*routes_.Find(number), message);
    if (!key) return;
    const Place place{message.timestamp, message.partition, message.offset};
    Keep(number, *std::move(key), place, std::nullopt);
}

bool LookBack::HasNewer(RouteNumber number, const std::string& key, const Place& place) const {
    const auto found = found_.find(std::make_pair(number, key));
    if (found == found_.end()) return false;
    const Place& there = found->second.place;
    if (there.partition == place.partition) return there.offset > place.offset;
    return there.timestamp > place.timestamp;
}

void LookBack::Keep(
    RouteNumber number, std::string key, Place place, std::optional<RenderedEvent> event
) {
    if (HasNewer(number, key, place)) return;
    found_[std::make_pair(number, std::move(key))] = Found{place, std::move(event)};
}

std::vector<NewestEvent> LookBack::TakeNewest() {
    std::vector<std::pair<Place, NewestEvent>> sorted;
    for (auto& [id, found] : found_) {
        if (!found.event) continue;
        NewestEvent newest;
        newest.route = id.first;
        newest.event = *std::move(found.event);
        newest.at = found.place.timestamp;
        sorted.emplace_back(found.place, std::move(newest));
    }
    found_.clear();
    const auto age = [](const auto& one) {
        const Place& place = one.first;
        return std::make_tuple(place.timestamp, place.partition.value(), place.offset.value());
    };
    std::stable_sort(sorted.begin(), sorted.end(), [&](const auto& one, const auto& other) {
        return age(one) < age(other);
    });
    std::vector<NewestEvent> newest;
    newest.reserve(sorted.size());
    for (auto& one : sorted)
        newest.push_back(std::move(one.second));
    return newest;
}

std::vector<bus::Message> LookBack::TakeRecords() {
    std::vector<bus::Message> records;
    for (;;) {
        Cursor* oldest = nullptr;
        for (Cursor& cursor : cursors_) {
            if (cursor.records.empty()) continue;
            if (oldest == nullptr ||
                cursor.records.back().timestamp < oldest->records.back().timestamp) {
                oldest = &cursor;
            }
        }
        if (oldest == nullptr) return records;
        records.push_back(std::move(oldest->records.back()));
        oldest->records.pop_back();
    }
}

bus::Offset LookBack::Begin(bus::Partition partition) const {
    return cursors_[static_cast<std::size_t>(partition.value())].begin;
}

bool LookBack::Read(bus::Partition partition) const {
    return std::any_of(cursors_.begin(), cursors_.end(), [&](const Cursor& cursor) {
        return cursor.partition == partition && cursor.touched;
    });
}

}  // namespace flux::gateway
