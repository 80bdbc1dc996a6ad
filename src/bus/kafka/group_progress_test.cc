#include "bus/kafka/group_progress.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace flux::bus {
namespace {

constexpr Partition kFirst(0);
constexpr Partition kSecond(1);

class GroupProgressTest : public ::testing::Test {
protected:
    GroupProgressTest() {
        progress_.Deal(kFirst);
        progress_.Deal(kSecond);
    }

    /// What a commit would store now; it is taken.
    std::map<Partition, Offset> Taken() {
        std::map<Partition, Offset> taken;
        for (const GroupProgress::Place& place : progress_.Take())
            taken.emplace(place.partition, place.next);
        return taken;
    }

    using Offsets = std::map<Partition, Offset>;
    GroupProgress progress_;
};

TEST_F(GroupProgressTest, WhatWasHandledIsTakenOnceAtItsNewest) {
    EXPECT_TRUE(progress_.Take().empty());
    progress_.Handled(kFirst, Offset(3));
    progress_.Handled(kFirst, Offset(5));
    progress_.Handled(kSecond, Offset(1));
    EXPECT_EQ(Taken(), (Offsets{{kFirst, Offset(5)}, {kSecond, Offset(1)}}));
    EXPECT_TRUE(progress_.Take().empty());
}

TEST_F(GroupProgressTest, WhatCouldNotBeCommittedIsTakenAgainUnlessThereIsNewer) {
    progress_.Handled(kFirst, Offset(5));
    progress_.Handled(kSecond, Offset(5));
    const auto failed = progress_.Take();
    progress_.Handled(kSecond, Offset(7));
    EXPECT_TRUE(progress_.TakeBack(failed));
    EXPECT_EQ(Taken(), (Offsets{{kFirst, Offset(5)}, {kSecond, Offset(7)}}));
}

TEST_F(GroupProgressTest, WhatWasGivenAwayIsNotTakenBack) {
    progress_.Handled(kFirst, Offset(5));
    progress_.Handled(kSecond, Offset(5));
    const auto failed = progress_.Take();
    progress_.GiveAway({kFirst});
    progress_.Handled(kFirst, Offset(6));  // a batch that ends late
    EXPECT_FALSE(progress_.TakeBack(failed)) << "one of them is for the next member";
    EXPECT_EQ(Taken(), (Offsets{{kSecond, Offset(5)}}));
}

TEST_F(GroupProgressTest, APartitionThatCameBackDoesNotGoBack) {
    progress_.Handled(kFirst, Offset(5));
    const auto failed = progress_.Take();
    progress_.GiveAway({kFirst});
    progress_.Deal(kFirst);  // another member committed more meanwhile
    EXPECT_FALSE(progress_.TakeBack(failed));
    EXPECT_TRUE(progress_.Take().empty());
}

TEST_F(GroupProgressTest, WhatADealtPartitionHadHandledBeforeIsForgotten) {
    progress_.Handled(kFirst, Offset(5));
    progress_.GiveAway({kFirst});
    progress_.Deal(kFirst);
    EXPECT_TRUE(progress_.Take().empty());
}

TEST_F(GroupProgressTest, NothingIsHandledAfterItWasAbandoned) {
    progress_.Abandon();
    progress_.Handled(kFirst, Offset(5));
    EXPECT_TRUE(progress_.Take().empty());
}

}  // namespace
}  // namespace flux::bus
