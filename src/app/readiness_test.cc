#include "app/readiness.h"

#include <gtest/gtest.h>

namespace flux::app {
namespace {

TEST(Readiness, IsReadyOnceEverythingIsAndNeverAgainAfterDraining) {
    Readiness readiness;
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

}  // namespace
}  // namespace flux::app
