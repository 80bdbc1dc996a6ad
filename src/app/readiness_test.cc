#include "app/readiness.h"

#include <gtest/gtest.h>

namespace flux::app {
namespace {

TEST(Readiness, IsReadyOnceEverythingIsAndNeverAgainAfterDraining) {
    Readiness readiness({Check::kBus, Check::kGateway, Check::kFeeds, Check::kListeners});
    readiness.Pass(Check::kBus);
    readiness.Pass(Check::kGateway);
    readiness.Pass(Check::kFeeds);
    EXPECT_FALSE(readiness.ready());
    EXPECT_EQ(
        readiness.ToJson(),
        R"({"status":"starting","checks":{"bus":"ok","gateway":"ok","feeds":"ok","listeners":"waiting"}})"
    );
    readiness.Pass(Check::kListeners);
    EXPECT_TRUE(readiness.ready());
    EXPECT_TRUE(readiness.ToJson().starts_with(R"({"status":"ready")"));
    readiness.BeginDraining();
    EXPECT_FALSE(readiness.ready());
    EXPECT_TRUE(readiness.ToJson().starts_with(R"({"status":"draining")"));
}

TEST(Readiness, AsksOnlyForWhatTheProcessHas) {
    Readiness readiness({Check::kBus, Check::kFeeds});
    readiness.Pass(Check::kBus);
    EXPECT_FALSE(readiness.ready());
    readiness.Pass(Check::kFeeds);
    EXPECT_TRUE(readiness.ready());
    EXPECT_EQ(readiness.ToJson(), R"({"status":"ready","checks":{"bus":"ok","feeds":"ok"}})");
}

TEST(Readiness, IsNoneWhileTheBusIsAwayAndComesBackWithIt) {
    Readiness readiness({Check::kBus});
    readiness.SetBusAnswers(true);
    readiness.Pass(Check::kBus);
    ASSERT_TRUE(readiness.ready());
    readiness.SetBusAnswers(false);
    EXPECT_FALSE(readiness.ready());
    EXPECT_EQ(readiness.ToJson(), R"({"status":"degraded","checks":{"bus":"away"}})");
    readiness.SetBusAnswers(true);
    EXPECT_TRUE(readiness.ready());
    readiness.SetBusAnswers(false);
    readiness.BeginDraining();
    EXPECT_TRUE(readiness.ToJson().starts_with(R"({"status":"draining")"));
}

}  // namespace
}  // namespace flux::app
