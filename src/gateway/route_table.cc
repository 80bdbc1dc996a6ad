#include "gateway/route_table.h"

#include <algorithm>
#include <fmt/format.h>

namespace flux::gateway {

Result<RouteTable> RouteTable::Build(std::vector<Route> routes) {
    RouteTable table;
    for (Route& route : routes) {
        if (table.NumberOf(route.name) != 0) {
            return Error(
                ErrorCode::kConflict,
                Retry::kNever,
                fmt::format("two routes are called '{}'; give one another name", route.name)
            );
        }
        table.routes_.push_back(std::move(route));
    }
    return table;
}

RouteNumber RouteTable::NumberOf(std::string_view name) const {
    const auto found = std::find_if(routes_.begin(), routes_.end(), [&](const Route& route) {
        return route.name == name;
    });
    return found == routes_.end() ? 0 : static_cast<RouteNumber>(found - routes_.begin()) + 1;
}

std::vector<std::string> RouteTable::Topics() const {
    std::vector<std::string> topics;
    for (const Route& route : routes_) {
        if (std::find(topics.begin(), topics.end(), route.topic) == topics.end()) {
            topics.push_back(route.topic);
        }
    }
    return topics;
}

std::vector<RouteNumber> RouteTable::OfTopic(std::string_view topic) const {
    std::vector<RouteNumber> numbers;
    for (std::size_t index = 0; index < routes_.size(); ++index) {
        if (routes_[index].topic == topic) numbers.push_back(static_cast<RouteNumber>(index + 1));
    }
    return numbers;
}

}  // namespace flux::gateway
