// A client's connection to one namespace.
#pragma once

#include "socketio/ack_table.h"
#include "socketio/room_table.h"
#include "socketio/socketio_server.h"

#include <memory>
#include <optional>
#include <string>

namespace flux::socketio {

class Connection;
struct Namespace;

/// The Socket that applications see. Made by its Connection when the client asks to join; after it
/// left (by either side) it is deaf and lives until the end of the turn. Thread: its shard's.
class NamespaceSocket final : public Socket, public RoomMember {
public:
    /// `sid`: of the session it goes on with; empty: a new one.
    NamespaceSocket(Connection& connection, Namespace& nsp, std::string sid = {});
    ~NamespaceSocket() override;

    const std::string& id() const override { return id_; }
    const std::string& nsp() const override;
    const net::IpAddress& client() const override;
    SocketRef Ref() const override;
    bool recovers() const override { return RoomMember::recovers(); }

    Result<void> Join(std::string_view room) override;
    void Leave(std::string_view room) override;
    std::vector<std::string> Rooms() const override;

    void Emit(
        std::string_view event,
        std::span<const std::string_view> args,
        std::span<const std::string_view> attachments
    ) override;
    void Send(const SharedFrame& frame, DeliveryPolicy policy, std::uint64_t conflation_key)
        override;
    void Replay(const SharedFrame& frame) override;
    void EmitWithAck(
        std::string_view event,
        std::span<const std::string_view> args,
        Milliseconds timeout,
        AckHandler handler,
        std::span<const std::string_view> attachments
    ) override;
    void Disconnect(DisconnectReason reason, bool close_transport) override;
    std::string_view HandshakeHeader(std::string_view name) const override;

    // --- for Connection ---
    enum class State : std::uint8_t { kConnecting, kConnected, kLeft };
    State state() const { return state_; }
    void SetConnected() { state_ = State::kConnected; }
    /// Nothing is sent or received from here on; rooms stay until LeaveRooms.
    void SetLeft();
    /// From now on it gets events as a client that may recover takes them. Before its first Join.
    void SetRecovering() { SetRecovers(); }
    /// See Session::ConfirmedAt.
    SteadyTime ConfirmedAt() const;
    /// Ends the session, whatever other namespaces it is in; each may recover.
    void CloseTransport(CloseCode code);
    void LeaveRooms();
    Namespace& home() const { return namespace_; }
    Ack MakeAck(std::uint64_t id) const;
    void OnAck(
        std::uint64_t id, std::vector<std::string> arguments, std::vector<std::string> attachments
    );

private:
    friend class Ack;
    friend class Connection;
    bool CanSend() const;
    void SendFrame(const SharedFrame& frame);
    const std::shared_ptr<Socket*>& Self() const;

    State state_ = State::kConnecting;  // first: it fits behind RoomMember's flag
    std::string id_;
    Connection& connection_;
    Namespace& namespace_;
    mutable std::shared_ptr<Socket*> self_;  // made when somebody asks for a handle
    std::unique_ptr<AckTable> acks_;         // made when somebody asks for an acknowledgement
    std::unique_ptr<NamespaceSocket> next_;  // of the same connection
};

}  // namespace flux::socketio
