#include "app/wanted_topics.h"

#include "contract/topics.h"

namespace flux::app {

std::map<std::string, bus::TopicOptions> WantedTopics(const Settings& settings) {
    std::map<std::string, bus::TopicOptions> wanted;
    for (const contract::Topic& topic : contract::kTopics) {
        bus::TopicOptions& options = wanted[std::string(topic.name)];
        options.partitions = topic.partitions;
        options.durable = topic.durable;
    }
    for (const gateway::TopicRow& row : settings.gateway.tables.topics)
        wanted[row.name] = row.options;
    return wanted;
}

}  // namespace flux::app
