#include "bus/shared_group.h"

#include "bus/shard_harness.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace flux::bus {
namespace {

/// A group on a topic in memory, and what members would do, without coroutines.
class SharedGroupTest : public ::testing::Test {
protected:
    explicit SharedGroupTest(std::int32_t partitions = 7)
        : partitions_(partitions) {
        TopicOptions options;
        options.partitions = partitions;
        topic_ = std::make_shared<Topic>(TopicName("t"), options, Offset(0));
        SharedGroup::Start start;
        start.stored = true;
        const std::vector<SharedGroup::Start> starts(static_cast<std::size_t>(partitions), start);
        group_ = std::make_unique<SharedGroup>("g", topic_, starts);
    }

    SharedGroup::MemberId Join() {
        std::vector<std::shared_ptr<ShardSignal>> signals;
        for (std::int32_t i = 0; i < partitions_; ++i)
            signals.push_back(std::make_shared<ShardSignal>(shards_.shard(0)));
        return group_->Join(std::move(signals));
    }

    /// Claims all that `member` may have.
    std::vector<SharedGroup::Claim> ClaimAll(SharedGroup::MemberId member) {
        std::vector<SharedGroup::Claim> claims;
        for (std::int32_t i = 0; i < partitions_; ++i) {
            if (auto claim = group_->TryClaim(member, Partition(i))) claims.push_back(*claim);
        }
        return claims;
    }

    /// Lets go of what is wanted by somebody else; returns how many.
    std::size_t ReleaseDue(std::vector<SharedGroup::Claim>& claims) {
        return std::erase_if(claims, [this](const SharedGroup::Claim& claim) {
            if (!group_->MustRelease(claim)) return false;
            group_->Release(claim);
            return true;
        });
    }

    Result<void> Commit(const SharedGroup::Claim& claim, Offset next) {
        return shards_.Await<Result<void>>(0, [&] { return group_->Commit(claim, next); });
    }

    const std::int32_t partitions_;
    ShardHarness shards_{1};
    std::shared_ptr<Topic> topic_;
    std::unique_ptr<SharedGroup> group_;
};

TEST_F(SharedGroupTest, OneMemberHasAllPartitions) {
    const auto member = Join();
    EXPECT_EQ(ClaimAll(member).size(), 7u);
    EXPECT_TRUE(ClaimAll(member).empty()) << "each only once";
}

TEST_F(SharedGroupTest, DealsEvenlyAndMovesFew) {
    const auto first = Join();
    auto first_claims = ClaimAll(first);
    const auto second = Join();
    EXPECT_TRUE(ClaimAll(second).empty()) << "nothing is taken out of another's hands";
    EXPECT_EQ(ReleaseDue(first_claims), 3u);
    auto second_claims = ClaimAll(second);
    EXPECT_EQ(second_claims.size(), 3u);
    const auto third = Join();
    const std::size_t moved = ReleaseDue(first_claims) + ReleaseDue(second_claims);
    EXPECT_EQ(moved, 2u);
    EXPECT_EQ(ClaimAll(third).size(), 2u);
}

TEST_F(SharedGroupTest, ARetiredMemberKeepsWhatItHoldsUntilItReleases) {
    const auto leaving = Join();
    auto claims = ClaimAll(leaving);
    const auto staying = Join();
    ReleaseDue(claims);
    ASSERT_EQ(ClaimAll(staying).size(), 3u);
    group_->Retire(leaving);
    EXPECT_TRUE(ClaimAll(staying).empty());
    EXPECT_TRUE(Commit(claims.front(), Offset(5)));
    EXPECT_EQ(ReleaseDue(claims), 4u);
    const auto inherited = ClaimAll(staying);
    ASSERT_EQ(inherited.size(), 4u);
    EXPECT_EQ(inherited.front().next, Offset(5)) << "the heir goes on behind the last commit";
}

TEST_F(SharedGroupTest, AMemberThatLeftCannotCommit) {
    const auto lost = Join();
    const auto claims = ClaimAll(lost);
    const auto heir = Join();
    group_->Leave(lost);
    const auto inherited = ClaimAll(heir);
    ASSERT_EQ(inherited.size(), 7u);
    EXPECT_EQ(inherited.front().next, Offset(0));
    const Result<void> fenced = Commit(claims.front(), Offset(9));
    ASSERT_FALSE(fenced);
    EXPECT_EQ(fenced.error().code, ErrorCode::kConflict);
    EXPECT_TRUE(group_->MustRelease(claims.front()));
    group_->Release(claims.front());
    EXPECT_FALSE(group_->MustRelease(inherited.front())) << "an old claim releases nothing";
    EXPECT_TRUE(Commit(inherited.front(), Offset(3)));
}

TEST_F(SharedGroupTest, MoreMembersThanPartitionsLeavesSomeWaiting) {
    std::map<SharedGroup::MemberId, std::vector<SharedGroup::Claim>> held;
    for (int i = 0; i < 10; ++i)
        held[Join()];
    std::size_t claimed = 0;
    for (auto& [member, claims] : held) {
        claims = ClaimAll(member);
        EXPECT_LE(claims.size(), 1u);
        claimed += claims.size();
    }
    EXPECT_EQ(claimed, 7u);
}

TEST_F(SharedGroupTest, LagCountsWhatIsNotHandled) {
    const auto member = Join();
    const auto claims = ClaimAll(member);
    for (int i = 0; i < 10; ++i) {
        Message record;
        record.payload = SharedBytes("x");
        topic_->partition(Partition(0)).Append(std::move(record));
    }
    EXPECT_EQ(group_->Lag(), 10);
    EXPECT_TRUE(Commit(claims.front(), Offset(4)));
    EXPECT_EQ(group_->Lag(), 6);
}

}  // namespace
}  // namespace flux::bus
