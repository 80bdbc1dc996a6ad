#include "bus/group_registry.h"

#include <fmt/format.h>
#include <set>

namespace flux::bus {

GroupRegistry::GroupRegistry(const std::vector<StoredPosition>& positions) {
    for (const StoredPosition& position : positions)
        stored_.emplace(std::make_pair(position.group, position.partition), position.next);
}

std::shared_ptr<SharedGroup> GroupRegistry::FindOrMake(
    const Group& group, const std::shared_ptr<Topic>& topic
) {
    const std::scoped_lock lock(mutex_);
    auto& found = groups_[std::make_pair(group.name(), topic->name().value())];
    if (!found) {
        found = std::make_shared<SharedGroup>(group.name(), topic, StartsOf(group, topic));
    }
    return found;
}

void GroupRegistry::Restore(const std::shared_ptr<Topic>& topic) {
    std::set<std::string> names;
    {
        const std::scoped_lock lock(mutex_);
        for (std::int32_t i = 0; i < topic->partition_count(); ++i) {
            for (const auto& [place, next] : stored_) {
                if (place.second == topic->stored_id(Partition(i))) names.insert(place.first);
            }
        }
    }
    for (const std::string& name : names)
        FindOrMake(Group::Shared(name), topic);
}

std::vector<SharedGroup::Start> GroupRegistry::StartsOf(
    const Group& group, const std::shared_ptr<Topic>& topic
) {
    std::vector<SharedGroup::Start> starts;
    for (std::int32_t i = 0; i < topic->partition_count(); ++i) {
        const Partition number(i);
        const auto [oldest, next] = topic->partition(number).Watermarks();
        SharedGroup::Start start;
        start.next = group.start() == StartAt::kEnd ? next : oldest;
        start.stored = topic->durable() == nullptr;
        if (topic->durable() != nullptr) {
            StoredPosition begin;
            begin.group = group.name();
            begin.partition = topic->stored_id(number);
            begin.next = start.next;
            const auto stored = stored_.find(std::make_pair(begin.group, begin.partition));
            if (stored != stored_.end()) {
                start.next = stored->second;
                start.stored = true;
            } else {
                topic->durable()->QueueMove(std::move(begin), nullptr);
            }
        }
        starts.push_back(start);
    }
    return starts;
}

Result<void> GroupRegistry::Remove(const std::string& name, const TopicName& topic) {
    const std::scoped_lock lock(mutex_);
    const auto found = groups_.find(std::make_pair(name, topic.value()));
    if (found == groups_.end()) {
        return Error(
            ErrorCode::kNotFound,
            Retry::kNever,
            fmt::format(
                "could not forget group {}: topic {} has none of that name", name, topic.value()
            )
        );
    }
    if (found->second->HasMembers()) {
        return Error(
            ErrorCode::kConflict,
            Retry::kLater,
            fmt::format("could not forget group {}: it has subscribers; stop them first", name)
        );
    }
    const std::shared_ptr<Topic>& held = found->second->topic();
    for (std::int32_t i = 0; i < held->partition_count(); ++i)
        stored_.erase(std::make_pair(name, held->stored_id(Partition(i))));
    groups_.erase(found);
    return {};
}

void GroupRegistry::ForEach(const std::function<void(const SharedGroup&)>& look) const {
    std::vector<std::shared_ptr<SharedGroup>> all;
    {
        const std::scoped_lock lock(mutex_);
        for (const auto& [key, group] : groups_)
            all.push_back(group);
    }
    for (const auto& group : all)
        look(*group);
}

}  // namespace flux::bus
