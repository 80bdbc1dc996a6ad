// HTTP/1.1 requests and responses as the applications of a listener see them.
#pragma once

#include "base/clock.h"
#include "base/shared_bytes.h"
#include "base/unique_function.h"
#include "net/address.h"
#include "net/websocket.h"
#include "runtime/shard.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flux::net {

enum class Method : std::uint8_t { kGet, kHead, kPost, kPut, kDelete, kOptions, kPatch, kOther };

/// One parsed request. All views point into the shard's read buffer (or into the connection's copy
/// while the request is incomplete) and are valid until the handler returns: copy what must live
/// longer.
struct HttpRequest {
    Method method = Method::kOther;
    std::string_view method_text;
    std::string_view target;  ///< as sent: path and query
    std::string_view path;    ///< before '?', not percent-decoded
    std::string_view query;   ///< after '?', not percent-decoded
    std::vector<std::pair<std::string_view, std::string_view>>
        headers;  ///< in order, names as sent
    std::string_view body;
    int minor_version = 1;  ///< HTTP/1.x
    bool keep_alive = true;

    IpAddress peer;  ///< the other end of the TCP connection
    IpAddress
        client;  ///< who asks: from X-Forwarded-For when `peer` is a trusted proxy, else `peer`
    bool secure = false;  ///< TLS here, or X-Forwarded-Proto: https from a trusted proxy

    /// The first header of that name, compared without case; empty when absent.
    std::string_view Header(std::string_view name) const;
    bool HasHeader(std::string_view name) const;

    /// The percent-decoded value of a query parameter; `found` tells an absent one from an empty
    /// one.
    std::string QueryParameter(std::string_view name, bool* found = nullptr) const;
};

struct HttpResponse {
    int status = 200;
    std::string_view content_type = "text/plain; charset=utf-8";
    std::vector<std::pair<std::string, std::string>>
        headers;  ///< beside Content-Type, Content-Length, Connection, Date
    SharedBytes body;
    bool close = false;  ///< close the connection after this response

    static HttpResponse Text(int status, std::string_view text);
    static HttpResponse Json(int status, std::string_view json);
};

/// An answer as bytes, for applications that answer worse than HTTP allows: a stand-in that stalls,
/// cuts an answer short or lies about its length. The connection ends behind it.
struct WireScript {
    struct Step {
        Milliseconds pause{0};  ///< before the bytes
        std::string bytes;      ///< of head or body, as they go over the wire
    };
    std::vector<Step> steps;
    bool reset = false;  ///< end with a reset instead of an orderly close
};

/// How a response ended whose sending was watched.
enum class Sent : std::uint8_t {
    kWhole,    ///< the kernel has taken all of it
    kLost,     ///< the connection ended first
    kTooSlow,  ///< as kLost: the peer read less than it must
};

class HttpConnection;

/// One application mounted on a listener, one instance per shard. Thread: its shard's.
class HttpApp {
public:
    virtual ~HttpApp() = default;

    /// The largest body this app takes for a request with this head, in bytes; a larger one is
    /// answered 413 and not read to its end.
    virtual std::size_t BodyBytesMax(const HttpRequest& head) const = 0;

    /// Whether a request with this head deserves its body, asked when the body did not come in one
    /// read with the head: what is refused anyway must not be collected first. False: OnRequest is
    /// called at once, with an empty body, and the connection closes after the answer.
    virtual bool WantsBody(const HttpRequest& head) const;

    /// A request with this head was refused with 413 because its body is larger than BodyBytesMax
    /// says, announced or as it came. OnRequest is not called; there is nothing to answer.
    virtual void OnBodyTooLarge(const HttpRequest& head);

    /// The shard that must handle a request with this head, asked when its head is complete. An app
    /// whose state is spread over shards names the one that holds the session; the connection then
    /// moves there, with what it has read, before OnRequest. Default: wherever it is.
    virtual std::optional<ShardId> HomeOf(const HttpRequest& head) const;

    /// A whole request. Answer with `connection.Respond` or `connection.Upgrade`, now or later on
    /// this shard. Until then no further request of this connection is parsed (pipelined ones
    /// wait).
    virtual void OnRequest(HttpConnection& connection, const HttpRequest& request) = 0;
};

/// The side of a connection that an HttpApp answers through. Owned by net. Thread: its shard's.
class HttpConnection {
public:
    virtual ~HttpConnection() = default;

    /// Sends the response; the connection goes on to its next request or closes. Call exactly once
    /// per request. `this` may be gone when it returns.
    virtual void Respond(HttpResponse response) = 0;

    /// As Respond. When the kernel does not take all of it at once, returns true, and calls `sent`
    /// once later unless Abort is called; until then `this` is there. Else returns false and drops
    /// `sent`.
    [[nodiscard]] virtual bool RespondWatched(
        HttpResponse response, UniqueFunction<void(Sent)> sent
    ) = 0;

    /// Of a response that is being sent: what the kernel has not taken, in bytes.
    virtual std::size_t unsent_bytes() const = 0;

    /// Gives up a watched response that is being sent, and ends the connection.
    virtual void Abort() = 0;

    /// `aborted` is called once if the peer goes away, or the server ends the connection, before
    /// Respond was called; the connection must not be used from then on.
    virtual void OnAborted(UniqueFunction<void()> aborted) = 0;

    /// Instead of Respond: sends `script` and ends the connection. `this` may be gone when it
    /// returns.
    virtual void RespondScripted(WireScript script) = 0;

    /// Answers a valid WebSocket handshake (RFC 6455 4.2.2) with 101 and hands the connection to
    /// `handler`, which must outlive it until OnClosed. A request that is no valid handshake is
    /// answered 400 or 426 here, and nullptr returned. Instead of Respond.
    virtual WebSocket* Upgrade(
        const HttpRequest& request, WebSocketHandler& handler, const WebSocketOptions& options
    ) = 0;
};

}  // namespace flux::net
