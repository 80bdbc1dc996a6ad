#include "limits/limits.h"
#include "net/server_fixture.h"

#include <gtest/gtest.h>

#include <string>

namespace flux::net {
namespace {

using testing::Eventually;
using testing::ServerTest;
using testing::TestSocket;

using LingeringSocketTest = ServerTest;

TEST_F(LingeringSocketTest, WhoSendsOnAfterItsRefusalIsCutOff) {
    const std::uint16_t port = Listen();
    const std::string head =
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n";
    const std::string more(limits::kLingerBytesMax / 4, 'm');
    // A machine that is busy may take longer for them than the peer is waited for: then again.
    EXPECT_TRUE(Eventually([&] {
        TestSocket client(port);
        EXPECT_EQ(client.Ask(head).status, 413);
        while (client.Send(more)) {
        }
        return Metric("flux_net_lingering_cut_total") > 0;
    }));
    EXPECT_TRUE(Eventually([&] { return Metric("flux_net_lingering") == 0; }));
}

}  // namespace
}  // namespace flux::net
