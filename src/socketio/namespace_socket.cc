#include "socketio/namespace_socket.h"

#include "base/assert.h"
#include "base/random.h"
#include "socketio/connection.h"
#include "socketio/event_argument.h"
#include "socketio/packet.h"
#include "socketio/socketio_shard.h"

#include <utility>

namespace flux::socketio {
namespace {

/// 120 bits, 20 characters: as long as the reference server's.
constexpr std::size_t kIdRandomBytes = 15;

}  // namespace

struct Ack::State {
    std::weak_ptr<Socket*> socket;
    std::uint64_t id = 0;
    bool answered = false;
};

void Ack::Reply(
    std::span<const std::string_view> args, std::span<const std::string_view> attachments
) const {
    if (state_ == nullptr || std::exchange(state_->answered, true)) return;
    const std::shared_ptr<Socket*> handle = state_->socket.lock();
    if (handle == nullptr) return;
    auto& socket = static_cast<NamespaceSocket&>(**handle);
    if (socket.CanSend()) {
        socket.SendFrame(EncodeAck(socket.nsp(), state_->id, args, attachments));
    }
}

Socket* SocketRef::Get() const {
    const std::shared_ptr<Socket*> handle = socket_.lock();
    return handle == nullptr ? nullptr : *handle;
}

NamespaceSocket::NamespaceSocket(Connection& connection, Namespace& nsp, std::string sid)
    : id_(sid.empty() ? SecureRandomText(kIdRandomBytes) : std::move(sid)),
      connection_(connection),
      namespace_(nsp) {}

NamespaceSocket::~NamespaceSocket() = default;

const std::string& NamespaceSocket::nsp() const {
    return namespace_.name;
}

const net::IpAddress& NamespaceSocket::client() const {
    return connection_.session().client();
}

std::string_view NamespaceSocket::HandshakeHeader(std::string_view name) const {
    return connection_.session().HandshakeHeader(name);
}

const std::shared_ptr<Socket*>& NamespaceSocket::Self() const {
    if (self_ == nullptr && state_ != State::kLeft) {
        self_ = std::make_shared<Socket*>(const_cast<NamespaceSocket*>(this));
    }
    return self_;
}

SocketRef NamespaceSocket::Ref() const {
    SocketRef ref;
    ref.socket_ = Self();
    ref.shard_ = connection_.shard().engine().shard().id();
    return ref;
}

Ack NamespaceSocket::MakeAck(std::uint64_t id) const {
    Ack ack;
    ack.state_ = std::make_shared<Ack::State>();
    ack.state_->socket = Self();
    ack.state_->id = id;
    return ack;
}

// --- rooms ---

Result<void> NamespaceSocket::Join(std::string_view room) {
    if (state_ == State::kLeft) {
        return Error{ErrorCode::kClosed, Retry::kNever, "join a room: the client has left"};
    }
    Result<void> joined = namespace_.rooms.Join(*this, &connection_.session(), room);
    if (!joined) {
        connection_.shard().stats().joins_refused.Add();
    } else if (recovers()) {
        connection_.shard().recovery().SentOlder(*this);  // as hydration, now or soon
        connection_.shard().recovery().Changed(*this);
    }
    return joined;
}

void NamespaceSocket::Leave(std::string_view room) {
    namespace_.rooms.Leave(*this, room);
    if (recovers()) connection_.shard().recovery().Changed(*this);
}

std::vector<std::string> NamespaceSocket::Rooms() const {
    return RoomTable::RoomsOf(*this);
}

void NamespaceSocket::LeaveRooms() {
    namespace_.rooms.LeaveAll(*this);
}

// --- sending ---

bool NamespaceSocket::CanSend() const {
    // The CONNECT reply has to come first, and whether there is one is decided after OnConnect.
    FLUX_ASSERT(state_ != State::kConnecting);
    return state_ == State::kConnected;
}

void NamespaceSocket::SendFrame(const SharedFrame& frame) {
    Session& session = connection_.session();
    session.Send(connection_.shard().engine().FrameFor(session, frame));
}

void NamespaceSocket::Emit(
    std::string_view event,
    std::span<const std::string_view> args,
    std::span<const std::string_view> attachments
) {
    if (!CanSend()) return;
    const SharedFrame frame = EncodeEventPacket(nsp(), std::nullopt, event, args, attachments);
    SendFrame(recovers() ? WithoutLastString(frame) : frame);
}

void NamespaceSocket::Send(
    const SharedFrame& frame, DeliveryPolicy policy, std::uint64_t conflation_key
) {
    if (!CanSend() || frame.empty()) return;
    if (recovers()) connection_.shard().recovery().SentOlder(*this);
    Session& session = connection_.session();
    EngineShard& engine = connection_.shard().engine();
    if (recovers() && EndsInString(frame)) {
        const SharedFrame other = WithArgument(frame, "null");
        session.Deliver(engine.FrameFor(session, other), policy, conflation_key);
        return;
    }
    session.Deliver(engine.FrameFor(session, frame), policy, conflation_key);
}

void NamespaceSocket::Replay(const SharedFrame& frame) {
    FLUX_ASSERT(recovers());
    if (CanSend() && !frame.empty()) SendFrame(frame);
}

void NamespaceSocket::EmitWithAck(
    std::string_view event,
    std::span<const std::string_view> args,
    Milliseconds timeout,
    AckHandler handler,
    std::span<const std::string_view> attachments
) {
    if (!CanSend()) {
        handler(Error{ErrorCode::kClosed, Retry::kNever, "emit an event: the client has left"}, {});
        return;
    }
    Shard& shard = connection_.shard().engine().shard();
    if (acks_ == nullptr) acks_ = std::make_unique<AckTable>(shard.timers());
    if (acks_->full()) {
        connection_.shard().stats().asks_refused.Add();
        handler(
            Error{
                ErrorCode::kFull,
                Retry::kLater,
                "emit an event: the client owes too many acknowledgements already"},
            {}
        );
        return;
    }
    const std::uint64_t id = acks_->Add(std::move(handler), shard.clock().Now() + timeout);
    SendFrame(EncodeEventPacket(nsp(), id, event, args, attachments));
}

void NamespaceSocket::OnAck(
    std::uint64_t id, std::vector<std::string> arguments, std::vector<std::string> attachments
) {
    if (acks_ != nullptr) acks_->Resolve(id, std::move(arguments), std::move(attachments));
}

// --- leaving ---

void NamespaceSocket::Disconnect(DisconnectReason reason, bool close_transport) {
    FLUX_ASSERT(state_ != State::kConnecting);  // OnConnect refuses with an error
    if (state_ == State::kLeft) return;
    if (close_transport) {
        connection_.session().Close(reason);
        return;
    }
    SendFrame(EncodeDisconnect(nsp()));
    connection_.Leave(*this, reason);
}

SteadyTime NamespaceSocket::ConfirmedAt() const {
    return connection_.session().ConfirmedAt();
}

void NamespaceSocket::CloseTransport(CloseCode code) {
    connection_.session().Close(DisconnectReason::kTransportClose, code);
}

void NamespaceSocket::SetLeft() {
    state_ = State::kLeft;
    self_.reset();
    if (acks_ != nullptr) acks_->FailAll();
}

}  // namespace flux::socketio
