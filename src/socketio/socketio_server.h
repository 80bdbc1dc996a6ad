// The Socket.IO server: what an application plugs into and talks through.
#pragma once

#include "base/metrics.h"
#include "base/result.h"
#include "net/server.h"
#include "runtime/shard_set.h"
#include "socketio/close_reason.h"
#include "socketio/delivery_policy.h"
#include "socketio/kept_session.h"
#include "socketio/recovery_verdict.h"
#include "socketio/session_archive.h"
#include "socketio/shared_frame.h"
#include "socketio/socketio_options.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flux::socketio {

/// One broadcast: an entry of the process's ring.
struct Delivery {
    std::string nsp = "/";
    std::string room;
    SharedFrame frame;
    DeliveryPolicy policy = DeliveryPolicy::kEvery;
    std::uint64_t conflation_key =
        0;                    ///< for kLatestPerKey: a hash of (route, key), neither 0 nor all ones
    std::uint32_t route = 0;  ///< the application's own number for its OnDelivery; 0: none
    std::string key;          ///< the application's own, beside `route`

    /// Where the stream of recoverable broadcasts stands after this one, in the application's
    /// words (plain ASCII without quotes and backslashes); empty: it cannot be recovered. Sockets
    /// that may recover get it as the event's last argument.
    std::string offset;
    std::shared_ptr<const void> place;  ///< the application's own, beside `offset`
    SharedFrame offset_frame;           ///< made by the server: `frame` with the offset
};

class Socket;

/// Answers a client that asked for an acknowledgement. Copyable; survives the socket (then it does
/// nothing). Answering twice does nothing. Thread: the socket's shard.
class Ack {
public:
    Ack() = default;
    bool wanted() const { return state_ != nullptr; }
    /// `args`: the JSON text of each argument; with `attachments`, their placeholders included.
    void Reply(
        std::span<const std::string_view> args, std::span<const std::string_view> attachments = {}
    ) const;

private:
    friend class NamespaceSocket;
    struct State;
    std::shared_ptr<State> state_;
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
    friend class NamespaceSocket;
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
    /// Whether its client may go on with the session on another connection.
    virtual bool recovers() const = 0;

    /// Anything the application wants to keep with the socket; destroyed with it.
    std::shared_ptr<void> user_data;

    /// Errors: kTooLarge for a name over kRoomNameBytesMax, kFull over kRoomsPerSocketMax. Joining
    /// twice does nothing.
    virtual Result<void> Join(std::string_view room) = 0;
    virtual void Leave(std::string_view room) = 0;
    virtual std::vector<std::string> Rooms() const = 0;

    /// Queues an event for this socket alone. `args`: JSON text of each argument, checked by the
    /// caller; with `attachments` they hold {"_placeholder":true,"num":N} in their places. After
    /// OnDisconnect this does nothing; in OnConnect it is a bug.
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

    /// Queues the offset_frame of an earlier broadcast that this socket has missed. In OnRecovered
    /// only.
    virtual void Replay(const SharedFrame& frame) = 0;

    /// As Emit, and asks for an acknowledgement. `handler` is called exactly once, on this shard:
    /// with what the client answered, or kTimeout, kClosed (the socket is gone), or kFull (too many
    /// wait already; called at once).
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

    /// A header of the session's first request; empty when absent or not kept (see
    /// SocketIoOptions::handshake_headers).
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

    /// Where the stream of recoverable broadcasts stands on this shard: kept with a session that
    /// begins now.
    virtual std::string Bookmark() { return {}; }

    /// What the application needs to go on with `socket` on another connection, shard or process.
    /// `socket` may be gone in a moment, or live on.
    virtual std::string Suspend([[maybe_unused]] Socket& socket) { return {}; }

    /// Whether all that `session` has missed is at hand: behind `offset`, which is whatever the
    /// client sent, or behind `session.begin` when it got none. kRecovered, kLater (asked again for
    /// a while) or why not.
    virtual RecoveryVerdict Judge(
        [[maybe_unused]] const KeptSession& session, const std::optional<std::string>& offset
    ) {
        return offset ? RecoveryVerdict::kForeign : RecoveryVerdict::kRecovered;
    }

    /// In place of OnConnected, after OnConnect and in the turn of Judge: `socket` is in the
    /// session's rooms again and its CONNECT reply is queued. Send what was missed.
    virtual void OnRecovered(
        [[maybe_unused]] Socket& socket,
        [[maybe_unused]] const KeptSession& session,
        [[maybe_unused]] const std::optional<std::string>& offset
    ) {}

    /// Last call for this socket; its rooms are still readable.
    virtual void OnDisconnect(Socket& socket, DisconnectReason reason) = 0;

    /// Each broadcast as this shard reads it from the ring, before it goes to the room's members.
    /// What a member joined before this call receives the broadcast, what joins after it does not:
    /// the place to keep snapshots.
    virtual void OnDelivery([[maybe_unused]] const Delivery& delivery) {}

    /// This shard fell off the ring and missed `entries` broadcasts. The server has already chosen
    /// the sessions that may not go on silently, those in a room that was ever sent a kEvery
    /// broadcast, and closes them as slow (4000) at the end of the turn; they come back and start
    /// fresh. The application sends its `latest` keys afresh to the others.
    virtual void OnMissed([[maybe_unused]] std::uint64_t entries) {}
};

using SocketIoAppFactory = std::function<std::unique_ptr<SocketIoApp>(Shard& shard)>;

/// The server of one process: sessions on every shard, one ring for broadcasts. Made and destroyed
/// by the thread that owns the shards, which must run; net::Server::Stop comes before the end of
/// this object.
class SocketIoServer {
public:
    SocketIoServer(
        ShardSet& shards,
        MetricRegistry& metrics,
        const SocketIoOptions& options,
        SocketIoAppFactory make_app,
        SessionArchiveFactory make_archive = {}
    );
    SocketIoServer(const SocketIoServer&) = delete;
    SocketIoServer& operator=(const SocketIoServer&) = delete;
    ~SocketIoServer();

    /// From now on every shard reads what is broadcast; else from when it is mounted, and what the
    /// ring does not hold until then is lost. Thread: not a shard.
    void Open();
    bool opened() const;

    /// What to mount on a listener (one server may be mounted on several).
    net::Mount Mount();

    /// Posts to the ring: every shard gives the frame to the room's members there. An empty frame
    /// is shown to OnDelivery and sent to nobody. Any thread; never blocks.
    void Broadcast(Delivery delivery);

    /// Closes every session with `reason`'s number, spread evenly over `window`, and answers new
    /// handshakes 502 from now on. Returns when all are closed and their WebSockets gone, at most
    /// close_time_max after the window. Call once. Thread: not a shard.
    void Drain(DisconnectReason reason, Milliseconds window);

    /// Sockets connected to any namespace, over all shards. Any thread.
    std::size_t connected() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace flux::socketio
