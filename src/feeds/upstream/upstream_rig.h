// One shard with an outside source that a test plays, and a clock it can move. For tests.
#pragma once

#include "base/assert.h"
#include "base/clock.h"
#include "base/metrics.h"
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

#include <atomic>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace flux::feeds::testing {

/// The machine's clock, and how far a test has moved it: what waits for sockets goes on as ever,
/// what counts minutes need not be waited for. Deadlines of a shard are noticed at its next turn,
/// so a test that waits for one keeps it turning. Thread: any.
class MovedClock final : public Clock {
public:
    SteadyTime Now() const override { return SystemClock::Instance().Now() + moved(); }
    WallMillis WallNow() const override {
        return SystemClock::Instance().WallNow() + moved().count();
    }
    void Advance(Milliseconds by) { moved_ms_ += by.count(); }

private:
    Milliseconds moved() const { return Milliseconds(moved_ms_.load()); }
    std::atomic<std::int64_t> moved_ms_{0};
};

/// An HTTP/1.1 answer with a body of that length.
inline std::string HttpAnswer(int status, std::string_view body, std::string_view headers = "") {
    return fmt::format(
        "HTTP/1.1 {} Said\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{}\r\n{}",
        status,
        body.size(),
        headers,
        body
    );
}

/// Runs a test's coroutine on a shard with a peer; the test's own thread is the shard's.
class UpstreamRig : public ::testing::Test {
public:
    ~UpstreamRig() override {
        for (const auto& file : files_)
            std::filesystem::remove(file);
    }

    /// Runs `test` to its end, for thirty seconds at most.
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
        too_long.expires_after(30s);
        too_long.async_wait([&](const boost::system::error_code& error) {
            if (!error) shard.Stop();
        });
        shard.Run();
        EXPECT_TRUE(ended) << "the test did not end in thirty seconds";
        FLUX_ASSERT(ended);
        shard.io().poll();
    }

    /// Waits until `condition` holds; false after ten seconds.
    Task<bool> Eventually(std::function<bool()> condition) {
        const SteadyTime until = SystemClock::Instance().Now() + 10s;
        for (;;) {
            if (condition()) co_return true;
            if (SystemClock::Instance().Now() > until) co_return false;
            co_await SleepFor(2ms);
        }
    }

    net::Url BaseUrl(const std::string& scheme = "http", const std::string& path = "") {
        return *net::Url::Parse(fmt::format("{}://127.0.0.1:{}{}", scheme, peer.port(), path));
    }

    /// A file with that certificate, gone when the test ends.
    std::string CertificateFile(const net::testing::TestCertificate& certificate) {
        files_.push_back(std::filesystem::temp_directory_path() / ("ca-" + SecureRandomText(9)));
        std::ofstream(files_.back()) << certificate.certificate_pem;
        return files_.back();
    }

    /// One answer after the other, the last for ever; nothing: silence, "": a dropped connection.
    void AnswerInTurn(std::vector<std::optional<std::string>> answers) {
        peer.AnswerWith([answers = std::move(answers), at = std::size_t{0}](const auto&) mutable {
            const std::size_t now = std::min(at++, answers.size() - 1);
            return answers[now];
        });
    }

    MovedClock clock;
    MetricRegistry metrics;
    Shard shard{ShardId(0), clock};
    net::testing::TestPeer peer{shard};

private:
    std::vector<std::filesystem::path> files_;
};

}  // namespace flux::feeds::testing
