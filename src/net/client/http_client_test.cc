#include "net/client/http_client.h"

#include "net/client/client_rig.h"

#include <gmock/gmock.h>

namespace flux::net {
namespace {

using ::testing::HasSubstr;
using testing::MakeCertificate;
using ::testing::Not;
using ::testing::StartsWith;
using testing::TestCertificate;

class HttpClientTest : public testing::ClientRig {
public:
    HttpGetRequest Request(const std::string& scheme = "http") {
        HttpGetRequest request;
        request.base = BaseUrl(scheme, "/api/v1");
        request.endpoint = "/products?key=hush";
        request.user_agent = "flux-test";
        request.time_max = 5s;
        return request;
    }

    /// One GET; the test's thread runs the shard meanwhile.
    Result<HttpReply> Get(HttpGetRequest request) {
        Result<HttpReply> reply = Error();
        Run([](HttpGetRequest wanted, Result<HttpReply>& out) -> Task<> {
            out = co_await HttpGet(std::move(wanted));
        }(std::move(request), reply));
        return reply;
    }
};

TEST_F(HttpClientTest, GetsABodyWithItsHeaders) {
    peer.AnswerRaw("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX-Limit: 9\r\n\r\n[{}]", false);
    const auto reply = Get(Request());
    ASSERT_TRUE(reply) << reply.error().context;
    EXPECT_EQ(reply->status, 200);
    EXPECT_EQ(reply->body, "[{}]");
    EXPECT_EQ(reply->Header("x-LIMIT"), "9");
    EXPECT_EQ(reply->Header("absent"), "");
    ASSERT_EQ(peer.heard().size(), 1u);
    const std::string& head = peer.heard()[0];
    EXPECT_THAT(head, StartsWith("GET /api/v1/products?key=hush HTTP/1.1\r\n"));
    EXPECT_THAT(head, HasSubstr("Host: 127.0.0.1:" + std::to_string(peer.port()) + "\r\n"));
    EXPECT_THAT(head, HasSubstr("User-Agent: flux-test\r\n"));
}

TEST_F(HttpClientTest, GetsOverTls) {
    const TestCertificate certificate = MakeCertificate("127.0.0.1");
    peer.UseTls(certificate);
    peer.AnswerRaw("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", false);
    HttpGetRequest request = Request("https");
    request.trust = TrustIn(certificate);
    const auto reply = Get(std::move(request));
    ASSERT_TRUE(reply) << reply.error().context;
    EXPECT_EQ(reply->body, "ok");
}

TEST_F(HttpClientTest, RefusesACertificateNobodySigned) {
    peer.UseTls(MakeCertificate("127.0.0.1"));
    peer.AnswerRaw("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", false);
    const auto reply = Get(Request("https"));
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, ErrorCode::kUnavailable);
    EXPECT_TRUE(std::none_of(peer.heard().begin(), peer.heard().end(), [](const auto& heard) {
        return heard.find("GET") != std::string::npos;
    }));
}

TEST_F(HttpClientTest, ReturnsErrorsAndRedirectsAsTheyAre) {
    peer.AnswerRaw("HTTP/1.1 429 No\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n", true);
    const auto reply = Get(Request());
    ASSERT_TRUE(reply) << reply.error().context;
    EXPECT_EQ(reply->status, 429);
    EXPECT_EQ(reply->Header("Retry-After"), "3");
}

TEST_F(HttpClientTest, DoesNotFollowARedirect) {
    peer.AnswerRaw(
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", true
    );
    const auto reply = Get(Request());
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 302);
    EXPECT_EQ(peer.heard().size(), 1u);
}

TEST_F(HttpClientTest, CapsTheBodyWhateverItsLengthSays) {
    HttpGetRequest request = Request();
    request.body_bytes_max = 10;
    peer.AnswerRaw("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n01234567890", true);
    const auto announced = Get(std::move(request));
    ASSERT_FALSE(announced);
    EXPECT_EQ(announced.error().code, ErrorCode::kTooLarge);
}

TEST_F(HttpClientTest, CapsAChunkedBody) {
    HttpGetRequest request = Request();
    request.body_bytes_max = 10;
    peer.AnswerRaw(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
        "chunked\r\n\r\n8\r\n01234567\r\n8\r\n01234567\r\n0\r\n\r\n",
        true
    );
    const auto chunked = Get(std::move(request));
    ASSERT_FALSE(chunked);
    EXPECT_EQ(chunked.error().code, ErrorCode::kTooLarge);
}

TEST_F(HttpClientTest, TakesACutBodyForAFailure) {
    peer.AnswerRaw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ncut", true);
    const auto reply = Get(Request());
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, ErrorCode::kUnavailable);
    EXPECT_THAT(reply.error().context, Not(HasSubstr("hush")));  // the key is in the endpoint
}

TEST_F(HttpClientTest, TakesWhatIsNoHttpForBadInput) {
    peer.AnswerRaw("SSH-2.0-OpenSSH_9.2\r\n\r\n", true);
    const auto reply = Get(Request());
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, ErrorCode::kBadInput) << reply.error().context;
}

TEST_F(HttpClientTest, RefusesABodyThatWasCompressedUnasked) {
    peer.AnswerRaw(
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b", true
    );
    const auto reply = Get(Request());
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, ErrorCode::kBadInput);
}

TEST_F(HttpClientTest, GivesUpInTime) {
    peer.StaySilent();
    HttpGetRequest request = Request();
    request.time_max = 100ms;
    const auto reply = Get(std::move(request));
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, ErrorCode::kTimeout);
}

}  // namespace
}  // namespace flux::net
