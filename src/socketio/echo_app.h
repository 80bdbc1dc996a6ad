// The echo application: what protocol conformance suites talk to.
#pragma once

#include "net/server.h"
#include "socketio/engine_server.h"
#include "socketio/socketio_server.h"

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace flux::socketio {

/// Socket.IO echo on the namespaces "/" and "/custom". On connection to either it emits `auth` with
/// the handshake's auth payload. On "/": `message` -> `message-back` with the same arguments;
/// `message-with-ack` -> acknowledges with the same arguments; `ask` -> emits `question` with the
/// same arguments, asks for an acknowledgement, then emits `answer` with what was acknowledged.
class EchoApp : public SocketIoApp {
public:
    bool HasNamespace(std::string_view nsp) const override;
    Result<void> OnConnect(Socket& socket, std::string_view auth) override;
    void OnConnected(Socket& socket) override;
    void OnEvent(Socket& socket, const Event& event) override;
    void OnDisconnect(Socket& socket, DisconnectReason reason) override;

private:
    void Ask(Socket& socket, const Event& event);
};

/// Engine.IO echo: each message comes back unchanged.
class EngineEchoApp final : public EngineApp {
public:
    std::unique_ptr<SessionHandler> OnOpen(Session& session) override;
};

/// One deflater for each size of window that a client asked for, made when it is needed.
class WindowDeflaters {
public:
    net::Deflater& For(std::uint8_t window_bits);

private:
    std::array<std::unique_ptr<net::Deflater>, 16> deflaters_;
};

/// Plain WebSocket echo: any upgrade is taken, each message comes back unchanged, compressed when
/// the client agreed to that and it is no larger than Engine.IO allows, whether that pays or not.
class WebSocketEchoApp final : public net::HttpApp {
public:
    std::size_t BodyBytesMax(const net::HttpRequest& head) const override;
    void OnRequest(net::HttpConnection& connection, const net::HttpRequest& request) override;

private:
    WindowDeflaters deflaters_;
};

/// All three on one listener: Socket.IO under `options.path`, Engine.IO under /engine.io/, plain
/// WebSockets everywhere else. Thread and lifetime as SocketIoServer's.
class EchoServer {
public:
    /// What the suites assume: ping every 300 ms, pong within 200 ms, CONNECT within a second.
    static SocketIoOptions DefaultOptions();

    EchoServer(ShardSet& shards, MetricRegistry& metrics, const SocketIoOptions& options);

    std::vector<net::Mount> Mounts();

    /// Closes all sessions, both servers' one after the other (see SocketIoServer::Drain).
    void Drain(DisconnectReason reason, Milliseconds window);

private:
    SocketIoServer socketio_;
    EngineServer engine_;
};

}  // namespace flux::socketio
