// What every bus asks of topics and records.
#pragma once

#include "base/result.h"
#include "bus/event_bus.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace flux::bus {

/// Errors: kBadInput (the name, or the number of partitions).
Result<void> CheckTopic(const TopicName& topic, const TopicOptions& options);

/// Key, payload and headers: what counts against limits::kRecordBytesMax.
std::size_t RecordBytes(
    const std::optional<std::string>& key,
    const SharedBytes& payload,
    const std::vector<Header>& headers
);

/// Errors: kTooLarge (bytes, or headers).
Result<void> CheckRecord(const Outgoing& message);

}  // namespace flux::bus
