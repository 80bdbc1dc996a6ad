#include "app/doctor/valkey_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace flux::app::doctor {
namespace {

using testing::HasSubstr;

Finding JudgeOne(ValkeyTrouble trouble) {
    ValkeyServerFacts facts;
    facts.trouble = trouble;
    facts.reason = "why";
    return JudgeValkey(facts, "cache:6379").front();
}

TEST(JudgeValkeyTest, WhatIsInTheWayIsAWarningBecauseFluxRunsWithoutACache) {
    for (const auto trouble :
         {ValkeyTrouble::kNoSuchName,
          ValkeyTrouble::kNotReached,
          ValkeyTrouble::kNotBelieved,
          ValkeyTrouble::kNoTls,
          ValkeyTrouble::kSilent,
          ValkeyTrouble::kHungUp,
          ValkeyTrouble::kNotValkey,
          ValkeyTrouble::kLoginRefused,
          ValkeyTrouble::kLoginWanted}) {
        const Finding finding = JudgeOne(trouble);
        EXPECT_EQ(finding.verdict, Verdict::kWarning) << finding.text;
        EXPECT_EQ(finding.check, "valkey cache:6379");
        EXPECT_THAT(finding.remedy, HasSubstr("alkey"));
    }
}

TEST(JudgeValkeyTest, AFileThatAStartNeedsIsWrong) {
    EXPECT_EQ(JudgeOne(ValkeyTrouble::kOwnFile).verdict, Verdict::kWrong);
}

TEST(JudgeValkeyTest, FullAndWithoutRoomIsSaid) {
    ValkeyServerFacts facts;
    facts.info =
        "# Server\r\nredis_version:7.2.4\r\nvalkey_version:8.0.1\r\n# Memory\r\n"
        "maxmemory:1000\r\nmaxmemory_policy:noeviction\r\n";
    const Findings found = JudgeValkey(facts, "cache:6379");
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0].text, "answers: Valkey 8.0.1");
    EXPECT_EQ(found[1].verdict, Verdict::kOk);
    EXPECT_EQ(found[2].verdict, Verdict::kWarning);
    facts.info =
        "# Server\r\nredis_version:7.0.15\r\nmaxmemory:1000\r\nmaxmemory_policy:allkeys-lru\r\n";
    EXPECT_EQ(JudgeValkey(facts, "cache:6379")[0].text, "answers: Redis 7.0.15");
    EXPECT_EQ(JudgeValkey(facts, "cache:6379")[2].verdict, Verdict::kOk);
}

TEST(JudgeValkeyTest, WhatIsRefusedIsNamed) {
    ValkeyServerFacts facts;
    facts.refused = {"SET: NOPERM this user has no permissions"};
    const Findings found = JudgeValkey(facts, "cache:6379");
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[1].verdict, Verdict::kWarning);
    EXPECT_THAT(found[1].text, HasSubstr("SET: NOPERM"));
}

}  // namespace
}  // namespace flux::app::doctor
