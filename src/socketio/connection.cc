#include "socketio/connection.h"

#include "base/assert.h"
#include "limits/limits.h"
#include "socketio/recovery_auth.h"
#include "socketio/socketio_shard.h"

#include <utility>

namespace flux::socketio {

Connection::Connection(SocketIoShard& shard, Session& session)
    : shard_(shard),
      session_(session) {
    const EngineShard& engine = shard.engine();
    session.SetHandlerDeadline(
        shard.engine().shard().clock().Now() + engine.options().connect_timeout
    );
}

Connection::~Connection() {
    FLUX_ASSERT(sockets_ == nullptr);
}

void Connection::Fault(std::string_view why) {
    session_.Close(DisconnectReason::kTransportError, ProtocolFault(why));
}

NamespaceSocket* Connection::Find(std::string_view nsp) const {
    NamespaceSocket* socket = sockets_.get();
    while (socket != nullptr && socket->nsp() != nsp)
        socket = socket->next_.get();
    return socket;
}

void Connection::Send(const SharedFrame& frame) {
    session_.Send(shard_.engine().FrameFor(session_, frame));
}

// --- receiving ---

void Connection::OnMessage(bool binary, std::string_view payload) {
    if (binary) {
        OnAttachment(payload);
    } else if (reassembly_ != nullptr) {
        Fault("text while attachments are awaited");
    } else {
        OnText(payload);
    }
}

void Connection::OnText(std::string_view text) {
    if (text.starts_with('5') || text.starts_with('6')) {
        StartReassembly(text);
        return;
    }
    const Result<Packet> packet = ParsePacket(text);
    if (packet) {
        Dispatch(*packet, {});
    } else {
        Fault(packet.error().context);
    }
}

void Connection::StartReassembly(std::string_view text) {
    EngineShard& engine = shard_.engine();
    auto reassembly = std::make_unique<Reassembly>(engine.shared(), session_.client());
    reassembly->text = text;
    const Result<Packet> packet = ParsePacket(reassembly->text);
    if (!packet) {
        Fault(packet.error().context);
    } else if (packet->attachments == 0) {
        Dispatch(*packet, {});
    } else if (Find(packet->nsp) == nullptr) {
        Fault("an event for a namespace that was not joined");
    } else if (!reassembly->Spend(text.size())) {
        session_.CloseOver(Budget::kReassemblyBytes);
    } else {
        reassembly->packet = *packet;
        reassembly_ = std::move(reassembly);
        session_.SetHandlerDeadline(
            engine.shard().clock().Now() + engine.options().reassembly_time_max
        );
    }
}

void Connection::OnAttachment(std::string_view payload) {
    if (reassembly_ == nullptr) {
        Fault("binary without a packet that announces it");
        return;
    }
    if (!reassembly_->Spend(payload.size())) {
        session_.CloseOver(Budget::kReassemblyBytes);
        return;
    }
    reassembly_->attachments.emplace_back(payload);
    if (reassembly_->attachments.size() < reassembly_->packet.attachments) return;
    session_.SetHandlerDeadline(SteadyTime::max());
    const std::unique_ptr<Reassembly> whole = std::move(reassembly_);
    Dispatch(whole->packet, whole->attachments);
}

void Connection::Dispatch(const Packet& packet, std::span<const std::string> attachments) {
    NamespaceSocket* socket = Find(packet.nsp);
    switch (packet.type) {
        case PacketType::kConnect:
            if (socket != nullptr || shard_.recovery().IsClaiming(*this, packet.nsp)) {
                Fault("a second CONNECT for a joined namespace");
            } else {
                OnConnect(packet);
            }
            return;
        case PacketType::kDisconnect:
            // Both sides may leave at once: leaving twice is no fault.
            if (socket != nullptr) {
                Leave(*socket, DisconnectReason::kClientDisconnect);
            } else {
                shard_.recovery().Withdraw(*this, packet.nsp);
            }
            return;
        case PacketType::kEvent:
        case PacketType::kBinaryEvent:
            if (socket == nullptr) {
                Fault("an event for a namespace that was not joined");
            } else {
                OnEvent(*socket, packet, attachments);
            }
            return;
        case PacketType::kAck:
        case PacketType::kBinaryAck:
            shard_.stats().acks_in.Add();
            if (socket != nullptr) {
                const std::vector<std::string_view> items = SplitArray(packet.payload);
                socket->OnAck(
                    *packet.id,
                    {items.begin(), items.end()},
                    {attachments.begin(), attachments.end()}
                );
            }
            return;
        case PacketType::kConnectError:
            break;  // refused by the parser
    }
    FLUX_ASSERT(false);
}

void Connection::OnConnect(const Packet& packet) {
    if (!shard_.app().HasNamespace(packet.nsp)) {
        shard_.stats().connect_errors.Add();
        Send(EncodeConnectError(packet.nsp, "Invalid namespace"));
        return;
    }
    std::size_t joined = shard_.recovery().ClaimsOf(*this);
    for (const NamespaceSocket* other = sockets_.get(); other != nullptr; ++joined)
        other = other->next_.get();
    if (joined >= limits::kNamespacesPerSessionMax) {
        Fault("too many namespaces");
        return;
    }
    if (AskToGoOn(packet)) return;
    Admission admission;
    admission.nsp = packet.nsp;
    admission.auth = packet.payload.empty() ? "{}" : packet.payload;
    Admit(admission);
}

/// Handles the CONNECT of a client that may recover. False when this one may not.
bool Connection::AskToGoOn(const Packet& packet) {
    const RecoveryOffer offer = shard_.engine().options().recovery;
    // Most clients have nothing to say about it, and then nothing is taken apart.
    if (offer == RecoveryOffer::kOff) return false;
    if (offer == RecoveryOffer::kOptIn && packet.payload.empty()) return false;
    RecoveryAuth auth = ReadRecoveryAuth(packet.payload);
    if (offer == RecoveryOffer::kOptIn && !auth.wanted) return false;
    RecoveryWish wish;
    wish.nsp = packet.nsp;
    wish.auth = std::move(auth.rest);
    wish.offset = std::move(auth.offset);
    if (!auth.had_pid) {
        StartAfresh(wish);
    } else if (!auth.pid || !PlaceOf(*auth.pid)) {
        shard_.recovery().Count(RecoveryVerdict::kBadPid);
        StartAfresh(wish);
    } else {
        // An offset of another form or length stays one: it names nothing.
        if (auth.had_offset && !wish.offset) wish.offset.emplace();
        wish.pid = *std::move(auth.pid);
        shard_.recovery().Claim(*this, std::move(wish));
    }
    return true;
}

void Connection::StartAfresh(const RecoveryWish& wish) {
    Admission admission;
    admission.nsp = wish.nsp;
    admission.auth = wish.auth;
    admission.recovers = true;
    if (wish.offset) admission.brought = OffsetMark(*wish.offset);
    Admit(admission);
}

void Connection::GoOn(const RecoveryWish& wish, const KeptSession& session) {
    Admission admission;
    admission.nsp = wish.nsp;
    admission.auth = wish.auth;
    admission.recovers = true;
    admission.wish = &wish;
    admission.session = &session;
    Admit(admission);
}

bool Connection::IsAdmitted(NamespaceSocket& socket, std::string_view auth) {
    const Result<void> admitted = shard_.app().OnConnect(socket, auth);
    // The application may have ended the very session, by another of its sockets.
    if (admitted && !session_.closed()) return true;
    shard_.stats().connect_errors.Add();
    socket.SetLeft();
    socket.LeaveRooms();
    if (!admitted) Send(EncodeConnectError(socket.nsp(), admitted.error().context));
    return false;
}

NamespaceSocket& Connection::Link(std::unique_ptr<NamespaceSocket> socket) {
    session_.SetHandlerDeadline(SteadyTime::max());
    shard_.stats().connects.Add();
    shard_.stats().sockets.Add(1);
    socket->next_ = std::move(sockets_);
    sockets_ = std::move(socket);
    sockets_->SetConnected();
    return *sockets_;
}

void Connection::Admit(const Admission& admission) {
    const KeptSession* const kept = admission.session;
    ShardRecovery& recovery = shard_.recovery();
    auto socket = std::make_unique<NamespaceSocket>(
        *this, shard_.Enter(admission.nsp), kept != nullptr ? kept->sid : std::string()
    );
    if (admission.recovers) socket->SetRecovering();
    if (!IsAdmitted(*socket, admission.auth)) {
        shard_.Bury(std::move(socket));
        if (kept == nullptr) return;
        recovery.Count(RecoveryVerdict::kRefused);
        recovery.Forget(admission.wish->pid, *kept);
        return;
    }
    NamespaceSocket& connected = Link(std::move(socket));
    if (kept != nullptr) {
        for (const std::string& room : kept->rooms)
            (void)connected.Join(room);  // within the bounds that held before
        recovery.Resume(connected, admission.wish->pid, *kept);
        recovery.Count(RecoveryVerdict::kRecovered);
        Send(EncodeConnect(connected.nsp(), connected.id(), admission.wish->pid));
        shard_.app().OnRecovered(connected, *kept, admission.wish->offset);
        recovery.Resumed(connected);
        return;
    }
    const std::string pid =
        admission.recovers ? recovery.Begin(connected, admission.brought) : std::string();
    Send(EncodeConnect(connected.nsp(), connected.id(), pid));
    shard_.app().OnConnected(connected);
}

void Connection::OnEvent(
    NamespaceSocket& socket, const Packet& packet, std::span<const std::string> attachments
) {
    shard_.stats().events_in.Add();
    SocketIoShard::EventScratch& scratch = shard_.scratch();
    SplitEvent(packet.payload, scratch.parts);
    Event& event = scratch.event;
    event.name = scratch.parts.name;
    event.args = packet.payload;
    event.arguments.assign(scratch.parts.arguments.begin(), scratch.parts.arguments.end());
    event.attachments.assign(attachments.begin(), attachments.end());
    event.ack = packet.id ? socket.MakeAck(*packet.id) : Ack();
    shard_.app().OnEvent(socket, event);
    event.ack = Ack();
}

// --- leaving ---

std::unique_ptr<NamespaceSocket> Connection::Unlink(NamespaceSocket& socket) {
    std::unique_ptr<NamespaceSocket>* link = &sockets_;
    while (link->get() != &socket)
        link = &(*link)->next_;
    std::unique_ptr<NamespaceSocket> unlinked = std::move(*link);
    *link = std::move(unlinked->next_);
    return unlinked;
}

void Connection::Leave(NamespaceSocket& socket, DisconnectReason reason) {
    // Its callers may be inside one of its handlers: it lives until the end of the turn.
    shard_.Bury(Unlink(socket));
    shard_.stats().sockets.Add(-1);
    socket.SetLeft();
    if (socket.recovers()) shard_.recovery().Leave(socket, reason);
    shard_.app().OnDisconnect(socket, reason);
    socket.LeaveRooms();
}

void Connection::OnSessionClosed(DisconnectReason reason) {
    reassembly_.reset();
    shard_.recovery().WithdrawAll(*this);
    while (sockets_ != nullptr)
        Leave(*sockets_, reason);
}

void Connection::OnHandlerDeadline() {
    if (reassembly_ != nullptr) {
        Fault("the attachments took too long");
    } else if (sockets_ == nullptr) {
        session_.Close(
            DisconnectReason::kServerDisconnect, {1008, "no CONNECT within the time for it"}
        );
    }
}

}  // namespace flux::socketio
