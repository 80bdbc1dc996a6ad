// The topics that Flux makes when it starts.
#pragma once

#include "app/settings.h"
#include "bus/event_bus.h"

#include <map>
#include <string>

namespace flux::app {

/// Flux's own topics and the configured ones, by name. The topic of a route that has no [[topic]]
/// row is none of them: on Kafka it is its owner's, who makes it, and may look any way.
std::map<std::string, bus::TopicOptions> WantedTopics(const Settings& settings);

/// The topic of the record that every start stores to see that the bus works.
inline constexpr std::string_view kWarmUpTopic = "flux.warm-up";

}  // namespace flux::app
