// A server whose sessions recover, and clients that lose their connections. Test code only.
#pragma once

#include "socketio/memory_archive.h"
#include "socketio/server_fixture.h"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flux::socketio::testing {

/// Keeps every recoverable broadcast of its shard; offsets are counts, from 1 on. A client is in
/// room "r" from the beginning and says with events what should happen to it.
class LogApp final : public SocketIoApp {
public:
    struct Seen {
        std::mutex mutex;
        std::vector<std::string> auths;      // what OnConnect was given
        std::vector<std::string> recovered;  // sids
        std::vector<std::string> left;       // sids
        bool refuse = false;
        std::size_t state_bytes = 0;  // of each session, besides

        void SetStateBytes(std::size_t bytes) {
            const std::lock_guard lock(mutex);
            state_bytes = bytes;
        }
    };
    explicit LogApp(Seen& seen)
        : seen_(seen) {}

    bool HasNamespace(std::string_view nsp) const override { return nsp == "/" || nsp == "/b"; }
    Result<void> OnConnect(Socket& socket, std::string_view auth) override;
    void OnConnected(Socket& socket) override;
    void OnEvent(Socket& socket, const Event& event) override;
    void OnDisconnect(Socket& socket, DisconnectReason reason) override;
    void OnDelivery(const Delivery& delivery) override;
    std::string Bookmark() override { return std::to_string(newest_); }
    std::string Suspend(Socket& socket) override {
        const std::lock_guard lock(seen_.mutex);
        return "state of " + socket.id() + std::string(seen_.state_bytes, ' ');
    }
    RecoveryVerdict Judge(const KeptSession& session, const std::optional<std::string>& offset)
        override;
    void OnRecovered(
        Socket& socket, const KeptSession& session, const std::optional<std::string>& offset
    ) override;

private:
    struct Entry {
        std::uint64_t offset;
        std::string room;
        SharedFrame frame;
    };
    Seen& seen_;
    std::vector<Entry> log_;
    std::uint64_t newest_ = 0;
};

/// A WebSocket client that has joined "/" and behaves as the official one: remembers its private id
/// and the last string that an event ended in.
class RecoveringClient {
public:
    /// `auth`: the application's own, merged over `pid` and `offset` of `before`.
    explicit RecoveringClient(
        std::uint16_t port,
        const RecoveringClient* before = nullptr,
        std::string_view auth = R"("recover":true)"
    );
    /// Sends this CONNECT instead.
    static std::unique_ptr<RecoveringClient> With(std::uint16_t port, std::string_view connect);

    /// The next event's JSON array; "" when none came.
    std::string Event();
    void Emit(std::string_view array) { socket_.SendText("42" + std::string(array)); }
    /// Emits `array` and reads up to the answer to it, which the server sends behind all before.
    void EmitAndWait(std::string_view array);
    /// Goes away without a word.
    void Cut() { socket_.socket().Close(); }
    RawWebSocket& socket() { return socket_; }

    std::string reply;  ///< to CONNECT
    std::string sid;
    std::string pid;
    std::optional<std::string> offset;

private:
    explicit RecoveringClient(std::uint16_t port, const std::string& connect);
    RawWebSocket socket_;
};

class RecoveryTest : public ::testing::Test {
protected:
    TestServer::Options Options(std::size_t shards = 1);
    void Start(const TestServer::Options& options);
    void Start(std::size_t shards = 1) { Start(Options(shards)); }

    /// A recoverable broadcast of event "e" with {"n":N}, to `room`.
    void Post(std::string_view room, int number) { Post(*server_, room, number); }
    void Post(TestServer& server, std::string_view room, int number);
    static std::string EventOf(int number, std::uint64_t offset);
    /// What the application was given last.
    std::string LastAuth();
    double Outcome(std::string_view name) const;
    void AwaitKept(double sessions);
    /// Waits until nobody is connected and no letter about a session is under way any more.
    void AwaitSettled();

    LogApp::Seen seen_;
    std::uint64_t posted_ = 0;
    std::unique_ptr<TestServer> server_;
};

}  // namespace flux::socketio::testing
