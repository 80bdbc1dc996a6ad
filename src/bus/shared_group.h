// Who of a shared group handles which partition, and how far the group has come.
#pragma once

#include "bus/event_bus.h"
#include "bus/shard_signal.h"
#include "bus/topic.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace flux::bus {

/// One group on one topic. Partitions are dealt evenly among the members; a partition has one owner
/// at a time, and changes hands between two batches. The owner's claim carries an epoch: a member
/// that left without finishing cannot commit any more. Lives as long as the bus. Thread: any shard.
class SharedGroup {
public:
    using MemberId = std::uint64_t;  ///< 0: nobody

    /// The right to handle a partition from `next` on.
    struct Claim {
        Partition partition;
        std::uint64_t epoch = 0;
        Offset next;
        bool stored = false;  ///< `next` is known to be stored: Commit it first when it is not
    };

    /// Where the group goes on in a partition.
    struct Start {
        Offset next;
        bool stored = false;  ///< as it was read from the log, or a topic in memory
    };
    SharedGroup(
        std::string name, std::shared_ptr<Topic> topic, const std::vector<Start>& partitions
    );

    /// Adds a member with one signal per partition, raised when it may claim that partition or
    /// should let go of it.
    MemberId Join(std::vector<std::shared_ptr<ShardSignal>> signals);

    /// The member gets no new partition and is asked for those it holds.
    void Retire(MemberId member);

    /// Removes the member. What it still held is free at once and its commits are refused.
    void Leave(MemberId member);

    /// The partition, when it is dealt to `member` and free.
    std::optional<Claim> TryClaim(MemberId member, Partition partition);

    /// Another member waits for the partition (or the claim was lost already).
    bool MustRelease(const Claim& claim) const;
    void Release(const Claim& claim);

    /// The group has handled everything before `next`. Returns once that is stored as safely as the
    /// topic's records. kConflict when the claim was lost: nothing is stored.
    Task<Result<void>> Commit(Claim claim, Offset next);

    bool HasMembers() const;

    /// Records the group has not handled yet, over all partitions.
    std::int64_t Lag() const;

    const std::string& name() const { return name_; }
    const std::shared_ptr<Topic>& topic() const { return topic_; }

private:
    struct Slot {
        MemberId owner = 0;
        MemberId wanted = 0;
        std::uint64_t epoch = 0;
        Offset next;
        bool stored = false;
    };
    struct Member {
        MemberId id = 0;
        bool retired = false;
        std::vector<std::shared_ptr<ShardSignal>> signals;
    };

    void Deal();
    void Notify(std::size_t slot) const;
    bool Holds(const Claim& claim) const;
    Slot& SlotOf(Partition partition);
    const Slot& SlotOf(Partition partition) const;
    Result<void> QueueCommit(const Claim& claim, Offset next, MoveDone done);

    const std::string name_;
    const std::shared_ptr<Topic> topic_;
    mutable std::mutex mutex_;
    std::vector<Slot> slots_;
    std::vector<Member> members_;
    MemberId next_member_ = 1;
};

}  // namespace flux::bus
