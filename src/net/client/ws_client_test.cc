#include "net/client/ws_client.h"

#include "net/client/client_rig.h"

#include <gmock/gmock.h>

namespace flux::net {
namespace {

using testing::Act;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::MakeCertificate;
using testing::TestCertificate;
using Kind = Act::Kind;

class WsClientTest : public testing::ClientRig {
public:
    WsClientOptions Options(const std::string& scheme = "ws") {
        WsClientOptions options;
        options.url = BaseUrl(scheme, "/feed");
        options.user_agent = "flux-test";
        options.connect_time_max = 5s;
        return options;
    }
};

TEST_F(WsClientTest, SpeaksWithAServer) {
    peer.PlayWebSocket({{Kind::kExpect, ""}, {Kind::kSend, "hello"}, {Kind::kSendBinary, "\x01"}});
    Run([](WsClientTest& t) -> Task<> {
        WsClient client(t.Options());
        const auto connected = co_await client.Connect();
        EXPECT_TRUE(connected);
        const auto written = co_await client.Write("subscribe", 5s);
        EXPECT_TRUE(written);
        const auto first = co_await client.Read(5s);
        EXPECT_TRUE(first && first->text && first->payload == "hello");
        const auto second = co_await client.Read(5s);
        EXPECT_TRUE(second && !second->text);
        co_await client.Close(5s);
        while (t.peer.clients_gone() == 0)
            co_await SleepFor(1ms);
    }(*this));
    const std::string host = "127.0.0.1:" + std::to_string(peer.port());
    EXPECT_THAT(
        peer.heard(), ElementsAre("/feed " + host + " flux-test", "subscribe", "close 1000")
    );
}

TEST_F(WsClientTest, SpeaksOverTlsAndNamesItsHost) {
    const TestCertificate certificate = MakeCertificate("localhost");
    peer.UseTls(certificate);
    peer.PlayWebSocket({{Kind::kSend, "secret"}});
    Run([](WsClientTest& t, const TestCertificate& trusted) -> Task<> {
        WsClientOptions options = t.Options("wss");
        options.url.host = "localhost";
        options.trust = t.TrustIn(trusted);
        WsClient client(std::move(options));
        const auto connected = co_await client.Connect();
        EXPECT_TRUE(connected) << (connected ? "" : connected.error().context);
        const auto message = co_await client.Read(5s);
        EXPECT_TRUE(message && message->payload == "secret");
        co_await client.Close(5s);
    }(*this, certificate));
    EXPECT_EQ(peer.heard().front(), "sni localhost");
}

TEST_F(WsClientTest, TakesACertificateForAnAddressAndSendsNoNameThen) {
    const TestCertificate certificate = MakeCertificate("127.0.0.1");
    peer.UseTls(certificate);
    peer.PlayWebSocket({{Kind::kSend, "x"}});
    Run([](WsClientTest& t, const TestCertificate& trusted) -> Task<> {
        WsClientOptions options = t.Options("wss");
        options.trust = t.TrustIn(trusted);
        WsClient client(std::move(options));
        const auto connected = co_await client.Connect();
        EXPECT_TRUE(connected) << (connected ? "" : connected.error().context);
    }(*this, certificate));
    EXPECT_EQ(peer.heard().front(), "sni -");
}

TEST_F(WsClientTest, RefusesACertificateForAnotherNameOrFromNobody) {
    const TestCertificate certificate = MakeCertificate("elsewhere.example");
    peer.UseTls(certificate);
    peer.PlayWebSocket({});
    Run([](WsClientTest& t, const TestCertificate& other) -> Task<> {
        WsClientOptions options = t.Options("wss");
        options.trust = t.TrustIn(other);
        WsClient wrong_name(std::move(options));
        const auto first = co_await wrong_name.Connect();
        EXPECT_FALSE(first);
        EXPECT_EQ(first.error().code, ErrorCode::kUnavailable);
        EXPECT_THAT(first.error().context, HasSubstr("TLS"));

        options = t.Options("wss");
        options.url.host = "localhost";
        options.trust = TlsTrust::OfMachine().value();
        WsClient unknown_issuer(std::move(options));
        const auto second = co_await unknown_issuer.Connect();
        EXPECT_FALSE(second);
        EXPECT_THAT(second.error().context, HasSubstr("self-signed"));
    }(*this, certificate));
}

TEST_F(WsClientTest, TellsHowAHandshakeWasDeclined) {
    peer.AnswerRaw(
        "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\nno", true
    );
    Run([](WsClientTest& t) -> Task<> {
        WsClient client(t.Options());
        const auto connected = co_await client.Connect();
        EXPECT_FALSE(connected);
        EXPECT_THAT(connected.error().context, HasSubstr("429"));
        EXPECT_TRUE(client.refusal().has_value());
        EXPECT_EQ(client.refusal()->status, 429);
        EXPECT_EQ(client.refusal()->retry_after, "7");
        const auto read = co_await client.Read(1s);
        EXPECT_FALSE(read);
    }(*this));
}

TEST_F(WsClientTest, GivesUpOnASilentServerInTime) {
    peer.StaySilent();
    Run([](WsClientTest& t) -> Task<> {
        for (const char* scheme : {"ws", "wss"}) {
            WsClientOptions options = t.Options(scheme);
            options.connect_time_max = 100ms;
            WsClient client(std::move(options));
            const SteadyTime began = SystemClock::Instance().Now();
            const auto connected = co_await client.Connect();
            EXPECT_FALSE(connected);
            EXPECT_EQ(connected.error().code, ErrorCode::kTimeout) << connected.error().context;
            EXPECT_GE(SystemClock::Instance().Now() - began, 100ms);
            EXPECT_FALSE(client.refusal().has_value());
        }
    }(*this));
}

TEST_F(WsClientTest, TellsWhyReadingEnded) {
    peer.PlayWebSocket({{Kind::kClose, "maintenance"}});
    Run([](WsClientTest& t) -> Task<> {
        WsClient closed(t.Options());
        const auto connected = co_await closed.Connect();
        EXPECT_TRUE(connected);
        const auto goodbye = co_await closed.Read(5s);
        EXPECT_EQ(goodbye.error().code, ErrorCode::kUnavailable);
        EXPECT_THAT(goodbye.error().context, HasSubstr("1001, \"maintenance\""));

        t.peer.PlayWebSocket({{Kind::kDrop, ""}});
        WsClient dropped(t.Options());
        const auto again = co_await dropped.Connect();
        EXPECT_TRUE(again);
        const auto lost = co_await dropped.Read(5s);
        EXPECT_EQ(lost.error().code, ErrorCode::kUnavailable);

        t.peer.PlayWebSocket({});
        WsClient quiet(t.Options());
        const auto third = co_await quiet.Connect();
        EXPECT_TRUE(third);
        const auto silence = co_await quiet.Read(50ms);
        EXPECT_EQ(silence.error().code, ErrorCode::kTimeout);
        const auto after = co_await quiet.Read(50ms);
        EXPECT_FALSE(after);  // the connection is closed
    }(*this));
}

TEST_F(WsClientTest, BoundsMessagesAlsoWhenTheyAreCompressed) {
    // A megabyte of one letter is a kilobyte on the wire.
    peer.PlayWebSocket(
        {{Kind::kSend, std::string(1000, 'a')}, {Kind::kSend, std::string(1 * MiB, 'a')}}
    );
    Run([](WsClientTest& t) -> Task<> {
        WsClientOptions options = t.Options();
        options.message_bytes_max = 64 * KiB;
        WsClient client(std::move(options));
        const auto connected = co_await client.Connect();
        EXPECT_TRUE(connected);
        const auto small = co_await client.Read(5s);
        EXPECT_TRUE(small && small->payload.size() == 1000);
        const auto large = co_await client.Read(5s);
        EXPECT_EQ(large.error().code, ErrorCode::kTooLarge) << large.error().context;
    }(*this));
}

TEST_F(WsClientTest, CallsABrokenProtocolBadInput) {
    // A text frame that is no UTF-8, and a frame with a reserved opcode.
    peer.PlayWebSocket({{Kind::kRaw, std::string("\x81\x01\xff", 3)}});
    Run([](WsClientTest& t) -> Task<> {
        for (const std::string& frame :
             {std::string("\x81\x01\xff", 3), std::string("\x8f\x00", 2)}) {
            t.peer.PlayWebSocket({{Kind::kRaw, frame}});
            WsClient client(t.Options());
            const auto connected = co_await client.Connect();
            EXPECT_TRUE(connected);
            const auto read = co_await client.Read(5s);
            EXPECT_EQ(read.error().code, ErrorCode::kBadInput) << read.error().context;
        }
    }(*this));
}

TEST_F(WsClientTest, AnswersPingsWhileReading) {
    peer.PlayWebSocket({{Kind::kPing, "p"}, {Kind::kSend, "after"}});
    Run([](WsClientTest& t) -> Task<> {
        WsClient client(t.Options());
        const auto connected = co_await client.Connect();
        EXPECT_TRUE(connected);
        const auto message = co_await client.Read(5s);
        EXPECT_TRUE(message && message->payload == "after");
    }(*this));
}

TEST_F(WsClientTest, EndsAtOnceWhenItsTaskIsCancelledAtAnyPoint) {
    Run([](WsClientTest& t) -> Task<> {
        const auto client_task = [](WsClientTest& rig, const char* scheme, bool& ended) -> Task<> {
            co_await boost::asio::this_coro::throw_if_cancelled(false);
            WsClient client(rig.Options(scheme));
            const auto connected = co_await client.Connect();
            if (connected) {
                const auto read = co_await client.Read(1h);
                EXPECT_EQ(read.error().code, ErrorCode::kClosed) << read.error().context;
                co_await client.Close(100ms);
            } else {
                EXPECT_EQ(connected.error().code, ErrorCode::kClosed) << connected.error().context;
            }
            ended = true;
        };
        for (const char* scheme : {"ws", "wss", "ws"}) {
            t.peer.StaySilent();  // in the HTTP handshake, in the TLS handshake ...
            for (const Milliseconds after : {0ms, 1ms, 20ms}) {
                TaskGroup group(t.shard);
                bool ended = false;
                group.Spawn("client", client_task(t, scheme, ended));
                if (after > 0ms) co_await SleepFor(after);
                co_await group.Drain();
                EXPECT_TRUE(ended);
            }
            t.peer.PlayWebSocket({});  // ... and in a Read
            TaskGroup group(t.shard);
            bool ended = false;
            group.Spawn("client", client_task(t, "ws", ended));
            co_await SleepFor(50ms);
            co_await group.Drain();
            EXPECT_TRUE(ended);
        }
    }(*this));
}

TEST_F(WsClientTest, ExplainsAHostThatDoesNotExistOrRefuses) {
    Run([](WsClientTest& t) -> Task<> {
        WsClientOptions options = t.Options();
        options.url.host = "no-such-host.invalid";
        WsClient nowhere(std::move(options));
        const auto first = co_await nowhere.Connect();
        EXPECT_FALSE(first);
        EXPECT_THAT(first.error().context, HasSubstr("no-such-host.invalid"));

        options = t.Options();
        options.url.port = 1;
        WsClient refused(std::move(options));
        const auto second = co_await refused.Connect();
        EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
        EXPECT_THAT(second.error().context, HasSubstr("refused"));
    }(*this));
}

TEST(TlsTrust, SaysWhatIsWrongWithItsFile) {
    EXPECT_EQ(TlsTrust::FromFile("/nowhere.pem").error().code, ErrorCode::kNotFound);
    EXPECT_EQ(TlsTrust::FromFile("/dev/null").error().code, ErrorCode::kBadInput);
}

}  // namespace
}  // namespace flux::net
