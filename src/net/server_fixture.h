// A running server for tests, with an application that shows what arrives.
#pragma once

#include "net/server.h"
#include "net/test_socket.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace flux::net::testing {

/// What the applications of all shards saw. Thread: any.
struct Seen {
    std::atomic<int> aborted{0};
    std::atomic<int> waiting{0};  ///< requests to /later that are not answered
    std::atomic<int> sockets_open{0};
    std::atomic<int> sockets_closed{0};
    std::atomic<int> last_fault{0};
    std::atomic<int> last_close{0};
    std::atomic<int> messages{0};
    std::atomic<std::size_t> bytes_unsent{0};
    std::atomic<int> writable{0};
};

/// GET /hello; POST /echo; GET /large?bytes=N; GET /later, answered by GET /release on the same
/// shard; /script?bytes=N, a wrong answer with N bytes behind it; GET /who; GET /home?shard=N,
/// handled there; /ws: an echo, in which the text "flood N" asks for N bytes, "pause" for a pause
/// in reading that GET /resume ends at once and GET /resume-late at the end of the turn.
std::unique_ptr<HttpApp> MakeTestApp(Shard& shard, Seen& seen);

class ServerTest : public ::testing::Test {
protected:
    void StartShards(std::size_t count);
    std::uint16_t Listen(ListenerOptions options = {});
    ListenerOptions Loopback() const;
    /// The sum over all samples of that name whose labels contain `label`.
    double Metric(const std::string& name, const std::string& label = {}) const;
    void TearDown() override;

    Seen seen_;
    MetricRegistry metrics_;
    std::unique_ptr<ShardSet> shards_;
    std::unique_ptr<Server> server_;
};

}  // namespace flux::net::testing
