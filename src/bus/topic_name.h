// Which names a topic may have.
#pragma once

#include <string_view>

namespace flux::bus {

/// Kafka's rule (org.apache.kafka.common.internals.Topic), so that every topic can move there: 1 to
/// 249 letters, digits, dots, dashes or underscores, and neither "." nor "..".
bool IsTopicName(std::string_view name);

}  // namespace flux::bus
