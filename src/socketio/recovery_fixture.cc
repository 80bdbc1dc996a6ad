#include "socketio/recovery_fixture.h"

#include "json/json_check.h"
#include "json/json_fields.h"
#include "socketio/packet.h"

#include <array>
#include <fmt/format.h>

namespace flux::socketio::testing {
namespace {

std::optional<std::uint64_t> NumberIn(std::string_view text) {
    if (text.empty() || text.size() > 18) return std::nullopt;
    std::uint64_t number = 0;
    for (const char digit : text) {
        if (digit < '0' || digit > '9') return std::nullopt;
        number = number * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    return number;
}

std::string MemberOf(std::string_view object, std::string_view name) {
    const auto value = json::Member(object, name);
    return value ? json::AsString(*value).value_or("") : "";
}

}  // namespace

// --- LogApp ---

Result<void> LogApp::OnConnect(Socket& socket, std::string_view auth) {
    const std::lock_guard lock(seen_.mutex);
    seen_.auths.emplace_back(auth);
    if (seen_.refuse) return Error{ErrorCode::kPermission, Retry::kNever, "not today"};
    return socket.Join("r");
}

void LogApp::OnConnected(Socket& socket) {
    const std::array<std::string_view, 1> argument{"{}"};
    socket.Emit("hello", argument);
}

void LogApp::OnEvent(Socket& socket, const Event& event) {
    const std::string room =
        event.arguments.empty() ? "" : json::AsString(event.arguments.front()).value_or("");
    if (event.name == "join") (void)socket.Join(room);
    if (event.name == "leave") socket.Leave(room);
    if (event.name == "quit") return socket.Disconnect(DisconnectReason::kServerDisconnect, false);
    if (event.name == "kick") return socket.Disconnect(DisconnectReason::kKicked, true);
    if (event.name == "slow") return socket.Disconnect(DisconnectReason::kSlow, true);
    if (event.name == "echo") return socket.Emit("echo", event.arguments, event.attachments);
    if (event.name == "ask") {
        socket.EmitWithAck("ask", event.arguments, Milliseconds(1'000), [](auto&&...) {}, {});
    }
    event.ack.Reply({});
}

void LogApp::OnDisconnect(Socket& socket, DisconnectReason) {
    const std::lock_guard lock(seen_.mutex);
    seen_.left.push_back(socket.id());
}

void LogApp::OnDelivery(const Delivery& delivery) {
    if (delivery.offset.empty()) return;
    newest_ = NumberIn(delivery.offset).value();
    log_.push_back({newest_, delivery.room, delivery.offset_frame});
}

RecoveryVerdict LogApp::Judge(
    const KeptSession& session, const std::optional<std::string>& offset
) {
    const std::uint64_t begin = NumberIn(session.begin).value();
    if (!offset) return RecoveryVerdict::kRecovered;
    const auto number = NumberIn(*offset);
    if (!number) return RecoveryVerdict::kBadOffset;
    if (*number < begin) return RecoveryVerdict::kBeforeBegin;
    return *number > newest_ ? RecoveryVerdict::kLater : RecoveryVerdict::kRecovered;
}

void LogApp::OnRecovered(
    Socket& socket, const KeptSession& session, const std::optional<std::string>& offset
) {
    {
        const std::lock_guard lock(seen_.mutex);
        seen_.recovered.push_back(socket.id());
    }
    EXPECT_TRUE(session.state.starts_with("state of " + socket.id()));
    const std::uint64_t from = NumberIn(offset.value_or(session.begin)).value();
    for (const Entry& entry : log_) {
        for (const std::string& room : session.rooms) {
            if (entry.offset > from && entry.room == room) socket.Replay(entry.frame);
        }
    }
}

// --- RecoveringClient ---

namespace {

std::string ConnectOf(const RecoveringClient* before, std::string_view auth) {
    std::string members;
    if (before != nullptr && !before->pid.empty()) {
        members = R"("pid":")" + before->pid + '"';
        if (before->offset) members += R"(,"offset":)" + json::Quote(*before->offset);
        if (!auth.empty()) members += ',';
    }
    return "40{" + members + std::string(auth) + '}';
}

}  // namespace

RecoveringClient::RecoveringClient(std::uint16_t port, const std::string& connect)
    : socket_(port, kSocket) {
    EXPECT_EQ(socket_.Text().front(), '0');
    socket_.SendText(connect);
    reply = socket_.TextPastPings();
    if (!reply.starts_with("40{")) return;
    const std::string_view object = std::string_view(reply).substr(2);
    sid = MemberOf(object, "sid");
    pid = MemberOf(object, "pid");
}

RecoveringClient::RecoveringClient(
    std::uint16_t port, const RecoveringClient* before, std::string_view auth
)
    : RecoveringClient(port, ConnectOf(before, auth)) {
    if (before != nullptr) offset = before->offset;
}

std::unique_ptr<RecoveringClient> RecoveringClient::With(
    std::uint16_t port, std::string_view connect
) {
    return std::unique_ptr<RecoveringClient>(new RecoveringClient(port, std::string(connect)));
}

std::string RecoveringClient::Event() {
    const std::string text = socket_.TextPastPings();
    if (!text.starts_with("42[")) return "";
    std::string array = text.substr(2);
    std::string_view last;
    for (json::ArrayReader items(array); items.Next();)
        last = items.value();
    if (const auto string = json::AsString(last); string && !pid.empty()) offset = *string;
    return array;
}

void RecoveringClient::EmitAndWait(std::string_view array) {
    socket_.SendText("427" + std::string(array));
    for (std::string text = socket_.TextPastPings(); !text.empty() && !text.starts_with("437[");)
        text = socket_.TextPastPings();
}

// --- RecoveryTest ---

TestServer::Options RecoveryTest::Options(std::size_t shards) {
    TestServer::Options options;
    options.shards = shards;
    options.make_app = [this](Shard&) { return std::make_unique<LogApp>(seen_); };
    return options;
}

void RecoveryTest::Start(const TestServer::Options& options) {
    server_ = std::make_unique<TestServer>(options);
}

void RecoveryTest::Post(TestServer& server, std::string_view room, int number) {
    const std::string argument = fmt::format(R"({{"n":{}}})", number);
    const std::array<std::string_view, 1> arguments{argument};
    Delivery delivery;
    delivery.room = room;
    delivery.frame = EncodeEvent("/", "e", arguments);
    delivery.offset = std::to_string(++posted_);
    server.socketio().Broadcast(std::move(delivery));
}

std::string RecoveryTest::EventOf(int number, std::uint64_t offset) {
    return fmt::format(R"(["e",{{"n":{}}},"{}"])", number, offset);
}

std::string RecoveryTest::LastAuth() {
    const std::lock_guard lock(seen_.mutex);
    return seen_.auths.back();
}

double RecoveryTest::Outcome(std::string_view name) const {
    return server_->Metric("socketio_recoveries_total", "outcome=\"" + std::string(name) + "\"");
}

void RecoveryTest::AwaitKept(double sessions) {
    ASSERT_TRUE(TestServer::Eventually([&] {
        return server_->Metric("socketio_recovery_kept", "path=\"/socket.io/\"") == sessions;
    }));
}

void RecoveryTest::AwaitSettled() {
    ASSERT_TRUE(TestServer::Eventually([&] {
        return server_->Metric("socketio_sessions", "path=\"/socket.io/\"") == 0;
    }));
    // A claim is three letters, each posted when the one before it is read: to the session's shard,
    // back with the session, and back with it again because its connection has gone.
    for (int letter = 0; letter < 4; ++letter)
        server_->shards().OnEachShard([](Shard&) {});
}

}  // namespace flux::socketio::testing
