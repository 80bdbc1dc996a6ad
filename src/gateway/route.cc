#include "gateway/route.h"

#include "contract/replies.h"
#include "contract/topics.h"
#include "json/json_check.h"

#include <algorithm>

namespace flux::gateway {

bool Match::AllowsKey(std::optional<std::string_view> record_key) const {
    switch (key_rule) {
        case KeyRule::kAny:
            return true;
        case KeyRule::kExact:
            return record_key == key;
        case KeyRule::kPrefix:
            return record_key && record_key->starts_with(key);
    }
    return false;
}

bool Match::AllowsPayload(std::string_view checked_json) const {
    return std::all_of(fields.begin(), fields.end(), [&](const Field& field) {
        return (field.path.FindText(checked_json) == field.value) != field.differs;
    });
}

Envelope Envelope::Success() {
    return {
        .head = std::string(contract::kSuccessHead), .tail = std::string(contract::kSuccessTail)};
}

bool Envelope::WrapsAnyPayload() const {
    // A text and a number together rule out heads that end inside a string, a number or a name.
    const auto wraps = [this](std::string_view payload) {
        return json::Check(head + std::string(payload) + tail).has_value();
    };
    return wraps("\"a\"") && wraps("1") && wraps("{\"a\":[]}");
}

}  // namespace flux::gateway
