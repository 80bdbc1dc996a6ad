#include "bus/bus_rules.h"

#include "bus/topic_name.h"
#include "limits/limits.h"

#include <fmt/format.h>

namespace flux::bus {

std::size_t RecordBytes(
    const std::optional<std::string>& key,
    const SharedBytes& payload,
    const std::vector<Header>& headers
) {
    std::size_t bytes = (key ? key->size() : 0) + payload.size();
    for (const Header& header : headers)
        bytes += header.name.size() + header.value.size();
    return bytes;
}

Result<void> CheckTopic(const TopicName& topic, const TopicOptions& options) {
    const std::string& name = topic.value();
    if (!IsTopicName(name)) {
        return Error(
            ErrorCode::kBadInput,
            Retry::kNever,
            fmt::format(
                "could not make topic \"{}\": a name has 1 to {} letters, digits, dots, dashes or "
                "underscores",
                name,
                limits::kTopicNameBytesMax
            )
        );
    }
    if (options.partitions < 1 || options.partitions > limits::kPartitionsMax) {
        return Error(
            ErrorCode::kBadInput,
            Retry::kNever,
            fmt::format(
                "could not make topic {}: it must have 1 to {} partitions, not {}",
                name,
                limits::kPartitionsMax,
                options.partitions
            )
        );
    }
    return {};
}

Result<void> CheckRecord(const Outgoing& message) {
    const std::size_t bytes = RecordBytes(message.key, message.payload, message.headers);
    if (bytes > limits::kRecordBytesMax) {
        return Error(
            ErrorCode::kTooLarge,
            Retry::kNever,
            fmt::format(
                "could not publish to {}: the record has {} bytes, at most {} are allowed; send "
                "less at once",
                message.topic.value(),
                bytes,
                limits::kRecordBytesMax
            )
        );
    }
    if (message.headers.size() > limits::kRecordHeadersMax) {
        return Error(
            ErrorCode::kTooLarge,
            Retry::kNever,
            fmt::format(
                "could not publish to {}: the record has {} headers, at most {} are allowed; send "
                "fewer",
                message.topic.value(),
                message.headers.size(),
                limits::kRecordHeadersMax
            )
        );
    }
    return {};
}

}  // namespace flux::bus
