#include "bus/topic_name.h"

#include "limits/limits.h"

#include <algorithm>

namespace flux::bus {
namespace {

bool IsNameCharacter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

}  // namespace

bool IsTopicName(std::string_view name) {
    return !name.empty() && name.size() <= limits::kTopicNameBytesMax && name != "." &&
           name != ".." && std::ranges::all_of(name, IsNameCharacter);
}

}  // namespace flux::bus
