// The shared groups of the process.
#pragma once

#include "bus/shared_group.h"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace flux::bus {

/// Finds or makes the group of a name on a topic. Groups stay until they are forgotten, so that
/// those who come back go on where they were. Thread: any shard.
class GroupRegistry {
public:
    /// `positions`: where groups stood when the log was opened.
    explicit GroupRegistry(const std::vector<StoredPosition>& positions);

    /// A group that is new on a durable topic stores where it begins at once, so that a restart
    /// before its first commit skips nothing.
    std::shared_ptr<SharedGroup> FindOrMake(
        const Group& group, const std::shared_ptr<Topic>& topic
    );

    /// Makes the groups that stood on `topic` when the log was opened, so that they are seen (and
    /// hold back retention) before anybody subscribes.
    void Restore(const std::shared_ptr<Topic>& topic);

    /// kNotFound; kConflict while the group has members.
    Result<void> Remove(const std::string& name, const TopicName& topic);

    void ForEach(const std::function<void(const SharedGroup&)>& look) const;

private:
    std::vector<SharedGroup::Start> StartsOf(
        const Group& group, const std::shared_ptr<Topic>& topic
    );

    mutable std::mutex mutex_;
    std::map<std::pair<std::string, PartitionId>, Offset> stored_;
    std::map<std::pair<std::string, std::string>, std::shared_ptr<SharedGroup>> groups_;
};

}  // namespace flux::bus
