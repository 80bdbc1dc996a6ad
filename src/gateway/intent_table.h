// All intents of a gateway, by client event.
#pragma once

#include "base/result.h"
#include "gateway/intent.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace flux::gateway {

/// Immutable; thread: any.
class IntentTable {
public:
    /// Rows of one event become one intent with the rooms of all (so that a user's row adds to a
    /// built-in one). Errors: kNotFound when an intent names a route that `routes` has not.
    static Result<IntentTable> Build(std::vector<Intent> intents, const RouteTable& routes);

    /// nullptr when the event is no intent.
    const Intent* Find(std::string_view event) const;

    std::size_t size() const { return intents_.size(); }

private:
    std::map<std::string, Intent, std::less<>> intents_;
};

}  // namespace flux::gateway
