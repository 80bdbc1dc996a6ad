#include "socketio/echo_app.h"

#include "json/json_check.h"
#include "limits/limits.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace flux::socketio {
namespace {

constexpr Milliseconds kAskTimeout{10'000};

/// zlib compresses for no smaller a window than 9 bits; one of 8 takes what fits into it.
constexpr std::uint8_t kSmallestWindow = 8;

std::vector<std::string_view> Views(const std::vector<std::string>& texts) {
    return {texts.begin(), texts.end()};
}

class EngineEcho final : public SessionHandler {
public:
    explicit EngineEcho(Session& session)
        : session_(session) {}

    void OnMessage(bool binary, std::string_view payload) override {
        const std::array<std::string_view, 2> text{"4", payload};
        const SharedFrame frame = binary ? EncodeFrames(net::Opcode::kBinary, {&payload, 1})
                                         : EncodeFrames(net::Opcode::kText, text);
        session_.Send(session_.shard().FrameFor(session_, frame));
    }
    void OnSessionClosed(DisconnectReason) override {}

private:
    Session& session_;
};

/// One plain WebSocket. What the kernel does not take waits here, and nothing is read until it has
/// gone. Owns itself until OnClosed.
class WebSocketEcho final : public net::WebSocketHandler {
public:
    explicit WebSocketEcho(WindowDeflaters& deflaters)
        : deflaters_(deflaters) {}
    void Start(net::WebSocket& socket) { socket_ = &socket; }

    void OnMessage(net::Opcode opcode, std::string_view payload) override {
        const std::uint8_t bits = socket_->deflate_window_bits();
        const std::size_t bytes_max =
            bits > kSmallestWindow ? limits::kPayloadBytesMax : net::DeflateBytesMax(bits);
        const bool deflated = bits != 0 && payload.size() <= bytes_max;
        if (!deflated) return SendFrame(opcode, payload);
        net::Deflater& deflater = deflaters_.For(bits);
        SendFrame(opcode, deflater.Deflate(payload), true);
        deflater.Release();
    }
    void OnPing(std::string_view payload) override { SendFrame(net::Opcode::kPong, payload); }
    void OnCloseFrame(std::uint16_t code, std::string_view reason) override {
        End(code == 1005 ? std::string() : CloseBody(code, reason));
    }
    void OnFault(std::uint16_t code, std::string_view why) override { End(CloseBody(code, why)); }
    void OnWritable() override {
        Flush();
        if (!unsent_.empty()) return;
        if (ending_) {
            socket_->Close();
        } else {
            socket_->PauseReading(false);
        }
    }
    void OnClosed() override { delete this; }

private:
    static std::string CloseBody(std::uint16_t code, std::string_view reason) {
        std::string body{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
        return body.append(reason.substr(0, 123));
    }

    void End(const std::string& close_body) {
        if (ending_) return;
        SendFrame(net::Opcode::kClose, close_body);
        ending_ = true;
        if (unsent_.empty()) socket_->Close();
    }

    void SendFrame(net::Opcode opcode, std::string_view payload, bool deflated = false) {
        if (ending_) return;
        std::array<std::byte, 10> header;
        const std::size_t length = net::EncodeFrameHeader(opcode, payload.size(), header, deflated);
        unsent_.append(reinterpret_cast<const char*>(header.data()), length);
        unsent_.append(payload);
        if (!blocked_) Flush();
        if (!unsent_.empty()) socket_->PauseReading(true);
    }

    void Flush() {
        const iovec part{unsent_.data(), unsent_.size()};
        const Result<std::size_t> taken = socket_->Write({&part, 1});
        const std::size_t sent = taken ? *taken : unsent_.size();  // broken: OnClosed follows
        if (sent == unsent_.size()) {
            std::string().swap(unsent_);
        } else {
            unsent_.erase(0, sent);
        }
        blocked_ = !unsent_.empty();
    }

    WindowDeflaters& deflaters_;
    net::WebSocket* socket_ = nullptr;
    std::string unsent_;
    bool blocked_ = false;
    bool ending_ = false;
};

}  // namespace

net::Deflater& WindowDeflaters::For(std::uint8_t window_bits) {
    const int bits = std::max<int>(window_bits, kSmallestWindow + 1);
    std::unique_ptr<net::Deflater>& deflater = deflaters_[static_cast<std::size_t>(bits)];
    if (deflater == nullptr) deflater = std::make_unique<net::Deflater>(bits);
    return *deflater;
}

bool EchoApp::HasNamespace(std::string_view nsp) const {
    return nsp == "/" || nsp == "/custom";
}

Result<void> EchoApp::OnConnect(Socket& socket, std::string_view auth) {
    socket.user_data = std::make_shared<std::string>(auth);
    return {};
}

void EchoApp::OnConnected(Socket& socket) {
    const auto auth = std::static_pointer_cast<std::string>(std::move(socket.user_data));
    const std::string_view argument = *auth;
    socket.Emit("auth", {&argument, 1});
}

void EchoApp::OnEvent(Socket& socket, const Event& event) {
    if (socket.nsp() != "/") return;
    if (event.name == "message") {
        socket.Emit("message-back", event.arguments, event.attachments);
    } else if (event.name == "message-with-ack") {
        event.ack.Reply(event.arguments, event.attachments);
    } else if (event.name == "ask") {
        Ask(socket, event);
    }
}

void EchoApp::Ask(Socket& socket, const Event& event) {
    auto answer = [ref = socket.Ref(
                   )](Result<std::vector<std::string>> arguments,
                      const std::vector<std::string>& attachments) {
        Socket* asker = ref.Get();
        if (asker != nullptr && arguments) {
            asker->Emit("answer", Views(*arguments), Views(attachments));
        }
    };
    socket.EmitWithAck(
        "question", event.arguments, kAskTimeout, std::move(answer), event.attachments
    );
}

void EchoApp::OnDisconnect(Socket&, DisconnectReason) {}

std::unique_ptr<SessionHandler> EngineEchoApp::OnOpen(Session& session) {
    return std::make_unique<EngineEcho>(session);
}

std::size_t WebSocketEchoApp::BodyBytesMax(const net::HttpRequest&) const {
    return 0;
}

void WebSocketEchoApp::OnRequest(net::HttpConnection& connection, const net::HttpRequest& request) {
    auto echo = std::make_unique<WebSocketEcho>(deflaters_);
    const net::WebSocketOptions options{
        .message_bytes_max = limits::kEchoMessageBytesMax,
        .message_time_max = Milliseconds(120'000),
        .deflate = true};
    net::WebSocket* socket = connection.Upgrade(request, *echo, options);
    if (socket != nullptr) echo.release()->Start(*socket);  // it owns itself from here on
}

SocketIoOptions EchoServer::DefaultOptions() {
    SocketIoOptions options;
    options.ping_interval = Milliseconds(300);
    options.ping_timeout = Milliseconds(200);
    options.connect_timeout = Milliseconds(1'000);
    options.compression = Compression::kAll;
    return options;
}

EchoServer::EchoServer(ShardSet& shards, MetricRegistry& metrics, const SocketIoOptions& options)
    : socketio_(shards, metrics, options, [](Shard&) { return std::make_unique<EchoApp>(); }),
      engine_(
          shards,
          metrics,
          [&options] {
              SocketIoOptions engine_options = options;
              engine_options.path = "/engine.io/";
              return engine_options;
          }(),
          [](EngineShard&) { return std::make_unique<EngineEchoApp>(); }
      ) {}

std::vector<net::Mount> EchoServer::Mounts() {
    net::Mount plain{"/", [](Shard&) { return std::make_unique<WebSocketEchoApp>(); }};
    return {socketio_.Mount(), engine_.Mount(), std::move(plain)};
}

void EchoServer::Drain(DisconnectReason reason, Milliseconds window) {
    socketio_.Drain(reason, window);
    engine_.Drain(reason, window);
}

}  // namespace flux::socketio
