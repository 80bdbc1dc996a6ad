#include "gateway/topic_config.h"

#include "base/units.h"
#include "bus/topic_name.h"
#include "contract/topics.h"
#include "gateway/row_reader.h"
#include "limits/limits.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <optional>
#include <utility>

namespace flux::gateway {
namespace {

using std::chrono::hours;

constexpr hours kRetentionTimeMax{24 * 3'650};

void ReadName(RowReader& reader, std::string& name) {
    name = reader.Required("name");
    if (name.empty()) return;
    if (!bus::IsTopicName(name)) {
        reader.Complain("name", "must be 1 to 249 of: letters, digits, '.', '_', '-'");
    } else if (contract::FindTopic(name) != nullptr) {
        reader.Complain(
            "name", fmt::format("is {}, one of Flux's own topics, whose shape is fixed", name)
        );
    }
}

std::optional<TopicRow> ReadTopicRow(const config::Table& row, config::Problems& problems) {
    RowReader reader(row, problems);
    TopicRow topic;
    ReadName(reader, topic.name);
    const auto partitions = reader.Integer("partitions", 1, limits::kPartitionsMax);
    if (partitions) topic.options.partitions = static_cast<std::int32_t>(*partitions);
    topic.options.durable = reader.Bool("durable").value_or(false);
    const auto bytes = reader.Bytes("retention_bytes", 64 * KiB, 1'024 * GiB);
    if (bytes) topic.options.retention_bytes = *bytes;
    const auto time = reader.Duration("retention_time", hours(1), kRetentionTimeMax);
    if (time) {
        topic.options.retention_time = std::chrono::duration_cast<hours>(*time);
        if (topic.options.retention_time != *time) {
            reader.Complain("retention_time", "must be whole hours, such as 48h");
        }
    }
    if (!reader.Finish()) return std::nullopt;
    return topic;
}

}  // namespace

std::vector<TopicRow> ReadTopicRows(
    const std::vector<config::Table>& rows, config::Problems& problems
) {
    std::vector<TopicRow> topics;
    for (const config::Table& row : rows) {
        std::optional<TopicRow> topic = ReadTopicRow(row, problems);
        if (!topic) continue;
        const bool twice = std::any_of(topics.begin(), topics.end(), [&](const TopicRow& other) {
            return other.name == topic->name;
        });
        if (twice) {
            problems.Add(
                row.PlaceOf("name"),
                fmt::format("another [[topic]] is {} already; keep one of them", topic->name)
            );
        } else {
            topics.push_back(*std::move(topic));
        }
    }
    return topics;
}

}  // namespace flux::gateway
