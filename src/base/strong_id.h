// A value that means one thing: two ids of different kinds never mix.
#pragma once

#include <compare>
#include <functional>
#include <utility>

namespace flux {

/// Wraps `Value` under a name of its own. `Tag` is any incomplete type and is never defined.
template <class Tag, class Value>
class StrongId {
public:
    using ValueType = Value;

    constexpr StrongId() = default;
    constexpr explicit StrongId(Value value)
        : value_(std::move(value)) {}

    constexpr const Value& value() const { return value_; }

    friend constexpr auto operator<=>(const StrongId&, const StrongId&) = default;

private:
    Value value_{};
};

}  // namespace flux

template <class Tag, class Value>
struct std::hash<flux::StrongId<Tag, Value>> {
    std::size_t operator()(const flux::StrongId<Tag, Value>& id) const {
        return std::hash<Value>{}(id.value());
    }
};
