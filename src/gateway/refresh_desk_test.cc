// When the desk asks services for their events, and what it says when it cannot.
#include "gateway/refresh_desk.h"

#include "gateway/desk_rig.h"
#include "limits/limits.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace flux::gateway {
namespace {

constexpr std::uint32_t kAll = (1U << kRequests.size()) - 1;

class RefreshDeskTest : public testing::DeskRig {
protected:
    std::vector<std::pair<std::size_t, contract::ErrorReply>> told_;
    RefreshDesk desk_{
        shard(),
        bus_,
        options_,
        commands_,
        [this](std::size_t request, const contract::ErrorReply& reply) {
            told_.emplace_back(request, reply);
        }};
};

TEST_F(RefreshDeskTest, OneCommandPerRequestWhileItIsUnderWay) {
    for (int n = 0; n < 100; ++n)
        Do([&] { desk_.Wish(kAll); });
    ASSERT_EQ(bus_.published.size(), kRequests.size());
    for (std::size_t number = 0; number < kRequests.size(); ++number) {
        EXPECT_EQ(bus_.published[number].topic.value(), kRequests[number].commands.name);
        EXPECT_EQ(bus_.published[number].key, kRequests[number].command_key);
    }
    // An event ends it, and so does time.
    Do([&] {
        desk_.OnEvent(kRequests[1].events.name, clock_.WallNow());
        desk_.Wish(kAll);
    });
    ASSERT_EQ(bus_.published.size(), kRequests.size() + 1);
    EXPECT_EQ(bus_.published.back().topic.value(), kRequests[1].commands.name);
    clock_.Advance(options_.answer_time_max);
    Do([&] { desk_.Wish(kAll); });
    EXPECT_EQ(bus_.published.size(), 2 * kRequests.size() + 1);
    EXPECT_TRUE(told_.empty());
}

TEST_F(RefreshDeskTest, WhatTheBusRefusesIsToldAndMayBeAskedAgain) {
    bus_.refuses = true;
    Do([&] { desk_.Wish(1); });
    ASSERT_EQ(told_.size(), 1u);
    EXPECT_EQ(told_[0].first, 0u);
    EXPECT_EQ(told_[0].second.error, contract::Failure::kSourceDown);
    EXPECT_NE(told_[0].second.message.find("list of coins"), std::string::npos);
    EXPECT_GT(told_[0].second.retry_at.value_or(0), clock_.WallNow());
    bus_.refuses = false;
    Do([&] { desk_.Wish(1); });
    EXPECT_EQ(bus_.published.size(), 1u);
}

// Nobody waits in vain for a command that was never given.
TEST_F(RefreshDeskTest, TooManyCommandsAreToldAtOnce) {
    Do([&] {
        for (std::size_t n = 0; n < limits::kCommandsWaitingMax; ++n) {
            const Result<void> handed = commands_.Write(
                CommandKind::kNews, contract::kNewsRefresh, "k", "{}", [](const Result<void>&) {}
            );
            EXPECT_TRUE(handed.has_value());
        }
        desk_.Wish(kAll);
        EXPECT_EQ(told_.size(), kRequests.size());
    });
    told_.clear();
    Do([&] { desk_.Wish(kAll); });
    EXPECT_TRUE(told_.empty());
    EXPECT_EQ(bus_.published.size(), limits::kCommandsWaitingMax + kRequests.size());
}

}  // namespace
}  // namespace flux::gateway
