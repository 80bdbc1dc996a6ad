// A server that speaks Engine.IO on one, two and three shards, and what its tests ask of it.
#pragma once

#include "socketio/server_fixture.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace flux::socketio::testing {

inline SocketIoOptions SuiteOptions() {
    return EchoServer::DefaultOptions();
}

/// Pings far away: what is read is what the test is about.
inline SocketIoOptions QuietOptions() {
    return SocketIoOptions{};
}

class EngineFixture : public ::testing::TestWithParam<std::size_t> {
protected:
    void Start(SocketIoOptions options) {
        TestServer::Options server_options;
        server_options.shards = GetParam();
        server_options.socketio = std::move(options);
        server_ = std::make_unique<TestServer>(std::move(server_options));
    }
    std::uint16_t port() const { return server_->port(); }

    std::string OpenPolling(RawHttp& http) {
        const HttpAnswer answer = http.Get(kEnginePoll);
        EXPECT_EQ(answer.status, 200);
        return SidIn(answer.body);
    }
    static std::string PollTarget(const std::string& sid) {
        return std::string(kEnginePoll) + "&sid=" + sid;
    }
    static std::string SocketTarget(const std::string& sid) {
        return std::string(kEngineSocket) + "&sid=" + sid;
    }
    /// Sends a poll that will wait, and returns once its session has it: what is sent later, on
    /// whatever connection, comes after it.
    void SendPoll(RawHttp& http, const std::string& sid) {
        const double handed = server_->Metric("net_http_requests_total");
        http.Send("GET", PollTarget(sid), {}, {});
        EXPECT_TRUE(TestServer::Eventually([&] {
            return server_->Metric("net_http_requests_total") > handed;
        }));
    }
    bool IsDead(const std::string& sid) {
        RawHttp http(port());
        return http.Get(PollTarget(sid)).status == 400;
    }

    std::unique_ptr<TestServer> server_;
};

}  // namespace flux::socketio::testing
