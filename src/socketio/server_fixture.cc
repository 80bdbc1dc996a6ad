#include "socketio/server_fixture.h"

#include "base/assert.h"

#include <sstream>
#include <thread>

namespace flux::socketio::testing {
namespace {

class ScriptedApp final : public EchoApp {
public:
    explicit ScriptedApp(Script& script)
        : script_(script) {}

    Result<void> OnConnect(Socket& socket, std::string_view auth) override {
        if (script_.on_connect) return script_.on_connect(socket, auth);
        return {};
    }
    void OnConnected(Socket& socket) override {
        if (script_.on_connected) script_.on_connected(socket);
    }
    void OnEvent(Socket& socket, const Event& event) override {
        if (script_.on_event) script_.on_event(socket, event);
    }
    void OnDisconnect(Socket& socket, DisconnectReason reason) override {
        if (script_.on_disconnect) script_.on_disconnect(socket, reason);
    }
    void OnDelivery(const Delivery& delivery) override {
        if (script_.on_delivery) script_.on_delivery(delivery);
    }
    void OnMissed(std::uint64_t entries) override {
        if (script_.on_missed) script_.on_missed(entries);
    }

private:
    Script& script_;
};

}  // namespace

TestServer::TestServer(const Options& options)
    : shards_(options.shards, SystemClock::Instance()) {
    shards_.Start();
    socketio_ = std::make_unique<SocketIoServer>(
        shards_,
        metrics_,
        options.socketio,
        [script = options.script,
         make_app = options.make_app](Shard& shard) -> std::unique_ptr<SocketIoApp> {
            if (make_app) return make_app(shard);
            if (script == nullptr) return std::make_unique<EchoApp>();
            return std::make_unique<ScriptedApp>(*script);
        },
        options.make_archive
    );
    SocketIoOptions engine_options = options.socketio;
    engine_options.path = "/engine.io/";
    engine_ = std::make_unique<EngineServer>(shards_, metrics_, engine_options, [](EngineShard&) {
        return std::make_unique<EngineEchoApp>();
    });
    listeners_ = std::make_unique<net::Server>(shards_, metrics_, "test");
    net::ListenerOptions listener;
    listener.name = "test";
    listener.addresses = {"127.0.0.1"};
    listener.send_buffer_bytes = options.send_buffer_bytes;
    listener.trusted_proxies = net::NetworkList::Parse(options.trusted_proxies).value();
    net::Mount plain{"/", [](Shard&) { return std::make_unique<WebSocketEchoApp>(); }};
    port_ = listeners_->Listen(std::move(listener), {socketio_->Mount(), engine_->Mount(), plain})
                .value();
}

TestServer::~TestServer() {
    listeners_->Stop();
    engine_.reset();
    socketio_.reset();
}

double TestServer::Metric(const std::string& name, const std::string& label) const {
    double sum = 0;
    std::istringstream lines(metrics_.Scrape());
    for (std::string line; std::getline(lines, line);) {
        if (line.rfind("flux_" + name + "{", 0) != 0) continue;
        if (line.find(label) == std::string::npos) continue;
        sum += std::stod(line.substr(line.rfind(' ') + 1));
    }
    return sum;
}

bool TestServer::Eventually(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::yield();
    }
    return true;
}

void TestServer::On(ShardId shard, const std::function<void()>& work) {
    shards_.OnEachShard([&](Shard& each) {
        if (each.id() == shard) work();
    });
}

Script JoinR() {
    Script script;
    script.on_connect = [](Socket& socket, std::string_view) -> Result<void> {
        return socket.Join("r");
    };
    return script;
}

TestServer::Options With(std::size_t shards, Script& script, SocketIoOptions socketio) {
    TestServer::Options options;
    options.shards = shards;
    options.script = &script;
    options.socketio = std::move(socketio);
    return options;
}

std::unique_ptr<RawWebSocket> Joined(
    std::uint16_t port, std::string_view nsp, std::string_view headers, int receive_buffer_bytes
) {
    auto client = std::make_unique<RawWebSocket>(port, kSocket, headers, receive_buffer_bytes);
    FLUX_ASSERT(client->status() == 101);
    FLUX_ASSERT(client->Text().front() == '0');
    client->SendText(nsp == "/" ? "40" : "40" + std::string(nsp) + ",");
    FLUX_ASSERT(client->TextPastPings().starts_with("40"));
    return client;
}

}  // namespace flux::socketio::testing
