#include "bus/shared_group.h"

#include "base/assert.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <utility>

namespace flux::bus {
namespace {

Error Fenced(const std::string& group) {
    return Error(
        ErrorCode::kConflict,
        Retry::kNever,
        fmt::format("could not commit for group {}: the partition has another owner now", group)
    );
}

}  // namespace

SharedGroup::SharedGroup(
    std::string name, std::shared_ptr<Topic> topic, const std::vector<Start>& partitions
)
    : name_(std::move(name)),
      topic_(std::move(topic)),
      slots_(partitions.size()) {
    for (std::size_t i = 0; i < partitions.size(); ++i) {
        slots_[i].next = partitions[i].next;
        slots_[i].stored = partitions[i].stored;
    }
}

SharedGroup::Slot& SharedGroup::SlotOf(Partition partition) {
    return slots_.at(static_cast<std::size_t>(partition.value()));
}

const SharedGroup::Slot& SharedGroup::SlotOf(Partition partition) const {
    return slots_.at(static_cast<std::size_t>(partition.value()));
}

bool SharedGroup::Holds(const Claim& claim) const {
    const Slot& slot = SlotOf(claim.partition);
    return slot.owner != 0 && slot.epoch == claim.epoch;
}

SharedGroup::MemberId SharedGroup::Join(std::vector<std::shared_ptr<ShardSignal>> signals) {
    const std::scoped_lock lock(mutex_);
    FLUX_ASSERT(signals.size() == slots_.size());
    Member member;
    member.id = next_member_++;
    member.signals = std::move(signals);
    members_.push_back(std::move(member));
    Deal();
    return members_.back().id;
}

void SharedGroup::Retire(MemberId id) {
    const std::scoped_lock lock(mutex_);
    for (Member& member : members_) {
        if (member.id == id) member.retired = true;
    }
    Deal();
}

void SharedGroup::Leave(MemberId id) {
    const std::scoped_lock lock(mutex_);
    std::erase_if(members_, [id](const Member& member) { return member.id == id; });
    for (Slot& slot : slots_) {
        if (slot.owner == id) slot.owner = 0;
    }
    Deal();
}

void SharedGroup::Deal() {
    // Keeps what is dealt as far as it is fair, so that few partitions change hands.
    std::map<MemberId, std::size_t> dealt;
    for (const Member& member : members_) {
        if (!member.retired) dealt.emplace(member.id, 0);
    }
    const std::size_t share = dealt.empty() ? 0 : slots_.size() / dealt.size();
    std::size_t larger = dealt.empty() ? 0 : slots_.size() % dealt.size();
    std::vector<MemberId> before;
    for (Slot& slot : slots_) {
        before.push_back(slot.wanted);
        const auto keeper = dealt.find(slot.wanted);
        const bool keeps = keeper != dealt.end() &&
                           (keeper->second < share || (keeper->second == share && larger > 0));
        if (!keeps) {
            slot.wanted = 0;
            continue;
        }
        if (++keeper->second > share) --larger;
    }
    const auto fewer = [](const auto& a, const auto& b) { return a.second < b.second; };
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        if (slots_[i].wanted == 0 && !dealt.empty()) {
            const auto next = std::min_element(dealt.begin(), dealt.end(), fewer);
            slots_[i].wanted = next->first;
            ++next->second;
        }
        if (slots_[i].wanted != before[i] || slots_[i].owner == 0) Notify(i);
    }
}

void SharedGroup::Notify(std::size_t index) const {
    // The owner lets go first; whoever is waiting hears of it by Release.
    const Slot& slot = slots_[index];
    const MemberId listener = slot.owner != 0 ? slot.owner : slot.wanted;
    for (const Member& member : members_) {
        if (member.id == listener) member.signals[index]->Raise();
    }
}

std::optional<SharedGroup::Claim> SharedGroup::TryClaim(MemberId member, Partition partition) {
    const std::scoped_lock lock(mutex_);
    Slot& slot = SlotOf(partition);
    if (slot.wanted != member || slot.owner != 0) return std::nullopt;
    slot.owner = member;
    Claim claim;
    claim.partition = partition;
    claim.epoch = ++slot.epoch;
    claim.next = slot.next;
    claim.stored = slot.stored;
    return claim;
}

bool SharedGroup::MustRelease(const Claim& claim) const {
    const std::scoped_lock lock(mutex_);
    return !Holds(claim) || SlotOf(claim.partition).wanted != SlotOf(claim.partition).owner;
}

void SharedGroup::Release(const Claim& claim) {
    const std::scoped_lock lock(mutex_);
    if (!Holds(claim)) return;
    SlotOf(claim.partition).owner = 0;
    Notify(static_cast<std::size_t>(claim.partition.value()));
}

Result<void> SharedGroup::QueueCommit(const Claim& claim, Offset next, MoveDone done) {
    // Under the lock: whoever gets the partition after this one queues after it, too.
    const std::scoped_lock lock(mutex_);
    if (!Holds(claim)) return Fenced(name_);
    StoredPosition move;
    move.group = name_;
    move.partition = topic_->stored_id(claim.partition);
    move.next = next;
    if (!topic_->durable()->QueueMove(std::move(move), std::move(done))) {
        return Error(
            ErrorCode::kClosed, Retry::kNever, "could not commit: the event log is shutting down"
        );
    }
    return {};
}

Task<Result<void>> SharedGroup::Commit(Claim claim, Offset next) {
    if (topic_->durable() != nullptr) {
        auto initiate = [this, claim, next](auto handler) {
            // Shared, because a refused commit needs it as well.
            auto resume = std::make_shared<decltype(handler)>(std::move(handler));
            MoveDone done = [resume](Result<void> outcome) {
                std::move (*resume)(std::move(outcome));
            };
            Result<void> queued = QueueCommit(claim, next, std::move(done));
            if (queued) return;
            Shard::Current()->PostReserved([resume, queued] { std::move (*resume)(queued); });
        };
        const Result<void> stored = co_await boost::asio::
            async_initiate<const boost::asio::use_awaitable_t<>, void(Result<void>)>(
                std::move(initiate), boost::asio::use_awaitable
            );
        if (!stored) co_return stored;
    }
    const std::scoped_lock lock(mutex_);
    if (topic_->durable() == nullptr && !Holds(claim)) co_return Fenced(name_);
    Slot& slot = SlotOf(claim.partition);
    slot.next = std::max(slot.next, next);
    slot.stored = true;
    co_return Result<void>();
}

bool SharedGroup::HasMembers() const {
    const std::scoped_lock lock(mutex_);
    return !members_.empty();
}

std::int64_t SharedGroup::Lag() const {
    const std::scoped_lock lock(mutex_);
    std::int64_t lag = 0;
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        const auto number = Partition(static_cast<std::int32_t>(i));
        const std::int64_t end = topic_->partition(number).Watermarks().second.value();
        lag += std::max<std::int64_t>(0, end - slots_[i].next.value());
    }
    return lag;
}

}  // namespace flux::bus
