#include "app/admin_app.h"

#include <gtest/gtest.h>

namespace flux::app {
namespace {

TEST(AdminApp, AHostThatNobodyElseCanOwnIsItsOwn) {
    const std::vector<std::string> names{"flux.internal"};
    for (const char* host :
         {"localhost",
          "LocalHost:9464",
          "127.0.0.1",
          "127.0.0.1:1",
          "10.1.2.3:9464",
          "[::1]",
          "[::1]:9464",
          "flux.internal",
          "FLUX.internal:80"}) {
        EXPECT_TRUE(AdminApp::IsOwnHost(host, names)) << host;
    }
}

TEST(AdminApp, ANameCouldBePointedHereByItsOwner) {
    const std::vector<std::string> names{"flux.internal"};
    for (const char* host :
         {"",
          ":9464",
          "evil.example",
          "localhost.evil.example",
          "127.0.0.1.evil.example",
          "[::1",
          "[evil]",
          "xflux.internal",
          "flux.internal."}) {
        EXPECT_FALSE(AdminApp::IsOwnHost(host, names)) << host;
    }
}

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
