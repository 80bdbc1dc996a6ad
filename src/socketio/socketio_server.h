// The Socket.IO server: what an application plugs into and talks through.
#pragma once

#include "base/metrics.h"
#include "base/result.h"
#include "net/server.h"
#include "runtime/shard_set.h"
#include "socketio/shared_frame.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flux::socketio {

/// Why a namespace connection ended. The names are those the reference server uses, and metrics
/// carry them.
enum class DisconnectReason : std::uint8_t {
    kTransportClose,  ///< the TCP connection went away
    kTransportError,  ///< the peer broke the protocol
    kPingTimeout,
    kClientDisconnect,  ///< the client left the namespace
    kServerDisconnect,  ///< Socket::Disconnect
    kSlow,              ///< 4000: its outbox passed the bound
    kDrain,             ///< 4001: the server shuts down
    kKicked,            ///< 4002
    kLimit,             ///< 4003: over a budget
};

/// How a broadcast treats a client that is still busy with earlier ones.
enum class DeliveryPolicy : std::uint8_t {
    kEvery,         ///< each one, in order; a client that cannot keep up is closed as slow
    kLatestPerKey,  ///< the newest per conflation key replaces an unsent older one, in its place
};

/// One broadcast: an entry of the process's ring.
struct Delivery {
    std::string nsp = "/";
    std::string room;
    SharedFrame frame;
    DeliveryPolicy policy = DeliveryPolicy::kEvery;
    std::uint64_t conflation_key = 0;  ///< for kLatestPerKey: a hash of (route, key), never 0
    std::uint32_t route = 0;           ///< the application's own number for its OnDelivery; 0: none
    std::string key;                   ///< the application's own, beside `route`
};

class Socket;

/// Answers a client that asked for an acknowledgement. Copyable; survives the socket (then it does
/// nothing). Answering twice does nothing. Thread: the socket's shard.
class Ack {
public:
    Ack() = default;
    bool wanted() const { return id_.has_value(); }
    /// `args`: the JSON text of each argument.
    void Reply(
        std::span<const std::string_view> args, std::span<const std::string_view> attachments = {}
    ) const;

private:
    friend class Session;
    std::weak_ptr<Socket*> socket_;
    std::optional<std::uint64_t> id_;
};

/// One event from a client. Views are valid until the handler returns.
struct Event {
    std::string_view name;  ///< the first item; a number's text when it was a number
    std::string_view args;  ///< the whole checked JSON array as received, name included
    std::vector<std::string_view> arguments;    ///< the JSON text of each further argument
    std::vector<std::string_view> attachments;  ///< binary attachments, by placeholder number
    Ack ack;
};

/// The answer to an emit that asked for one: the arguments' JSON texts, or kTimeout / kClosed.
using AckHandler =
    UniqueFunction<void(Result<std::vector<std::string>>, std::vector<std::string> attachments)>;

/// A copyable handle to a Socket: keep it, pass it to any thread. Get() on the socket's shard only,
/// and valid until the next co_await.
class SocketRef {
public:
    SocketRef() = default;
    ShardId shard() const { return shard_; }
    Socket* Get() const;

private:
    friend class Socket;
    std::weak_ptr<Socket*> socket_;
    ShardId shard_;
};

/// A client's connection to one namespace. Lives on one shard. Thread: that shard's.
class Socket {
public:
    virtual ~Socket() = default;

    virtual const std::string& id() const = 0;  ///< the sid of the CONNECT reply
    virtual const std::string& nsp() const = 0;
    virtual const net::IpAddress& client() const = 0;
    virtual SocketRef Ref() const = 0;

    /// Anything the application wants to keep with the socket; destroyed with it.
    std::shared_ptr<void> user_data;

    /// Errors: kTooLarge for a name over kRoomNameBytesMax, kFull over kRoomsPerSocketMax. Joining
    /// twice does nothing.
    virtual Result<void> Join(std::string_view room) = 0;
    virtual void Leave(std::string_view room) = 0;
    virtual std::vector<std::string> Rooms() const = 0;

    /// Queues an event for this socket alone. `args`: JSON text of each argument, checked by the
    /// caller.
    virtual void Emit(
        std::string_view event,
        std::span<const std::string_view> args,
        std::span<const std::string_view> attachments = {}
    ) = 0;

    /// Queues a frame that was encoded for its namespace (hydration from a snapshot).
    virtual void Send(
        const SharedFrame& frame,
        DeliveryPolicy policy = DeliveryPolicy::kEvery,
        std::uint64_t conflation_key = 0
    ) = 0;

    /// As Emit, and asks for an acknowledgement. `handler` is called exactly once, on this shard.
    virtual void EmitWithAck(
        std::string_view event,
        std::span<const std::string_view> args,
        Milliseconds timeout,
        AckHandler handler,
        std::span<const std::string_view> attachments = {}
    ) = 0;

    /// Leaves the namespace (`41`); with `close_transport` the whole session ends with `reason`'s
    /// number.
    virtual void Disconnect(DisconnectReason reason, bool close_transport) = 0;

    /// Where the session's handshake came from: header of the first request, empty when absent.
    virtual std::string_view HandshakeHeader(std::string_view name) const = 0;
};

/// An application on one shard. Thread: its shard's.
class SocketIoApp {
public:
    virtual ~SocketIoApp() = default;

    /// Whether `nsp` exists. Others are refused with {"message":"Invalid namespace"}.
    virtual bool HasNamespace(std::string_view nsp) const { return nsp == "/"; }

    /// A client asks to join socket.nsp() with the handshake object `auth` (JSON text, "{}" when
    /// none). An error refuses: the client gets CONNECT_ERROR with {"message": context}, which is
    /// final for it.
    virtual Result<void> OnConnect(Socket& socket, std::string_view auth) = 0;

    /// The CONNECT reply is queued: what is emitted now arrives after it.
    virtual void OnConnected(Socket& socket) = 0;

    virtual void OnEvent(Socket& socket, const Event& event) = 0;

    /// Last call for this socket; its rooms are still readable.
    virtual void OnDisconnect(Socket& socket, DisconnectReason reason) = 0;

    /// Each broadcast as this shard reads it from the ring, before it goes to the room's members.
    /// What a member joined before this call receives the broadcast, what joins after it does not:
    /// the place to keep snapshots.
    virtual void OnDelivery([[maybe_unused]] const Delivery& delivery) {}

    /// This shard fell off the ring and missed `entries` broadcasts. Sessions in rooms were or will
    /// be handled per policy by the application: send `latest` keys afresh, close sessions of
    /// `every` routes.
    virtual void OnMissed([[maybe_unused]] std::uint64_t entries) {}
};

struct SocketIoOptions {
    std::string path = "/socket.io/";
    char gateway_id = 'a';  ///< first character of every session id, one of [a-z0-9]
    Milliseconds ping_interval{25'000};
    Milliseconds ping_timeout{20'000};
    Milliseconds connect_timeout{45'000};
    std::size_t payload_bytes_max = limits::kPayloadBytesMax;
    std::size_t outbox_bytes_soft = limits::kOutboxBytesSoft;
    std::size_t outbox_bytes_hard = limits::kOutboxBytesHard;
    Milliseconds slow_time_max{
        10'000};  ///< a session over the soft bound for so long is closed as slow
    std::vector<std::string> origins;  ///< allowed beside the same origin; {"*"}: any
    bool polling = true;
};

using SocketIoAppFactory = std::function<std::unique_ptr<SocketIoApp>(Shard& shard)>;

/// The server of one process: sessions on every shard, one ring for broadcasts.
class SocketIoServer {
public:
    SocketIoServer(
        ShardSet& shards,
        MetricRegistry& metrics,
        SocketIoOptions options,
        SocketIoAppFactory make_app
    );
    SocketIoServer(const SocketIoServer&) = delete;
    SocketIoServer& operator=(const SocketIoServer&) = delete;
    ~SocketIoServer();

    /// What to mount on a listener (one server may be mounted on several).
    net::Mount Mount();

    /// Posts to the ring: every shard gives the frame to the room's members there. Any thread;
    /// never blocks.
    void Broadcast(Delivery delivery);

    /// Closes every session with `reason`'s number, spread evenly over `window`; returns when all
    /// are closed. Thread: not a shard.
    void Drain(DisconnectReason reason, Milliseconds window);

    /// Sockets connected to any namespace, over all shards. Any thread.
    std::size_t connected() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace flux::socketio
