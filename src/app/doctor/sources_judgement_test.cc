#include "app/doctor/sources_check.h"
#include "base/units.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace flux::app::doctor {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

std::string TextOf(const Findings& findings, std::string_view check) {
    std::string text;
    for (const Finding& finding : findings)
        if (finding.check == check) text += finding.text + "\n" + finding.remedy + "\n";
    return text;
}

TEST(DoctorSources, WithoutKeysEveryDomainIsWellAndSimulated) {
    const Findings findings = JudgeSources(DomainSettings());
    EXPECT_THAT(findings, SizeIs(4));
    for (const Finding& finding : findings)
        EXPECT_EQ(finding.verdict, Verdict::kOk) << finding.check;
    EXPECT_THAT(TextOf(findings, "weather"), HasSubstr("there is no weather.api_key: simulated"));
    EXPECT_THAT(TextOf(findings, "crypto"), HasSubstr("--live"));
}

TEST(DoctorSources, LiveWithoutAKeyIsAWarningThatSaysWhereItGoes) {
    DomainSettings domains;
    domains.source[Domain::kStock] = Source::kLive;
    const Findings findings = JudgeSources(domains);
    EXPECT_EQ(findings[2].verdict, Verdict::kWarning);
    EXPECT_THAT(TextOf(findings, "stock"), HasSubstr("finnhub.api_key_file"));
}

TEST(DoctorSources, WithAKeyItSaysTheQuotaAndNeverTheKey) {
    DomainSettings domains;
    domains.source[Domain::kNews] = Source::kLive;
    domains.newsdata_key = config::Secret("hush");
    const std::string text = TextOf(JudgeSources(domains), "news");
    EXPECT_THAT(text, HasSubstr("real: NewsData.io; 200 calls a day, 30 in 15 minutes"));
    EXPECT_THAT(text, testing::Not(HasSubstr("hush")));
}

TEST(DoctorSources, AScheduleThatNeedsMoreThanThePlanIsAWarning) {
    DomainSettings domains;
    domains.stock.interval = 30s;
    domains.news.cache_time = 1min;
    domains.news.interval = 1min;
    const Findings findings = JudgeSources(domains);
    EXPECT_THAT(findings, SizeIs(6));
    EXPECT_THAT(TextOf(findings, "stock"), HasSubstr("100 calls a minute"));
    EXPECT_THAT(TextOf(findings, "news"), HasSubstr("1440 calls a day"));
}

}  // namespace
}  // namespace flux::app::doctor
