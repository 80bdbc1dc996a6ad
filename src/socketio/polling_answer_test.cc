// Polling answers that their client does not read: they wait, and are bounded, as the outbox is.
#include "socketio/server_fixture.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace flux::socketio::testing {
namespace {

using namespace std::chrono_literals;

class PollingAnswers : public ::testing::Test {
protected:
    void Start(SocketIoOptions socketio = {}) {
        TestServer::Options options;
        options.socketio = std::move(socketio);
        options.send_buffer_bytes = 16 * 1024;
        server_ = std::make_unique<TestServer>(std::move(options));
    }

    /// A session with 900 KB of echo in its outbox; the target of its polls.
    std::string Filled() {
        RawHttp http(server_->port());
        const std::string target =
            std::string(kEnginePoll) + "&sid=" + SidIn(http.Get(kEnginePoll).body);
        EXPECT_EQ(http.Post(target, "4" + std::string(900'000, 'x')).body, "ok");
        return target;
    }

    /// A poll whose answer has begun to come and is read no further.
    std::unique_ptr<RawSocket> Poll(const std::string& target) {
        auto reader = std::make_unique<RawSocket>(server_->port(), 4 * 1024);
        reader->Send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        head_ = reader->ReadUntil("\r\n\r\n");
        return reader;
    }
    double Closed(const std::string& reason) const {
        return server_->Metric("socketio_closed_total", reason);
    }
    double Outbound() const { return server_->Metric("socketio_outbound_bytes", "/engine.io/"); }

    std::unique_ptr<TestServer> server_;
    std::string head_;  // of the answer to the last Poll
};

// LIM-12, EIO-08
TEST_F(PollingAnswers, APollBeforeTheLastAnswerWasReadEndsTheSession) {
    Start();
    const std::string target = Filled();
    const auto reader = Poll(target);
    EXPECT_TRUE(head_.starts_with("HTTP/1.1 200")) << head_;
    ASSERT_TRUE(TestServer::Eventually([&] { return Outbound() > 800'000; }));
    std::vector<std::unique_ptr<RawHttp>> others;
    for (int i = 0; i < 50; ++i) {
        others.push_back(std::make_unique<RawHttp>(server_->port()));
        ASSERT_EQ(others.back()->Get(target).status, 400) << i;
    }
    EXPECT_EQ(Closed("transport error"), 1);
    EXPECT_TRUE(TestServer::Eventually([&] { return Outbound() < 100'000; }));
    EXPECT_TRUE(reader->ReadToEnd());
}

// LIM-12
TEST_F(PollingAnswers, OneThatReadsItAByteAtATimeIsSlow) {
    SocketIoOptions socketio;
    socketio.outbox_bytes_soft = 20'000;
    socketio.slow_time_max = 500ms;
    Start(socketio);
    const auto reader = Poll(Filled());
    const auto began = std::chrono::steady_clock::now();
    std::size_t taken = 0;
    EXPECT_TRUE(TestServer::Eventually([&] {
        const auto passed = std::chrono::steady_clock::now() - began;
        if (taken < static_cast<std::size_t>(passed / 1ms) * 10) taken += reader->Read(1).size();
        return Closed("slow") == 1;
    }));
    EXPECT_TRUE(TestServer::Eventually([&] { return Outbound() < 100'000; }));
    EXPECT_TRUE(reader->ReadToEnd());
}

// LIM-12
TEST_F(PollingAnswers, WhatIsUnreadOfItCountsForTheHardBound) {
    Start();
    const std::string target = Filled();
    const auto reader = Poll(target);
    RawHttp http(server_->port());
    EXPECT_EQ(http.Post(target, "4" + std::string(500'000, 'x')).status, 200);
    EXPECT_TRUE(TestServer::Eventually([&] { return Closed("slow") == 1; }));
    EXPECT_TRUE(reader->ReadToEnd());
}

// LIM-13
TEST_F(PollingAnswers, TheyCountForWhatAllMayHoldTogether) {
    SocketIoOptions socketio;
    socketio.outbound_bytes_max = 1;  // 4 MiB per shard at least
    Start(socketio);
    std::vector<std::unique_ptr<RawSocket>> readers;
    for (int i = 0; i < 12; ++i)
        readers.push_back(Poll(Filled()));  // answered 400 once there is no room
    EXPECT_TRUE(TestServer::Eventually([&] { return Closed("slow") >= 7; }));
    EXPECT_LT(Outbound(), static_cast<double>(4 * MiB + 1'000'000));
    EXPECT_GE(server_->Metric("socketio_over_budget_total", "outbound bytes"), 7);
}

TEST_F(PollingAnswers, OneThatIsReadWholeLetsTheNextPollIn) {
    Start();
    const std::string target = Filled();
    const auto reader = Poll(target);
    EXPECT_EQ(reader->Read(900'001), "4" + std::string(900'000, 'x'));
    RawHttp http(server_->port());
    EXPECT_EQ(http.Post(target, "4next").body, "ok");
    EXPECT_EQ(http.Get(target).body, "4next");
    EXPECT_LT(Outbound(), 100'000);
}

TEST_F(PollingAnswers, OneThatIsCutOffEndsTheSession) {
    Start();
    const auto reader = Poll(Filled());
    reader->Close();
    EXPECT_TRUE(TestServer::Eventually([&] { return Closed("transport close") == 1; }));
    EXPECT_TRUE(TestServer::Eventually([&] { return Outbound() < 100'000; }));
}

}  // namespace
}  // namespace flux::socketio::testing
