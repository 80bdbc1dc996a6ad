// Socket.IO over real sockets, rule by rule (the ids are listed in docs/protocol.md).
#include "socketio/server_fixture.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>

namespace flux::socketio::testing {
namespace {

using namespace std::chrono_literals;

class SocketIoProtocol : public ::testing::Test {
protected:
    /// Keep the server in the test's last variable: its script's functions refer to the others.
    [[nodiscard]] std::unique_ptr<TestServer> Start(
        SocketIoOptions options = {}, Script* script = nullptr
    ) {
        TestServer::Options server_options;
        server_options.socketio = std::move(options);
        server_options.script = script;
        auto server = std::make_unique<TestServer>(std::move(server_options));
        server_ = server.get();
        return server;
    }
    std::uint16_t port() const { return server_->port(); }

    /// A WebSocket session that has joined nothing.
    std::unique_ptr<RawWebSocket> Open() {
        auto client = std::make_unique<RawWebSocket>(port(), kSocket);
        EXPECT_EQ(client->Text().front(), '0');
        return client;
    }
    /// One in "/" of EchoApp, past its `auth` event.
    std::unique_ptr<RawWebSocket> OpenMain() {
        auto client = Joined(port());
        EXPECT_EQ(client->Text(), R"(42["auth",{}])");
        return client;
    }
    void ExpectFatal(std::unique_ptr<RawWebSocket> client, std::string_view text) {
        client->SendText(text);
        EXPECT_EQ(client->ReceiveClose(), 1002) << text;
    }

    TestServer* server_ = nullptr;
};

// ECH-02
TEST_F(SocketIoProtocol, Sio01_ConnectToMain) {
    const auto server = Start();
    auto client = Open();
    client->SendText("40");
    const std::string reply = client->Text();
    const std::string sid = SidIn(reply);
    EXPECT_EQ(reply, R"(40{"sid":")" + sid + R"("})");
    EXPECT_EQ(sid.size(), 20u);
    EXPECT_EQ(client->Text(), R"(42["auth",{}])");
}

TEST_F(SocketIoProtocol, Sio02_ThePayloadReachesTheApplication) {
    const auto server = Start();
    auto client = Open();
    client->SendText(R"(40{"token":"123"})");
    client->Text();
    EXPECT_EQ(client->Text(), R"(42["auth",{"token":"123"}])");
}

// ECH-02
TEST_F(SocketIoProtocol, Sio03_CustomNamespacesWithAndWithoutComma) {
    const auto server = Start();
    for (const std::string_view text : {"40/custom,", "40/custom"}) {
        auto client = Open();
        client->SendText(text);
        EXPECT_TRUE(client->Text().starts_with(R"(40/custom,{"sid":")")) << text;
        EXPECT_EQ(client->Text(), R"(42/custom,["auth",{}])");
    }
    auto client = Open();
    client->SendText(R"(40/custom,{"token":"abc"})");
    client->Text();
    EXPECT_EQ(client->Text(), R"(42/custom,["auth",{"token":"abc"}])");
}

TEST_F(SocketIoProtocol, Sio04_UnknownNamespacesAreRefused) {
    const auto server = Start();
    auto client = Open();
    client->SendText("40/random");
    EXPECT_EQ(client->Text(), R"(44/random,{"message":"Invalid namespace"})");
    client->SendText("40");
    EXPECT_TRUE(client->Text().starts_with("40{"));
}

TEST_F(SocketIoProtocol, Sio05_NoConnectInTimeCloses) {
    SocketIoOptions options;
    options.connect_timeout = 60ms;
    const auto server = Start(options);
    EXPECT_EQ(Open()->ReceiveClose(), 1008);
    RawHttp http(port());
    const std::string sid = SidIn(http.Get(kPoll).body);
    EXPECT_EQ(http.Get(std::string(kPoll) + "&sid=" + sid).status, 400);
    auto client = OpenMain();
    EXPECT_FALSE(client->socket().Readable(120ms));
}

TEST_F(SocketIoProtocol, Sio06_FaultsClose) {
    const auto server = Start();
    for (const std::string_view text :
         {"4abc",
          "42[\"message\"]",
          "43[]",
          "40/custom,5",
          "40null",
          "40[]",
          "40true",
          "40\"a\"",
          "41{}",
          "44{}",
          "47",
          "42",
          "4",
          "451-[\"a\",{\"_placeholder\":true,\"num\":0}]"}) {
        ExpectFatal(Open(), text);
    }
    for (const std::string_view text :
         {"40",
          "4abc",
          "42{}",
          "42[]",
          "42abc[\"message\"]",
          "42[\"connect\"]",
          "42[\"disconnecting\"]",
          "42/custom,[\"message\"]",
          "4512-[\"a\"]",
          "421234567890123456[\"a\"]",
          "42[\"a\"",
          "451-[\"a\",{\"_placeholder\":true,\"num\":3}]"}) {
        ExpectFatal(OpenMain(), text);
    }
    EXPECT_EQ(server_->Metric("socketio_closed_total", "transport error"), 26);
}

TEST_F(SocketIoProtocol, Sio07_LeavingMainKeepsTheTransport) {
    SocketIoOptions options;
    options.ping_interval = 100ms;
    const auto server = Start(options);
    auto client = OpenMain();
    client->SendText("41");
    EXPECT_EQ(client->Text(), "2");
    client->SendText("41");  // leaving twice is no fault
    client->SendText("3");
    EXPECT_EQ(client->Text(), "2");
}

TEST_F(SocketIoProtocol, Sio08_LeavingOneNamespaceKeepsTheOther) {
    const auto server = Start();
    auto client = OpenMain();
    client->SendText("40/custom,");
    client->Text();
    client->Text();
    client->SendText("41/custom");
    client->SendText(R"(42["message","message to main namespace"])");
    EXPECT_EQ(client->Text(), R"(42["message-back","message to main namespace"])");
    client->SendText(R"(42/custom,["message"])");
    EXPECT_EQ(client->ReceiveClose(), 1002);
}

TEST_F(SocketIoProtocol, Sio09_EventsAfterLeavingClose) {
    const auto server = Start();
    auto client = OpenMain();
    client->SendText("41");
    ExpectFatal(std::move(client), "42[\"message\"]");
}

// ECH-03
TEST_F(SocketIoProtocol, Sio10_ArgumentsComeBackUnchanged) {
    const auto server = Start();
    auto client = OpenMain();
    const std::string arguments =
        R"(1,"2",{"3":[true,null,-0.50,1e400]},123456789012345678901234567890,"ü☃\ud83d\ude00 ")";
    client->SendText(R"(42["message",)" + arguments + "]");
    EXPECT_EQ(client->Text(), R"(42["message-back",)" + arguments + "]");
}

TEST_F(SocketIoProtocol, Sio11_BinaryComesBackInTheSameShape) {
    const auto server = Start();
    auto client = OpenMain();
    const std::string placeholders =
        R"({"_placeholder":true,"num":0},{"_placeholder":true,"num":1})";
    client->SendText(R"(452-["message",)" + placeholders + "]");
    client->SendBinary("\x01\x02\x03");
    client->SendBinary(std::string("\x04\x00\x06", 3));
    EXPECT_EQ(client->Text(), R"(452-["message-back",)" + placeholders + "]");
    EXPECT_EQ(client->Receive().payload, "\x01\x02\x03");
    const WireFrame last = client->Receive();
    EXPECT_EQ(last.opcode, 2);
    EXPECT_EQ(last.payload, std::string("\x04\x00\x06", 3));
}

// ECH-03
TEST_F(SocketIoProtocol, Sio12_Acknowledgements) {
    const auto server = Start();
    auto client = OpenMain();
    client->SendText(R"(42456["message-with-ack",1,"2",{"3":[false]}])");
    EXPECT_EQ(client->Text(), R"(43456[1,"2",{"3":[false]}])");
    client->SendText(R"(42999999999999999["message-with-ack"])");
    EXPECT_EQ(client->Text(), "43999999999999999[]");
}

TEST_F(SocketIoProtocol, Sio13_BinaryAcknowledgements) {
    const auto server = Start();
    auto client = OpenMain();
    const std::string placeholders =
        R"({"_placeholder":true,"num":0},{"_placeholder":true,"num":1})";
    client->SendText(R"(452-789["message-with-ack",)" + placeholders + "]");
    client->SendBinary("\x01");
    client->SendBinary("\x02");
    EXPECT_EQ(client->Text(), "462-789[" + placeholders + "]");
    EXPECT_EQ(client->Receive().payload, "\x01");
    EXPECT_EQ(client->Receive().payload, "\x02");
}

// ECH-04
TEST_F(SocketIoProtocol, Sio14_TheServerAsksForAcknowledgements) {
    const auto server = Start();
    auto client = OpenMain();
    client->SendText(R"(42["ask","how"])");
    EXPECT_EQ(client->Text(), R"(420["question","how"])");
    client->SendText(R"(430["well",{"x":1}])");
    EXPECT_EQ(client->Text(), R"(42["answer","well",{"x":1}])");
    client->SendText(R"(430["again"])");  // nobody waits for it
    client->SendText(R"(42["ask"])");
    EXPECT_EQ(client->Text(), R"(421["question"])");
    client->SendText(R"(461-1[{"_placeholder":true,"num":0}])");
    client->SendBinary("\x09");
    EXPECT_EQ(client->Text(), R"(451-["answer",{"_placeholder":true,"num":0}])");
    EXPECT_EQ(client->Receive().payload, "\x09");
}

TEST_F(SocketIoProtocol, Sio15_TextWhileAttachmentsAreAwaitedCloses) {
    const auto server = Start();
    auto client = OpenMain();
    client->SendText(R"(452-["message",{"_placeholder":true,"num":0}])");
    client->SendBinary("\x01");
    ExpectFatal(std::move(client), "42[\"message\"]");
}

TEST_F(SocketIoProtocol, Sio16_BinaryThatNobodyAnnouncedCloses) {
    const auto server = Start();
    auto client = OpenMain();
    client->SendBinary("\x01");
    EXPECT_EQ(client->ReceiveClose(), 1002);
}

TEST_F(SocketIoProtocol, Sio17_PingsPassWhileAttachmentsAreAwaited) {
    SocketIoOptions options;
    options.ping_interval = 60ms;
    const auto server = Start(options);
    auto client = OpenMain();
    client->SendText(R"(451-["message",{"_placeholder":true,"num":0}])");
    EXPECT_EQ(client->Text(), "2");
    client->SendText("3");
    client->SendBinary("\x01");
    EXPECT_EQ(client->TextPastPings(), R"(451-["message-back",{"_placeholder":true,"num":0}])");
}

TEST_F(SocketIoProtocol, Sio18_AttachmentsThatNeverComeClose) {
    SocketIoOptions options;
    options.reassembly_time_max = 60ms;
    const auto server = Start(options);
    auto client = OpenMain();
    client->SendText(R"(451-["message",{"_placeholder":true,"num":0}])");
    EXPECT_EQ(client->ReceiveClose(), 1002);
}

TEST_F(SocketIoProtocol, Sio19_AttachmentsInWaitingAreBounded) {
    SocketIoOptions options;
    options.reassembly_bytes_max = 64 * KiB;
    const auto server = Start(options);
    auto client = OpenMain();
    client->SendText(R"(453-["message"])");
    client->SendBinary(std::string(40'000, 'x'));
    client->SendBinary(std::string(40'000, 'x'));
    EXPECT_EQ(client->ReceiveClose(), 4003);
    EXPECT_EQ(server->Metric("socketio_over_budget_total", "reassembly bytes"), 1);
    auto other = OpenMain();  // the memory has been given back
    other->SendText(R"(451-["message",{"_placeholder":true,"num":0}])");
    other->SendBinary(std::string(6'000, 'x'));
    EXPECT_EQ(other->Text(), R"(451-["message-back",{"_placeholder":true,"num":0}])");
}

TEST_F(SocketIoProtocol, Sio19_OneAddressDoesNotTakeTheRoomOfAll) {
    SocketIoOptions options;
    options.reassembly_bytes_max = 256 * KiB;
    options.reassembly_bytes_per_address_max = 64 * KiB;
    Script script = JoinR();
    TestServer::Options with = With(1, script, options);
    with.trusted_proxies = {"127.0.0.1"};
    TestServer server(with);
    const auto from = [&](std::string_view address) {
        return Joined(server.port(), "/", "X-Forwarded-For: " + std::string(address) + "\r\n");
    };
    const auto waiting = from("203.0.113.1");
    waiting->SendText(R"(453-["message"])");
    waiting->SendBinary(std::string(60'000, 'x'));
    const auto greedy = from("203.0.113.1");
    greedy->SendText(R"(453-["message"])");
    greedy->SendBinary(std::string(60'000, 'x'));
    EXPECT_EQ(greedy->ReceiveClose(), 4003);
    const auto other = from("203.0.113.2");
    other->SendText(R"(453-["message"])");
    other->SendBinary(std::string(60'000, 'x'));
    EXPECT_FALSE(other->socket().Readable(std::chrono::milliseconds(0)));
    EXPECT_EQ(server.Metric("socketio_over_budget_total", "reassembly bytes"), 1);
}

TEST_F(SocketIoProtocol, Sio20_OverPolling) {
    const auto server = Start();
    RawHttp http(port());
    const std::string target = std::string(kPoll) + "&sid=" + SidIn(http.Get(kPoll).body);
    EXPECT_EQ(http.Post(target, "40").body, "ok");
    const std::string body = http.Get(target).body;
    EXPECT_EQ(
        body,
        R"(40{"sid":")" + SidIn(body) +
            "\"}\x1e"
            R"(42["auth",{}])"
    );
    http.Post(
        target,
        "451-[\"message\",{\"_placeholder\":true,\"num\":0}]\x1e"
        "bAQID"
    );
    EXPECT_EQ(
        http.Get(target).body,
        "451-[\"message-back\",{\"_placeholder\":true,\"num\":0}]\x1e"
        "bAQID"
    );
    http.Post(target, "4abc");
    EXPECT_EQ(http.Get(target).status, 400);
}

TEST_F(SocketIoProtocol, Sio21_TheApplicationMayRefuse) {
    Script script;
    script.on_connect = [](Socket& socket, std::string_view auth) -> Result<void> {
        EXPECT_TRUE(socket.Join("lobby"));
        if (auth == R"({"token":"good"})") return {};
        return Error{ErrorCode::kPermission, Retry::kNever, "not \"allowed\""};
    };
    const auto server = Start({}, &script);
    auto client = Open();
    client->SendText("40");
    EXPECT_EQ(client->Text(), R"(44{"message":"not \"allowed\""})");
    client->SendText(R"(40{"token":"good"})");
    EXPECT_TRUE(client->Text().starts_with("40{"));
    EXPECT_EQ(server_->socketio().connected(), 1u);
}

// RSN-03
TEST_F(SocketIoProtocol, Sio22_TheServerMayLeave) {
    std::atomic<int> left{0};
    Script script;
    script.on_event = [](Socket& socket, const Event& event) {
        const std::string_view one = "1";
        if (event.name == "go") {
            EXPECT_TRUE(socket.Join("r"));
            socket.Disconnect(DisconnectReason::kServerDisconnect, false);
            socket.Emit("too late", {&one, 1});
            EXPECT_FALSE(socket.Join("r"));
        } else if (event.name == "kick") {
            socket.Disconnect(DisconnectReason::kKicked, true);
            socket.Emit("too late", {&one, 1});
        }
        event.ack.Reply({&one, 1});
    };
    script.on_disconnect = [&](Socket& socket, DisconnectReason reason) {
        left += reason == DisconnectReason::kServerDisconnect ? 1 : 100;
        if (left == 1) {
            EXPECT_EQ(socket.Rooms(), std::vector<std::string>{"r"});
        }
    };
    const auto server = Start({}, &script);
    auto client = Joined(port());
    client->SendText("421[\"go\"]");
    EXPECT_EQ(client->Text(), "41");
    client->SendText("40");
    EXPECT_TRUE(client->Text().starts_with("40{"));
    client->SendText("422[\"kick\"]");
    EXPECT_EQ(client->ReceiveClose(), 4002);
    EXPECT_TRUE(TestServer::Eventually([&] { return left == 101; }));
}

TEST_F(SocketIoProtocol, Sio23_AcksTimeOutAndFailWhenTheClientLeaves) {
    std::atomic<int> timeouts{0};
    std::atomic<int> closed{0};
    Script script;
    script.on_connected = [&](Socket& socket) {
        const auto count = [&](Result<std::vector<std::string>> arguments,
                               std::vector<std::string>) {
            EXPECT_FALSE(arguments);
            ++(arguments.error().code == ErrorCode::kTimeout ? timeouts : closed);
        };
        socket.EmitWithAck("a", {}, 20ms, count);
        socket.EmitWithAck("b", {}, 20s, count);
    };
    const auto server = Start({}, &script);
    auto client = Joined(port());
    EXPECT_EQ(client->Text(), "420[\"a\"]");
    EXPECT_EQ(client->Text(), "421[\"b\"]");
    EXPECT_TRUE(TestServer::Eventually([&] { return timeouts == 1; }));
    EXPECT_EQ(closed, 0);
    client->SendText("41");
    EXPECT_TRUE(TestServer::Eventually([&] { return closed == 1; }));
}

TEST_F(SocketIoProtocol, Sio24_AnAckAnswersOnceAndOutlivesItsSocket) {
    std::vector<Ack> acks;  // used on the shard only
    std::vector<SocketRef> refs;
    Script script;
    script.on_event = [&](Socket& socket, const Event& event) {
        EXPECT_EQ(event.ack.wanted(), event.name == "with");
        acks.push_back(event.ack);
        refs.push_back(socket.Ref());
    };
    const auto server = Start({}, &script);
    auto client = Joined(port());
    client->SendText("42[\"without\"]");
    client->SendText("425[\"with\"]");
    ASSERT_TRUE(TestServer::Eventually([&] {
        return server_->Metric("socketio_events_in_total") == 2;
    }));
    server_->On(ShardId(0), [&] {
        const std::string_view one = "1";
        acks[0].Reply({&one, 1});
        const Ack copy = acks[1];
        acks[1].Reply({&one, 1});
        copy.Reply({&one, 1});
        EXPECT_NE(refs[0].Get(), nullptr);
        EXPECT_EQ(refs[0].Get(), refs[1].Get());
    });
    EXPECT_EQ(client->Text(), "435[1]");
    client->SendText("426[\"with\"]");
    client->SendText("41");
    ASSERT_TRUE(TestServer::Eventually([&] { return server_->socketio().connected() == 0; }));
    server_->On(ShardId(0), [&] {
        acks.back().Reply({});
        EXPECT_EQ(refs.back().Get(), nullptr);
    });
    EXPECT_FALSE(client->socket().Readable(50ms));
}

TEST_F(SocketIoProtocol, Sio25_HeadersThatWereAskedForAreKept) {
    std::string seen;
    Script script;
    script.on_connect = [&](Socket& socket, std::string_view) -> Result<void> {
        for (const std::string_view name : {"Origin", "x-tenant", "user-agent", "x-absent"})
            seen += std::string(socket.HandshakeHeader(name)) + ";";
        seen += socket.client().ToString();
        return {};
    };
    SocketIoOptions options;
    options.handshake_headers = {"origin", "x-absent", "x-tenant"};
    const auto server = Start(options, &script);
    Joined(port(), "/", "User-Agent: test\r\nX-Tenant: seven\r\nOrigin: http://localhost\r\n");
    EXPECT_EQ(seen, "http://localhost;seven;;;127.0.0.1");
}

TEST_F(SocketIoProtocol, Sio26_NamespacesOfOneClientAreBounded) {
    class Anything final : public EchoApp {
        bool HasNamespace(std::string_view) const override { return true; }
    };
    ShardSet shards(1, SystemClock::Instance());
    shards.Start();
    MetricRegistry metrics;
    SocketIoServer socketio(shards, metrics, {}, [](Shard&) {
        return std::make_unique<Anything>();
    });
    net::Server listeners(shards, metrics, "test");
    net::ListenerOptions listener;
    listener.addresses = {"127.0.0.1"};
    const std::uint16_t own_port =
        listeners.Listen(std::move(listener), {socketio.Mount()}).value();
    RawWebSocket client(own_port, kSocket);
    client.Text();
    for (int i = 0; i < 64; ++i) {
        client.SendText("40/n" + std::to_string(i) + ",");
        EXPECT_TRUE(client.Text().starts_with("40/n"));
        client.Text();
    }
    client.SendText("40/one-more");
    EXPECT_EQ(client.ReceiveClose(), 1002);
    listeners.Stop();
}

}  // namespace
}  // namespace flux::socketio::testing
