#include "contract/news.h"
#include "feeds/news/news_service.h"
#include "simulated_rig.h"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace flux {
namespace {

using contract::Failure;
using contract::ServiceState;
using simulator::FaultKind;

/// What the domain says of a fault; nothing: there are headlines all the same.
struct Case {
    FaultKind kind;
    std::optional<Failure> failure;
};

const std::vector<Case> kCases{
    {FaultKind::kDown, Failure::kSourceDown},
    {FaultKind::kDropConnection, Failure::kSourceDown},
    {FaultKind::kHttpStall, Failure::kSourceDown},
    {FaultKind::kSlowHeader, Failure::kSourceDown},
    {FaultKind::kSlowBody, Failure::kSourceDown},
    {FaultKind::kHttp429, Failure::kLimit},
    {FaultKind::kHttp500, Failure::kSourceDown},
    {FaultKind::kHttp503, Failure::kSourceDown},
    {FaultKind::kHttp401, Failure::kKeyRefused},
    {FaultKind::kHttp403, Failure::kKeyRefused},
    {FaultKind::kHttp302, Failure::kBadData},
    {FaultKind::kHttpHtml, Failure::kBadData},
    {FaultKind::kPlainError, Failure::kSourceDown},
    {FaultKind::kEmptyBody, Failure::kBadData},
    {FaultKind::kTruncatedJson, Failure::kBadData},
    {FaultKind::kCutBody, Failure::kSourceDown},
    {FaultKind::kWrongLength, Failure::kSourceDown},
    {FaultKind::kGzip, Failure::kBadData},
    {FaultKind::kNulls, Failure::kBadData},  // of title and link, too
    {FaultKind::kMissingFields, std::nullopt},
    {FaultKind::kExponents, std::nullopt},
    {FaultKind::kInfiniteNumbers, std::nullopt},  // none of which is shown
    {FaultKind::kWrongTypes, Failure::kBadData},
    {FaultKind::kHtmlTexts, std::nullopt},
    {FaultKind::kHugeTexts, Failure::kBadData},
    {FaultKind::kBrokenRows, std::nullopt},
    {FaultKind::kNullIcon, std::nullopt},
    {FaultKind::kNullNextPage, std::nullopt},
    {FaultKind::kPaidFields, std::nullopt},
    {FaultKind::kEmptyResults, Failure::kBadData}};

class SimulatedNews : public testing::SimulatedRig<feeds::NewsService> {
protected:
    SimulatedNews()
        : SimulatedRig("newsdata") {
        options_.key = "any-key";
        options_.simulated = true;
        options_.interval = std::chrono::hours(1);  // a test commands
        options_.retry_first = std::chrono::hours(1);
        options_.cache_time = 1s;
        options_.call_time_max = 1s;
    }

    void Start() {
        options_.base_url = StartSimulator() + "/newsdata/api/1";
        StartService(options_, contract::kNewsUpdated);
    }

    bool Publishes(std::size_t events) {
        return Soon([&] { return Count(contract::kNewsUpdated) >= events; });
    }

    contract::NewsEvent Newest() {
        return contract::DecodeNewsEvent(Payloads(contract::kNewsUpdated).back()).value();
    }

    /// The next call, when nothing keeps it from being made.
    void GoToNext(Milliseconds later = 20min) {
        clock_.Advance(later);
        Command(contract::kNewsRefresh);
    }

    void Meet(const Case& fault);

    feeds::NewsOptions options_;
};

/// Puts it up, waits for what becomes of the next call, takes it down, and waits for a good one.
void SimulatedNews::Meet(const Case& fault) {
    const std::size_t before = Count(contract::kNewsUpdated);
    const std::uint64_t failed = Answers("failed");
    const std::uint64_t limited = Answers("limited");
    Put(fault.kind);
    GoToNext();
    if (!fault.failure) {
        EXPECT_TRUE(Publishes(before + 1));
        for (const contract::NewsCard& card : Newest().cards) {
            EXPECT_EQ(card.title.find('<'), std::string::npos) << card.title;
            EXPECT_EQ(card.description.value_or("").find('<'), std::string::npos);
            EXPECT_LE(card.title.size(), 1'500U);
        }
        EXPECT_EQ(Status().state, ServiceState::kLive);
    } else {
        const bool limit = fault.failure == Failure::kLimit;
        EXPECT_TRUE(BecomesState(limit ? ServiceState::kDegraded : ServiceState::kDown));
        const contract::ServiceStatus status = Status();
        EXPECT_EQ(status.error, fault.failure);
        EXPECT_FALSE(status.message.value_or("").empty());
        EXPECT_EQ(status.message.value_or("").find(options_.key), std::string::npos);
        EXPECT_TRUE(status.simulated);
        EXPECT_EQ(Count(contract::kNewsUpdated), before);  // what was shown stands
        const bool no_article =
            fault.kind == FaultKind::kNulls || fault.kind == FaultKind::kEmptyResults;
        if (limit) EXPECT_GT(Answers("limited"), limited);
        if (!limit && !no_article) EXPECT_GT(Answers("failed"), failed);
        if (no_article) EXPECT_GT(service_->stats().answers_empty.value(), 0U);
    }
    ClearFaults();
    const std::size_t then = Count(contract::kNewsUpdated);
    GoToNext();
    EXPECT_TRUE(Publishes(then + 1));
    EXPECT_TRUE(BecomesState(ServiceState::kLive));
}

TEST(SimulatedNewsFaults, AreAllOfTheSources) {
    std::set<FaultKind> tested;
    for (const Case& fault : kCases)
        tested.insert(fault.kind);
    simulator::ExpectEveryFault("newsdata", tested);
}

TEST_F(SimulatedNews, EveryFaultIsToldAndNoneOutlivesItself) {
    Start();
    ASSERT_TRUE(Publishes(1));
    for (const Case& fault : kCases) {
        SCOPED_TRACE(std::string(ToString(fault.kind)));
        Meet(fault);
    }
}

TEST_F(SimulatedNews, ADayCostsFewerCreditsThanThereAre) {
    const feeds::NewsOptions usual;
    options_.cache_time = usual.cache_time;
    Start();
    ASSERT_TRUE(Publishes(1));
    constexpr std::size_t kDay = 24 * 60 / 8;
    for (std::size_t event = 1; event <= kDay; ++event) {
        GoToNext(usual.interval);
        ASSERT_TRUE(Publishes(event + 1)) << event;
    }
    simulator_->With([](simulator::SourceSet& sources) {
        EXPECT_LE(sources.Find("newsdata")->log().calls().value(), 100U);
        EXPECT_EQ(sources.Find("newsdata")->log().refused().value(), 0U);
    });
    EXPECT_TRUE(BecomesState(ServiceState::kLive));
}

TEST_F(SimulatedNews, AKeyThatTheSourceRefusesIsNamed) {
    options_.key = "refused-key";
    Start();
    EXPECT_TRUE(BecomesState(ServiceState::kDown));
    EXPECT_EQ(Status().error, Failure::kKeyRefused);
    EXPECT_EQ(Count(contract::kNewsUpdated), 0U);
}

}  // namespace
}  // namespace flux
