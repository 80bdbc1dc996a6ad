// BusRig for a service that turns one source into one event. For tests.
#pragma once

#include "contract/commands.h"
#include "contract/service_status.h"
#include "contract/topics.h"
#include "feeds/upstream/bus_rig.h"
#include "feeds/upstream/map_cache.h"

#include <string>
#include <utility>
#include <vector>

namespace flux::feeds::testing {

class ServiceRig : public BusRig {
public:
    /// The newest status a reader has seen.
    contract::ServiceStatus Status() const {
        const auto found = seen.find(contract::kServiceStatus.name);
        if (found == seen.end() || found->second.empty()) return {};
        return contract::DecodeServiceStatus(found->second.back().payload).value();
    }

    Task<bool> Reaches(contract::ServiceState state) {
        auto reached = [this, state] {
            const auto found = seen.find(contract::kServiceStatus.name);
            return found != seen.end() && !found->second.empty() && Status().state == state;
        };
        return Eventually(std::move(reached));
    }

    Task<bool> Sees(const contract::Topic& topic, std::size_t records) {
        auto seen_so_many = [this, name = std::string(topic.name), records] {
            return seen[name].size() >= records;
        };
        return Eventually(std::move(seen_so_many));
    }

    /// Topics of an event, its command and the status, and readers of the first and last.
    Task<> WatchService(const contract::Topic& event, const contract::Topic& command) {
        for (const contract::Topic& topic : {event, command, contract::kServiceStatus})
            co_await MakeTopic(std::string(topic.name));
        co_await Watch(std::string(event.name));
        co_await Watch(std::string(contract::kServiceStatus.name));
    }

    Task<> Command(const contract::Topic& topic) {
        contract::RefreshCommand command;
        command.reason = "refresh_cache";
        command.timestamp = clock.WallNow();
        return Publish(std::string(topic.name), "k", contract::Encode(command));
    }

    /// Requests the source has heard (their heads).
    std::size_t calls() const { return peer.heard().size(); }
};

}  // namespace flux::feeds::testing
