// The line a client speaks over: TCP, with TLS where the URL says so. Private to net/client.
#pragma once

#include "base/result.h"
#include "net/client/tls_trust.h"
#include "net/client/url.h"
#include "runtime/shard.h"
#include "runtime/task.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace flux::net {

/// One outgoing connection with one deadline. When the deadline passes, or Abort is called, the
/// socket is closed, and whatever was awaited on it ends with an error at once: so nothing here
/// waits longer than it was told to, cancelled or not.
///
/// Thread: the shard it was made on.
class Line {
public:
    using Tls = boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>;

    Line();
    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;
    ~Line() = default;

    /// Resolves, connects and shakes hands, certificate and name checked, within the deadline.
    /// `trust` is needed for a secure URL; without it the machine's authorities are loaded.
    /// Errors: kUnavailable, kTimeout, kClosed (cancelled). The deadline stays as it was set.
    Task<Result<void>> Open(const Url& url, std::shared_ptr<const TlsTrust> trust);

    /// Everything from now on must end within `time_max`.
    void SetDeadline(Milliseconds time_max);
    void ClearDeadline() { deadline_.Disarm(); }

    /// Closes the socket if the surrounding task was asked to end, perhaps just when an operation
    /// had succeeded: the next one would not hear of it. Says whether the line is still good.
    Task<bool> StillWanted();

    /// Closes the socket now. Idempotent.
    void Abort();

    bool open() const { return socket_.is_open(); }
    boost::asio::ip::tcp::socket& plain() { return socket_; }
    Tls* tls() { return tls_ ? &*tls_ : nullptr; }

    /// `error` of an operation on this line as a value: `doing` it with `peer` failed.
    Error Explain(const boost::system::error_code& error, const std::string& doing) const;

private:
    using Endpoints = std::vector<boost::asio::ip::tcp::endpoint>;

    Task<Result<Endpoints>> Resolve(const Url& url);
    Task<Result<void>> Connect(const Url& url, const Endpoints& endpoints);
    Task<Result<void>> ShakeHands(const Url& url);
    void OnDeadline();

    Shard& shard_;
    boost::asio::ip::tcp::socket socket_;
    std::shared_ptr<const TlsTrust> trust_;
    std::optional<Tls> tls_;
    bool timed_out_ = false;
    bool aborted_ = false;
    MemberTimer<Line, &Line::OnDeadline> deadline_{*this};
};

}  // namespace flux::net
