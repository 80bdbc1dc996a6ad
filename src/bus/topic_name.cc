#include "bus/topic_name.h"

#include "limits/limits.h"

#include <algorithm>
#include <utility>

namespace flux::bus {
namespace {

bool IsNameCharacter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

const std::string kNoName;

}  // namespace

TopicName::TopicName(std::string value)
    : value_(std::make_shared<const std::string>(std::move(value))) {}

const std::string& TopicName::value() const {
    return value_ ? *value_ : kNoName;
}

bool IsTopicName(std::string_view name) {
    return !name.empty() && name.size() <= limits::kTopicNameBytesMax && name != "." &&
           name != ".." && std::ranges::all_of(name, IsNameCharacter);
}

}  // namespace flux::bus
