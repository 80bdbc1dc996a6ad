// All routes of a gateway, by topic and by number.
#pragma once

#include "base/result.h"
#include "gateway/route.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flux::gateway {

/// A route's place in its table, from 1 on: what a Delivery carries.
using RouteNumber = std::uint32_t;

/// Immutable; thread: any.
class RouteTable {
public:
    /// Errors: kConflict when two routes have one name.
    static Result<RouteTable> Build(std::vector<Route> routes);

    std::size_t size() const { return routes_.size(); }

    /// nullptr when there is no such number.
    const Route* Find(RouteNumber number) const {
        return number >= 1 && number <= routes_.size() ? &routes_[number - 1] : nullptr;
    }

    /// 0 when no route has that name.
    RouteNumber NumberOf(std::string_view name) const;

    /// The topics of all routes, each once, in order of their first route.
    std::vector<std::string> Topics() const;

    /// The routes of one topic, in order.
    std::vector<RouteNumber> OfTopic(std::string_view topic) const;

private:
    std::vector<Route> routes_;
};

}  // namespace flux::gateway
