// The Socket.IO side of one session: parses packets, joins and leaves namespaces.
#pragma once

#include "socketio/engine_shared.h"
#include "socketio/namespace_socket.h"
#include "socketio/packet.h"
#include "socketio/session.h"
#include "socketio/shard_recovery.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace flux::socketio {

class SocketIoShard;

/// Owned by its session, whose handler it is. Thread: its shard's.
class Connection final : public SessionHandler {
public:
    Connection(SocketIoShard& shard, Session& session);
    ~Connection() override;

    SocketIoShard& shard() const { return shard_; }
    Session& session() const { return session_; }

    // --- for ShardRecovery ---
    /// Goes on with `session`, which the application has judged to be whole.
    void GoOn(const RecoveryWish& wish, const KeptSession& session);
    /// Begins a new session instead.
    void StartAfresh(const RecoveryWish& wish);

    /// Takes `socket` out of its namespace: the application hears `reason`, the client nothing.
    void Leave(NamespaceSocket& socket, DisconnectReason reason);

    void OnMessage(bool binary, std::string_view payload) override;
    void OnHandlerDeadline() override;
    void OnSessionClosed(DisconnectReason reason) override;

private:
    /// A binary packet whose attachments are coming. Gives back its share of the process's memory
    /// for such packets when it goes.
    struct Reassembly {
        Reassembly(EngineShared& shared, const net::IpAddress& client)
            : charge(shared.reassembly, client) {}
        bool Spend(std::size_t more) { return charge.Cover(bytes += more); }

        net::InboundBudget::Charge charge;
        std::size_t bytes = 0;
        std::string text;
        Packet packet;  // its views point into `text`
        std::vector<std::string> attachments;
    };

    void OnText(std::string_view text);
    void StartReassembly(std::string_view text);
    void OnAttachment(std::string_view payload);
    void Dispatch(const Packet& packet, std::span<const std::string> attachments);
    void OnConnect(const Packet& packet);
    bool AskToGoOn(const Packet& packet);
    /// A session to begin, or to go on with.
    struct Admission {
        std::string_view nsp;
        std::string_view auth;
        bool recovers = false;
        std::uint64_t brought = 0;           // see KeptSession
        const RecoveryWish* wish = nullptr;  // with `session`: to go on with it
        const KeptSession* session = nullptr;
    };
    void Admit(const Admission& admission);
    bool IsAdmitted(NamespaceSocket& socket, std::string_view auth);
    NamespaceSocket& Link(std::unique_ptr<NamespaceSocket> socket);
    void OnEvent(
        NamespaceSocket& socket, const Packet& packet, std::span<const std::string> attachments
    );
    void Fault(std::string_view why);
    NamespaceSocket* Find(std::string_view nsp) const;
    void Send(const SharedFrame& frame);
    std::unique_ptr<NamespaceSocket> Unlink(NamespaceSocket& socket);

    SocketIoShard& shard_;
    Session& session_;
    std::unique_ptr<NamespaceSocket> sockets_;  // a list: nearly always of one
    std::unique_ptr<Reassembly> reassembly_;
};

}  // namespace flux::socketio
