#include "socketio/transport_polling.h"

#include "limits/limits.h"
#include "socketio/base64.h"
#include "socketio/engine_error.h"
#include "socketio/engine_shard.h"
#include "socketio/session.h"

#include <fmt/format.h>
#include <utility>

namespace flux::socketio {
namespace {

net::HttpResponse Plain(std::string_view body) {
    net::HttpResponse response = net::HttpResponse::Text(200, body);
    response.headers.emplace_back("Cache-Control", "no-store");
    return response;
}

}  // namespace

void PollingTransport::OnRequest(net::HttpConnection& connection, const net::HttpRequest& request) {
    if (request.method == net::Method::kGet) {
        OnGet(connection, request);
    } else {
        OnPost(connection, request);
    }
}

void PollingTransport::OnGet(net::HttpConnection& connection, const net::HttpRequest& request) {
    EngineShard& shard = session_.shard();
    if (pending_ != nullptr || answering_ != nullptr) {
        // Two polls at once, the second before the first was read: the client has lost its way.
        Answer("1");
        session_.Close(DisconnectReason::kTransportError);
        shard.CountRefused(Refusal::kBadRequest);
        net::HttpResponse response = ErrorResponse(Refusal::kBadRequest);
        shard.shared().origins.AppendHeaders(request.Header("origin"), response.headers);
        connection.Respond(std::move(response));
        return;
    }
    pending_ = &connection;
    pending_origin_ = request.Header("origin");
    if (!session_.outbox_.empty()) {
        Flush(session_.outbox_);
        session_.OnSentSome();
    } else if (session_.probed_) {
        Answer("6");
    } else {
        connection.OnAborted([this] {
            pending_ = nullptr;
            session_.Close(DisconnectReason::kTransportClose);
        });
    }
}

void PollingTransport::OnPost(net::HttpConnection& connection, const net::HttpRequest& request) {
    EngineShard& shard = session_.shard();
    const bool well_formed = HandlePackets(request.body);
    if (!well_formed) shard.CountRefused(Refusal::kBadRequest);
    net::HttpResponse response = well_formed ? Plain("ok") : ErrorResponse(Refusal::kBadRequest);
    // Closing the session (by a packet of this very body) leaves the request to be answered.
    shard.shared().origins.AppendHeaders(request.Header("origin"), response.headers);
    connection.Respond(std::move(response));
}

/// Handles the packets of a body in order. False when the session was closed for what they are.
bool PollingTransport::HandlePackets(std::string_view body) {
    bool well_formed = IsPayload(body);
    for (PayloadReader packets(body); well_formed && !session_.closed() && packets.Next();) {
        if (packets.binary()) {
            session_.OnBinary(packets.bytes());
        } else {
            well_formed = session_.OnPacket(packets.packet());
        }
    }
    if (!well_formed) {
        session_.Close(
            DisconnectReason::kTransportError, ProtocolFault("invalid Engine.IO packet")
        );
    }
    return well_formed;
}

void PollingTransport::Flush(Outbox& outbox) {
    if (pending_ == nullptr || outbox.empty()) return;
    const std::size_t body_bytes_max = session_.shard().options().payload_bytes_max;
    std::string body;
    std::size_t packets = 0;
    while (!outbox.empty() && packets < limits::kPollingPacketsMax) {
        const WireMessage message = outbox.FrontMessage();
        const bool binary = message.opcode == net::Opcode::kBinary;
        const std::size_t bytes =
            binary ? 1 + Base64Length(message.payload.size()) : message.payload.size();
        // One that is too large by itself goes alone.
        if (packets > 0 && body.size() + 1 + bytes > body_bytes_max) break;
        if (packets > 0) body += kPayloadSeparator;
        if (binary) {
            body += 'b';
            AppendBase64(body, message.payload);
        } else {
            body += message.payload;
        }
        session_.shard().stats().packets_out.Add(outbox.Consume(message.wire_bytes));
        ++packets;
    }
    RespondPackets(body);
}

void PollingTransport::Answer(std::string_view packet) {
    if (pending_ != nullptr) RespondPackets(packet);
}

void PollingTransport::End(DisconnectReason reason, CloseCode code) {
    DropAnswer();
    if (pending_ == nullptr) return;
    if (reason == DisconnectReason::kTransportClose) {
        RespondPackets("6");  // the client's own `1`: like any poll with nothing to say
        return;
    }
    // Not the packet `1`: python-socketio takes it for a farewell and never comes back, while after
    // an error every client does.
    Respond(ErrorResponse(
        Refusal::kUnknownSession, fmt::format("Session closed: {} ({})", code.text, code.number)
    ));
}

void PollingTransport::RespondPackets(std::string_view body) {
    EngineStats& stats = session_.shard().stats();
    stats.writes.Add();
    stats.bytes_out.Add(body.size());
    Respond(Plain(body));
}

void PollingTransport::Respond(net::HttpResponse response) {
    EngineShard& shard = session_.shard();
    shard.shared().origins.AppendHeaders(pending_origin_, response.headers);
    net::HttpConnection* const connection = std::exchange(pending_, nullptr);
    if (session_.closed()) return connection->Respond(std::move(response));
    const std::size_t bytes = response.body.view().size();
    if (!connection->RespondWatched(std::move(response), [this](net::Sent how) { OnSent(how); })) {
        return;
    }
    answering_ = connection;
    answer_bytes_ = bytes;
    shard.AnswerHeld(bytes);
    if (shard.UnderPressure()) shard.CloseForPressure(session_);
}

void PollingTransport::OnSent(net::Sent how) {
    answering_ = nullptr;
    session_.shard().AnswerDropped(std::exchange(answer_bytes_, 0));
    session_.OnSentSome();
    // What was in the answer is lost with it.
    if (how == net::Sent::kLost) session_.Close(DisconnectReason::kTransportClose);
    if (how == net::Sent::kTooSlow) session_.Close(DisconnectReason::kSlow);
}

void PollingTransport::DropAnswer() {
    if (answering_ == nullptr) return;
    session_.shard().AnswerDropped(std::exchange(answer_bytes_, 0));
    std::exchange(answering_, nullptr)->Abort();
}

}  // namespace flux::socketio
