// A topic's name, and which names a topic may have.
#pragma once

#include <compare>
#include <memory>
#include <string>
#include <string_view>

namespace flux::bus {

/// Copies share one text, so that a record names its topic without a copy of its own. Empty by
/// default, and when it was moved from. Thread: any, like any value.
class TopicName {
public:
    TopicName() = default;
    explicit TopicName(std::string value);

    const std::string& value() const;

    friend bool operator==(const TopicName& one, const TopicName& other) {
        return one.value_ == other.value_ || one.value() == other.value();
    }
    friend std::strong_ordering operator<=>(const TopicName& one, const TopicName& other) {
        return one.value() <=> other.value();
    }

private:
    std::shared_ptr<const std::string> value_;  // null: empty
};

/// Kafka's rule (org.apache.kafka.common.internals.Topic), so that every topic can move there: 1 to
/// 249 letters, digits, dots, dashes or underscores, and neither "." nor "..".
bool IsTopicName(std::string_view name);

}  // namespace flux::bus
