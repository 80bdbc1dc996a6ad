// Many who want the same wait for one who fetches it.
#pragma once

#include "runtime/answer_slot.h"
#include "runtime/shard.h"
#include "runtime/task.h"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace flux::feeds {

/// Of all who ask for one key while a flight is under way, one flies, and all get (a copy of) what
/// it brings. `Value` is copied once per waiter. Thread: its shard's. Bounded by its callers.
template <typename Value>
class SingleFlight {
public:
    /// `fly` is called by the first, and owned until it ends.
    Task<Value> Do(std::string key, std::function<Task<Value>()> fly);
    std::size_t flights() const { return flights_.size(); }

private:
    struct Flight;
    std::map<std::string, std::shared_ptr<Flight>> flights_;
};

}  // namespace flux::feeds
