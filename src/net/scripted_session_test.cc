// Answers written byte by byte, as their peer meets them.
#include "net/server_fixture.h"

#include <gtest/gtest.h>

namespace flux::net {
namespace {

using testing::ServerTest;
using testing::TestSocket;

using ScriptedSessionTest = ServerTest;

constexpr std::size_t kHeadBytes = 43;
constexpr std::string_view kLarge = "GET /script?bytes=4000000 HTTP/1.1\r\nHost: localhost\r\n\r\n";
constexpr std::size_t kLargeBytes = kHeadBytes + 4'000'000;

TEST_F(ScriptedSessionTest, SendsWhatItIsGivenAndEnds) {
    TestSocket socket(Listen());
    ASSERT_TRUE(socket.Send("GET /script?bytes=4 HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    EXPECT_EQ(socket.Read(kHeadBytes + 4), "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalfxxxx");
    EXPECT_TRUE(socket.ReadsEnd());
}

TEST_F(ScriptedSessionTest, EndsWithAReset) {
    TestSocket socket(Listen());
    ASSERT_TRUE(socket.Send("GET /script?bytes=0&reset=1 HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    EXPECT_TRUE(socket.ReadsEnd());
}

TEST_F(ScriptedSessionTest, WaitsForAReaderAndGoesOn) {
    const std::uint16_t port = Listen();
    TestSocket slow(port, false, 4096);
    ASSERT_TRUE(slow.Send(kLarge));
    EXPECT_EQ(TestSocket(port).Get("/hello").status, 200);  // meanwhile others are served
    EXPECT_EQ(slow.Read(kLargeBytes).size(), kLargeBytes);
    EXPECT_TRUE(slow.ReadsEnd());
}

TEST_F(ScriptedSessionTest, EndsWithItsPeerAndWithItsServer) {
    const std::uint16_t port = Listen();
    {
        TestSocket leaving(port, false, 4096);
        ASSERT_TRUE(leaving.Send(kLarge));
        EXPECT_EQ(leaving.Read(10).size(), 10u);
    }
    TestSocket staying(port, false, 4096);
    ASSERT_TRUE(staying.Send(kLarge));
    EXPECT_EQ(staying.Read(10).size(), 10u);
    server_->Stop();
    EXPECT_LT(staying.Read(kLargeBytes).size(), kLargeBytes - 10);
}

}  // namespace
}  // namespace flux::net
