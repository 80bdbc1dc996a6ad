#include "app/record_look.h"

#include "config/quantity.h"
#include "json/json_check.h"
#include "limits/limits.h"

#include <fmt/format.h>
#include <utility>
#include <vector>

namespace flux::app {
namespace {

Error Bad(std::string_view name, std::string_view wanted) {
    return Error(ErrorCode::kBadInput, Retry::kNever, fmt::format("{} must be {}", name, wanted));
}

/// A whole number of the query, at least `least`; nothing when it is absent.
Result<std::optional<std::int64_t>> Number(
    const net::HttpRequest& request, std::string_view name, std::int64_t least
) {
    bool found = false;
    const std::string text = request.QueryParameter(name, &found);
    if (!found) return std::optional<std::int64_t>();
    const auto number = config::ParseInteger(text);
    if (!number || *number < least)
        return Bad(name, fmt::format("a whole number from {} on", least));
    return number;
}

void AppendRecord(std::string& out, const bus::Message& record) {
    out += fmt::format(
        "{{\"partition\":{},\"offset\":{},\"time\":{},\"key\":",
        record.partition.value(),
        record.offset.value(),
        record.timestamp
    );
    if (record.key) {
        json::AppendQuoted(out, *record.key);
    } else {
        out += "null";
    }
    out += ",\"headers\":[";
    for (const bus::Header& header : record.headers) {
        out += out.ends_with('[') ? "[" : ",[";
        json::AppendQuoted(out, header.name);
        out += ',';
        json::AppendQuoted(out, header.value);
        out += ']';
    }
    const std::string_view payload = record.payload.view();
    if (json::Check(payload)) {
        out += "],\"payload\":";
        out += payload;
    } else {
        out += "],\"text\":";
        json::AppendQuoted(out, payload);
    }
    out += '}';
}

std::string Answer(
    const RecordLook& look,
    std::size_t partitions,
    std::pair<bus::Offset, bus::Offset> watermarks,
    bus::Offset from,
    const std::vector<bus::Message>& records
) {
    std::string list;
    std::int64_t next = from.value();
    for (const bus::Message& record : records) {
        if (list.size() >= limits::kRecordBytesShownMax) break;
        if (!list.empty()) list += ',';
        AppendRecord(list, record);
        next = record.offset.value() + 1;
    }
    std::string out = "{\"topic\":";
    json::AppendQuoted(out, look.topic.value());
    out += fmt::format(
        ",\"partitions\":{},\"partition\":{},\"oldest\":{},\"end\":{},\"next\":{},\"records\":[",
        partitions,
        look.partition,
        watermarks.first.value(),
        watermarks.second.value(),
        next
    );
    return out + list + "]}";
}

/// Where to begin. Errors: those of the bus.
Task<Result<bus::Offset>> Begin(
    bus::EventBus& bus, const RecordLook& look, std::pair<bus::Offset, bus::Offset> watermarks
) {
    if (look.time) {
        bus::TopicName topic = look.topic;
        co_return co_await bus.OffsetAt(
            std::move(topic), bus::Partition(look.partition), *look.time
        );
    }
    if (look.from == "beginning") co_return watermarks.first;
    if (look.from == "end") co_return watermarks.second;
    co_return bus::Offset(*config::ParseInteger(look.from));
}

}  // namespace

Result<RecordLook> ReadRecordLook(std::string topic, const net::HttpRequest& request) {
    RecordLook look;
    look.topic = bus::TopicName(std::move(topic));
    const auto partition = Number(request, "partition", 0);
    if (!partition) return partition.error();
    if (*partition && **partition >= limits::kPartitionsMax)
        return Bad("partition", fmt::format("below {}", limits::kPartitionsMax));
    look.partition = static_cast<std::int32_t>(partition->value_or(0));
    const auto most = Number(request, "max", 1);
    if (!most) return most.error();
    look.records_max = std::min<std::size_t>(
        static_cast<std::size_t>(most->value_or(100)), limits::kRecordsShownMax
    );
    const auto time = Number(request, "time", 0);
    if (!time) return time.error();
    look.time = *time;
    bool found = false;
    std::string from = request.QueryParameter("from", &found);
    if (!found) return look;
    const auto offset = config::ParseInteger(from);
    if (from != "beginning" && from != "end" && (!offset || *offset < 0))
        return Bad("from", "beginning, end or an offset");
    look.from = std::move(from);
    return look;
}

Task<Result<std::string>> Look(bus::EventBus& bus, RecordLook look) {
    bus::TopicName topic = look.topic;
    const auto watermarks = co_await bus.Watermarks(std::move(topic));
    if (!watermarks) co_return watermarks.error();
    const auto number = static_cast<std::size_t>(look.partition);
    if (number >= watermarks->size()) {
        co_return Error(
            ErrorCode::kNotFound,
            Retry::kNever,
            fmt::format("{} has partitions 0 to {}", look.topic.value(), watermarks->size() - 1)
        );
    }
    const std::pair<bus::Offset, bus::Offset> edges = (*watermarks)[number];
    const Result<bus::Offset> begin = co_await Begin(bus, look, edges);
    if (!begin) co_return begin.error();
    bus::Position from;
    from.log_identity = bus.identity();
    from.partition = bus::Partition(look.partition);
    from.offset = *begin;
    bus::TopicName again = look.topic;
    const auto records = co_await bus.Read(std::move(again), from, look.records_max);
    if (!records) co_return records.error();
    co_return Answer(look, watermarks->size(), edges, *begin, *records);
}

}  // namespace flux::app
