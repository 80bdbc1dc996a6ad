// Long-polling: packets in the bodies of GET responses and POST requests.
#pragma once

#include "net/http.h"
#include "socketio/close_reason.h"
#include "socketio/outbox.h"

#include <string>
#include <string_view>

namespace flux::socketio {

class Session;

/// The polling side of a session. Holds the one GET that waits for something to say. Owned by the
/// session. Thread: its shard's.
class PollingTransport {
public:
    explicit PollingTransport(Session& session)
        : session_(session) {}
    PollingTransport(const PollingTransport&) = delete;
    PollingTransport& operator=(const PollingTransport&) = delete;
    ~PollingTransport() { DropAnswer(); }

    /// Whether a GET waits.
    bool waiting() const { return pending_ != nullptr; }

    /// What the kernel has not taken of the last answer, in bytes: it waits as the outbox does.
    std::size_t unsent_bytes() const {
        return answering_ == nullptr ? 0 : answering_->unsent_bytes();
    }

    /// A request of this session, which is open and not expired.
    void OnRequest(net::HttpConnection& connection, const net::HttpRequest& request);

    /// Answers the waiting GET with what fits one response; without one, or with nothing to say,
    /// does nothing.
    void Flush(Outbox& outbox);

    /// Answers the waiting GET, if any, with one packet.
    void Answer(std::string_view packet);

    /// Answers the waiting GET, if any, of a session that has just closed. An answer that is not
    /// sent whole is given up: nobody counts its bytes any more.
    void End(DisconnectReason reason, CloseCode code);

private:
    void OnGet(net::HttpConnection& connection, const net::HttpRequest& request);
    void OnPost(net::HttpConnection& connection, const net::HttpRequest& request);
    bool HandlePackets(std::string_view body);
    void RespondPackets(std::string_view body);
    void Respond(net::HttpResponse response);
    void OnSent(net::Sent how);
    void DropAnswer();

    Session& session_;
    net::HttpConnection* pending_ = nullptr;
    net::HttpConnection* answering_ = nullptr;  // the last answer is not sent whole
    std::size_t answer_bytes_ = 0;              // that it holds in memory
    std::string pending_origin_;                // of the waiting GET, for its CORS headers
};

}  // namespace flux::socketio
