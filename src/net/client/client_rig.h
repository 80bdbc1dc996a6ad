// One shard with a client and a peer on it, run by the test's own thread.
#pragma once

#include "base/assert.h"
#include "base/random.h"
#include "base/units.h"
#include "net/client/test_peer.h"
#include "net/client/tls_trust.h"
#include "net/client/url.h"
#include "runtime/shard.h"
#include "runtime/task.h"
#include "runtime/task_group.h"

#include <boost/asio/steady_timer.hpp>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

namespace flux::net::testing {

/// Runs a test's coroutine on a shard; the shard stops when it has ended, or after twenty seconds.
class ClientRig : public ::testing::Test {
public:
    ~ClientRig() override {
        if (!trust_file_.empty()) std::filesystem::remove(trust_file_);
    }

    void Run(Task<> test) {
        TaskGroup group(shard);
        bool ended = false;
        auto whole = [&](Task<> inner) -> Task<> {
            co_await std::move(inner);
            ended = true;
            shard.Stop();
        };
        group.Spawn("test", whole(std::move(test)));
        boost::asio::steady_timer too_long(shard.io());
        too_long.expires_after(20s);
        too_long.async_wait([&](const boost::system::error_code& error) {
            if (!error) shard.Stop();
        });
        shard.Run();
        EXPECT_TRUE(ended) << "the test did not end in twenty seconds";
        FLUX_ASSERT(ended);
        shard.io().poll();
    }

    Url BaseUrl(const std::string& scheme, const std::string& path = "") {
        return *Url::Parse(scheme + "://127.0.0.1:" + std::to_string(peer.port()) + path);
    }

    /// Trust in one certificate and nothing else.
    std::shared_ptr<const TlsTrust> TrustIn(const TestCertificate& certificate) {
        trust_file_ = std::filesystem::temp_directory_path() / ("trust-" + SecureRandomText(9));
        std::ofstream(trust_file_) << certificate.certificate_pem;
        return TlsTrust::FromFile(trust_file_).value();
    }

    Shard shard{ShardId(0), SystemClock::Instance()};
    TestPeer peer{shard};

private:
    std::filesystem::path trust_file_;
};

}  // namespace flux::net::testing
