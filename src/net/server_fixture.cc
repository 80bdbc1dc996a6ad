#include "net/server_fixture.h"

#include <cstring>
#include <deque>
#include <list>
#include <sstream>

namespace flux::net::testing {
namespace {

/// Sends back what it hears, queueing what the socket does not take.
class EchoSocket final : public WebSocketHandler {
public:
    EchoSocket(Seen& seen, std::function<void(EchoSocket&)> forget)
        : seen_(seen),
          forget_(std::move(forget)) {
        ++seen_.sockets_open;
    }

    WebSocket* socket = nullptr;

    void OnMessage(Opcode opcode, std::string_view payload) override {
        ++seen_.messages;
        if (payload.starts_with("flood ")) {
            const std::size_t bytes = std::stoul(std::string(payload.substr(6)));
            return SendFrame(opcode, std::string(bytes, 'f'));
        }
        if (payload == "pause") socket->PauseReading(true);
        if (payload == "close") {
            SendFrame(Opcode::kText, "closing");
            return socket->Close();
        }
        SendFrame(opcode, payload);
    }
    void OnPing(std::string_view payload) override { SendFrame(Opcode::kPong, payload); }
    void OnCloseFrame(std::uint16_t code, std::string_view) override {
        seen_.last_close = code;
        SendClose(code == 1005 ? 1000 : code);
    }
    void OnFault(std::uint16_t code, std::string_view) override {
        seen_.last_fault = code;
        SendClose(code);
    }
    void OnWritable() override {
        ++seen_.writable;
        Flush();
    }
    void OnClosed() override {
        ++seen_.sockets_closed;
        --seen_.sockets_open;
        forget_(*this);
    }

private:
    void SendClose(std::uint16_t code) {
        const char bytes[]{static_cast<char>(code >> 8), static_cast<char>(code)};
        SendFrame(Opcode::kClose, {bytes, sizeof bytes});
        socket->Close();
    }
    void SendFrame(Opcode opcode, std::string_view payload) {
        std::array<std::byte, 10> header;
        const std::size_t size = EncodeFrameHeader(opcode, payload.size(), header);
        unsent_.append(reinterpret_cast<const char*>(header.data()), size);
        unsent_.append(payload);
        Flush();
    }
    void Flush() {
        if (unsent_.empty()) return;
        const iovec part{unsent_.data(), unsent_.size()};
        const Result<std::size_t> taken = socket->Write({&part, 1});
        if (taken) unsent_.erase(0, *taken);
        seen_.bytes_unsent = unsent_.size();
    }

    Seen& seen_;
    std::function<void(EchoSocket&)> forget_;
    std::string unsent_;
};

class TestApp final : public HttpApp, public TurnHook {
public:
    TestApp(Shard& shard, Seen& seen)
        : shard_(shard),
          seen_(seen) {
        shard_.AddTurnHook(*this);  // after net's own
    }
    ~TestApp() override { shard_.RemoveTurnHook(*this); }

    void AtTurnEnd() override {
        if (std::exchange(resume_late_, false)) Resume();
    }

    std::size_t BodyBytesMax(const HttpRequest&) const override { return 100'000; }

    std::optional<ShardId> HomeOf(const HttpRequest& head) const override {
        bool found = false;
        const std::string shard = head.QueryParameter("shard", &found);
        if (!found) return std::nullopt;
        return ShardId(static_cast<std::uint16_t>(std::stoi(shard)));
    }

    void OnRequest(HttpConnection& connection, const HttpRequest& request) override {
        if (request.path == "/later") return Wait(connection);
        if (request.path == "/release") Release();
        if (request.path == "/resume") Resume();
        if (request.path == "/resume-late") resume_late_ = true;
        if (request.path.starts_with("/ws")) return Upgrade(connection, request);
        if (request.path == "/echo") {
            return connection.Respond(HttpResponse::Text(200, request.body));
        }
        if (request.path == "/large") {
            const std::size_t bytes = std::stoul(request.QueryParameter("bytes"));
            return connection.Respond(HttpResponse::Text(200, std::string(bytes, 'x')));
        }
        if (request.path == "/script") return Script(connection, request);
        if (request.path == "/who") {
            const std::string who = request.client.ToString() + (request.secure ? " secure" : "");
            return connection.Respond(HttpResponse::Text(200, who));
        }
        connection.Respond(HttpResponse::Text(200, "shard " + std::to_string(shard_.id().value())));
    }

private:
    static void Script(HttpConnection& connection, const HttpRequest& request) {
        WireScript script;
        script.steps.push_back({Milliseconds(0), "HTTP/1.1 200 OK\r\n"});
        script.steps.push_back({Milliseconds(20), "Content-Length: 10\r\n\r\nhalf"});
        const std::size_t bytes = std::stoul(request.QueryParameter("bytes"));
        script.steps.push_back({Milliseconds(0), std::string(bytes, 'x')});
        script.reset = !request.QueryParameter("reset").empty();
        connection.RespondScripted(std::move(script));
    }

    void Wait(HttpConnection& connection) {
        ++seen_.waiting;
        waiting_.push_back(&connection);
        connection.OnAborted([this, &connection] {
            std::erase(waiting_, &connection);
            --seen_.waiting;
            ++seen_.aborted;
        });
    }
    void Release() {
        for (HttpConnection* connection : waiting_) {
            --seen_.waiting;
            connection->Respond(HttpResponse::Text(200, "released"));
        }
        waiting_.clear();
    }
    void Resume() {
        for (EchoSocket& socket : sockets_)
            socket.socket->PauseReading(false);
    }
    void Upgrade(HttpConnection& connection, const HttpRequest& request) {
        EchoSocket& handler = sockets_.emplace_back(seen_, [this](EchoSocket& closed) {
            sockets_.remove_if([&](const EchoSocket& socket) { return &socket == &closed; });
        });
        WebSocketOptions options;
        options.message_time_max = Milliseconds(300);
        options.deflate = true;
        handler.socket = connection.Upgrade(request, handler, options);
        if (handler.socket == nullptr) {
            --seen_.sockets_open;
            sockets_.pop_back();
        }
    }

    Shard& shard_;
    Seen& seen_;
    std::vector<HttpConnection*> waiting_;
    std::list<EchoSocket> sockets_;
    bool resume_late_ = false;
};

}  // namespace

std::unique_ptr<HttpApp> MakeTestApp(Shard& shard, Seen& seen) {
    return std::make_unique<TestApp>(shard, seen);
}

void ServerTest::StartShards(std::size_t count) {
    shards_ = std::make_unique<ShardSet>(count, SystemClock::Instance());
    shards_->Start();
    server_ = std::make_unique<Server>(*shards_, metrics_, "test");
}

ListenerOptions ServerTest::Loopback() const {
    ListenerOptions options;
    options.name = "test";
    options.addresses = {"127.0.0.1"};
    return options;
}

std::uint16_t ServerTest::Listen(ListenerOptions options) {
    if (shards_ == nullptr) StartShards(1);
    if (options.addresses.empty()) options = Loopback();
    const auto make = [this](Shard& shard) { return MakeTestApp(shard, seen_); };
    const Result<std::uint16_t> port = server_->Listen(std::move(options), {Mount{"/", make}});
    EXPECT_TRUE(port) << (port ? "" : port.error().context);
    return port ? *port : std::uint16_t{0};
}

double ServerTest::Metric(const std::string& name, const std::string& label) const {
    std::istringstream lines(metrics_.Scrape());
    std::string line;
    double sum = 0;
    while (std::getline(lines, line)) {
        const std::size_t end = line.find_first_of("{ ");
        if (line.starts_with('#') || line.substr(0, end) != name) continue;
        if (line.find(label) == std::string::npos) continue;
        sum += std::stod(line.substr(line.rfind(' ') + 1));
    }
    return sum;
}

void ServerTest::TearDown() {
    if (server_ != nullptr) server_->Stop();
    EXPECT_EQ(seen_.sockets_open, 0) << "a WebSocket's owner was not told of its end";
    server_.reset();
    if (shards_ != nullptr) shards_->Stop();
}

}  // namespace flux::net::testing
