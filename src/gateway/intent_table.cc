#include "gateway/intent_table.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>

namespace flux::gateway {

namespace {

void Merge(Intent& into, Intent&& added) {
    std::move(added.rooms.begin(), added.rooms.end(), std::back_inserter(into.rooms));
    if (into.intake == Intake::kNothing) into.intake = added.intake;
    // "All" is wider than any list.
    if (!into.snapshots || !added.snapshots) {
        into.snapshots.reset();
        return;
    }
    std::move(
        added.snapshots->begin(), added.snapshots->end(), std::back_inserter(*into.snapshots)
    );
}

}  // namespace

Result<IntentTable> IntentTable::Build(std::vector<Intent> intents, const RouteTable& routes) {
    IntentTable table;
    for (Intent& intent : intents) {
        const auto [place, added] = table.intents_.try_emplace(intent.event);
        if (added) {
            place->second = std::move(intent);
        } else {
            Merge(place->second, std::move(intent));
        }
    }
    for (auto& [event, intent] : table.intents_) {
        if (!intent.snapshots) continue;
        for (const std::string& name : *intent.snapshots) {
            const RouteNumber number = routes.NumberOf(name);
            if (number == 0) {
                return Error(
                    ErrorCode::kNotFound,
                    Retry::kNever,
                    fmt::format(
                        "intent '{}' names the snapshots of route '{}', which is not there",
                        event,
                        name
                    )
                );
            }
            intent.snapshot_routes.push_back(number);
        }
    }
    return table;
}

const Intent* IntentTable::Find(std::string_view event) const {
    const auto found = intents_.find(event);
    return found == intents_.end() ? nullptr : &found->second;
}

}  // namespace flux::gateway
