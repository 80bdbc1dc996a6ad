// Engine.IO's upgrade from polling to WebSocket over real sockets, rule by rule (the ids are listed
// in docs/protocol.md).
#include "socketio/engine_fixture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace flux::socketio::testing {
namespace {

using namespace std::chrono_literals;

class EngineUpgrade : public EngineFixture {};
INSTANTIATE_TEST_SUITE_P(Shards, EngineUpgrade, ::testing::Values(1, 2, 3));

TEST_P(EngineUpgrade, Eio17_Upgrade) {
    Start(QuietOptions());
    RawHttp http(port());
    const std::string sid = OpenPolling(http);
    RawWebSocket socket(port(), SocketTarget(sid));
    ASSERT_EQ(socket.status(), 101);
    socket.SendText("2probe");
    EXPECT_EQ(socket.Text(), "3probe");
    EXPECT_EQ(http.Get(PollTarget(sid)).body, "6");  // the next poll returns at once
    socket.SendText("5");
    socket.SendText("4hello");
    EXPECT_EQ(socket.Text(), "4hello");
    EXPECT_EQ(http.Get(PollTarget(sid)).status, 400);
    EXPECT_EQ(http.Post(PollTarget(sid), "4x").status, 400);
    socket.SendText("4still here");
    EXPECT_EQ(socket.Text(), "4still here");
    EXPECT_EQ(server_->Metric("socketio_upgrades_total"), 1);
}

TEST_P(EngineUpgrade, Eio17_OneProbeIsEnough) {
    Start(QuietOptions());
    RawHttp http(port());
    const std::string sid = OpenPolling(http);
    RawWebSocket socket(port(), SocketTarget(sid));
    socket.SendText("2probe");
    EXPECT_EQ(socket.Text(), "3probe");
    socket.SendText("2probe");  // answered again and again it would be a queue without a bound
    EXPECT_NE(socket.ReceiveClose(), -1);
}

TEST_P(EngineUpgrade, Eio18_ThePendingPollReturnsWhenProbed) {
    Start(QuietOptions());
    RawHttp http(port());
    const std::string sid = OpenPolling(http);
    SendPoll(http, sid);
    RawWebSocket socket(port(), SocketTarget(sid));
    socket.SendText("2probe");
    EXPECT_EQ(socket.Text(), "3probe");
    EXPECT_EQ(http.Receive().body, "6");
}

TEST_P(EngineUpgrade, Eio19_ASecondWebSocketIsClosedAndTheFirstLivesOn) {
    Start(QuietOptions());
    RawHttp http(port());
    const std::string sid = OpenPolling(http);
    RawWebSocket first(port(), SocketTarget(sid));
    first.SendText("2probe");
    first.Text();
    first.SendText("5");
    first.SendText("4a");
    EXPECT_EQ(first.Text(), "4a");
    RawWebSocket second(port(), SocketTarget(sid));
    EXPECT_NE(second.ReceiveClose(), -1);
    EXPECT_TRUE(second.socket().ReadToEnd());
    EXPECT_EQ(server_->Metric("socketio_probes_refused_total"), 1);
    first.SendText("4hello");
    EXPECT_EQ(first.Text(), "4hello");
}

TEST_P(EngineUpgrade, Eio20_OfSeveralProbesExactlyOneLives) {
    Start(QuietOptions());
    RawHttp http(port());
    const std::string sid = OpenPolling(http);
    std::vector<std::unique_ptr<RawWebSocket>> sockets;
    for (int i = 0; i < 4; ++i) {
        sockets.push_back(std::make_unique<RawWebSocket>(port(), SocketTarget(sid)));
        sockets.back()->SendText("2probe");
    }
    RawWebSocket* winner = nullptr;
    for (const auto& socket : sockets) {
        const WireFrame frame = socket->Receive();
        if (frame.opcode == 1 && frame.payload == "3probe") {
            EXPECT_EQ(winner, nullptr);
            winner = socket.get();
        } else {
            EXPECT_EQ(frame.opcode, 8);
        }
    }
    ASSERT_NE(winner, nullptr);
    winner->SendText("5");
    winner->SendText("4x");
    EXPECT_EQ(winner->Text(), "4x");
}

TEST_P(EngineUpgrade, Eio21_AWebSocketThatDoesNotProbeIsClosedAndPollingGoesOn) {
    Start(QuietOptions());
    RawHttp http(port());
    const std::string sid = OpenPolling(http);
    for (const std::string_view text : {"5", "4hello", "2", "abc"}) {
        RawWebSocket socket(port(), SocketTarget(sid));
        socket.SendText(text);
        EXPECT_EQ(socket.ReceiveClose(), 1002) << text;
    }
    EXPECT_EQ(server_->Metric("socketio_probes_refused_total"), 4);
    EXPECT_EQ(http.Post(PollTarget(sid), "4hello").body, "ok");
    EXPECT_EQ(http.Get(PollTarget(sid)).body, "4hello");
}

TEST_P(EngineUpgrade, Eio22_AProbeThatNeverCompletesTimesOut) {
    SocketIoOptions options = QuietOptions();
    options.upgrade_time_max = 50ms;
    Start(options);
    RawHttp http(port());
    const std::string sid = OpenPolling(http);
    RawWebSocket socket(port(), SocketTarget(sid));
    socket.SendText("2probe");
    EXPECT_EQ(socket.Text(), "3probe");
    EXPECT_EQ(socket.ReceiveClose(), 1002);
    EXPECT_EQ(server_->Metric("socketio_probes_refused_total"), 1);
    EXPECT_EQ(http.Post(PollTarget(sid), "4hello").body, "ok");
    EXPECT_EQ(http.Get(PollTarget(sid)).body, "4hello");  // and no noop: nobody upgrades any more
}

TEST_P(EngineUpgrade, Eio23_WhatIsPostedDuringAnUpgradeComesFirst) {
    Start(QuietOptions());
    RawHttp http(port());
    const std::string sid = OpenPolling(http);
    RawWebSocket socket(port(), SocketTarget(sid));
    socket.SendText("2probe");
    EXPECT_EQ(socket.Text(), "3probe");
    EXPECT_EQ(
        http.Post(
                PollTarget(sid),
                "4first\x1e"
                "4second"
        )
            .body,
        "ok"
    );
    socket.SendText("5");
    socket.SendText("4third");
    EXPECT_EQ(socket.Text(), "4first");
    EXPECT_EQ(socket.Text(), "4second");
    EXPECT_EQ(socket.Text(), "4third");
}

TEST_P(EngineUpgrade, Eio24_CloseOrGarbagePostedDuringAnUpgradeClosesBoth) {
    Start(QuietOptions());
    for (const std::string_view body : {"1", "garbage"}) {
        RawHttp http(port());
        const std::string sid = OpenPolling(http);
        RawWebSocket socket(port(), SocketTarget(sid));
        socket.SendText("2probe");
        EXPECT_EQ(socket.Text(), "3probe");
        http.Post(PollTarget(sid), body);
        EXPECT_NE(socket.ReceiveClose(), -1) << body;
        EXPECT_TRUE(IsDead(sid)) << body;
    }
}

}  // namespace
}  // namespace flux::socketio::testing
