#include "net/server_fixture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <sys/socket.h>

namespace flux::net {
namespace {

using testing::ServerTest;
using testing::TestSocket;

/// Some progress is not enough: an answer must not be held for as long as one likes.
TEST_F(ServerTest, AReaderThatTakesTooLittleIsClosed) {
    ListenerOptions options = Loopback();
    options.body_time_max = Milliseconds(1'000);
    options.send_buffer_bytes = 4 * 1024;
    TestSocket client(Listen(options), false, 4096);
    ASSERT_TRUE(client.Send("GET /large?bytes=20000000 HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    const auto began = std::chrono::steady_clock::now();
    std::size_t taken = 0;
    EXPECT_TRUE(testing::Eventually([&] {
        const auto passed =
            std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - began);
        // 40 KB a second; 64 KiB would earn it another.
        const auto due = static_cast<std::size_t>(passed.count()) * 40;
        std::array<char, 1024> bytes;
        if (due > taken) {
            const std::size_t most = std::min(bytes.size(), due - taken);
            const auto got = ::recv(client.descriptor(), bytes.data(), most, MSG_DONTWAIT);
            if (got > 0) taken += static_cast<std::size_t>(got);
        }
        return Metric("flux_net_timed_out_total") == 1;
    }));
    EXPECT_TRUE(testing::Eventually([&] { return Metric("flux_net_connections_open") == 0; }));
}

}  // namespace
}  // namespace flux::net
