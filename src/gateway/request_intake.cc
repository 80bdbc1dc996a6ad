#include "gateway/request_intake.h"

#include "gateway/gateway_session.h"
#include "gateway/rendered_event.h"
#include "gateway/socket_words.h"
#include "limits/limits.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>
#include <vector>

namespace flux::gateway {
namespace {

using contract::ErrorReply;
using contract::Failure;
using socketio::Socket;

std::uint32_t BitOf(std::size_t request) {
    return std::uint32_t{1} << request;
}

GatewaySession& SessionOf(Socket& socket) {
    return *static_cast<GatewaySession*>(socket.user_data.get());
}

bool IsIn(const Socket& socket, const std::string& room) {
    const std::vector<std::string> rooms = socket.Rooms();
    return std::find(rooms.begin(), rooms.end(), room) != rooms.end();
}

/// A service that has no key will not answer soon.
bool IsHopeless(const std::optional<contract::ServiceStatus>& status) {
    return status && status->state == contract::ServiceState::kNoKey;
}

bool IsAtWork(const std::optional<contract::ServiceStatus>& status) {
    return status && (status->state == contract::ServiceState::kLive ||
                      (status->state == contract::ServiceState::kDegraded && !status->error));
}

}  // namespace

RequestIntake::RequestIntake(
    Shard& shard,
    const RouteTable& routes,
    const SnapshotTable& snapshots,
    const DeskOptions& options,
    const ServiceBoard& board,
    DeskLine& line,
    GatewayShardStats& stats,
    Warm warm
)
    : shard_(shard),
      snapshots_(snapshots),
      options_(options),
      board_(board),
      line_(line),
      stats_(stats),
      warm_(std::move(warm)),
      waiting_(
          shard,
          limits::kWaitersMax,
          [this](const std::string& what, const WaitingList::Waiter& waiter) {
              OnExpired(what, waiter);
          }
      ) {
    for (std::size_t request = 0; request < kRequests.size(); ++request) {
        Row& row = rows_[request];
        row.route = routes.NumberOf(kRequests[request].route);
        row.room = routes.Find(row.route)->room.text();
    }
}

const Snapshot* RequestIntake::Find(std::size_t request) const {
    const Snapshot* found = nullptr;
    snapshots_.VisitRoom(rows_[request].room, [&](const Snapshot& snapshot) {
        if (snapshot.route == rows_[request].route) found = &snapshot;
        return found == nullptr;
    });
    return found;
}

void RequestIntake::Take(Socket& socket, std::size_t request, const socketio::Ack& ack) {
    const Request& row = kRequests[request];
    if (const Snapshot* const snapshot = Find(request)) {
        stats_.requests_answered.Add();
        ReplyJson(ack, ArgumentOf(snapshot->frame));
        return socket.Send(snapshot->frame, snapshot->policy, snapshot->conflation_key);
    }
    contract::LoadingReply loading;
    loading.message = fmt::format("the {} is being fetched", row.noun);
    const std::string reply = contract::Encode(loading);
    stats_.requests_loading.Add();
    ReplyJson(ack, reply);
    EmitJson(socket, row.reply, reply);
    if (IsHopeless(board_.Find(row.domain))) {
        stats_.requests_failed.Add();
        return EmitJson(socket, row.reply, contract::Encode(board_.WhyNot(row.domain, row.noun)));
    }
    GatewaySession& session = SessionOf(socket);
    if ((session.requests_waiting & BitOf(request)) == 0) {
        const SteadyTime now = shard_.clock().Now();
        WaitingList::Waiter waiter{
            .socket = socket.Ref(), .since = now, .until = now + options_.answer_time_max};
        if (!waiting_.Add(std::string(row.event), std::move(waiter))) {
            stats_.waiters_refused.Add();
            ErrorReply full;
            full.error = Failure::kLimit;
            full.message = "too many pages wait for it just now; try again in a moment";
            return EmitJson(socket, row.reply, contract::Encode(full));
        }
        session.requests_waiting |= BitOf(request);
    }
    line_.Wish(request);
    warm_(rows_[request].route, rows_[request].room);
}

void RequestIntake::OnSnapshot(RouteNumber route) {
    if (waiting_.empty()) return;  // as nearly always
    for (std::size_t request = 0; request < kRequests.size(); ++request) {
        if (rows_[request].route != route) continue;
        const Snapshot* const snapshot = Find(request);
        if (snapshot == nullptr) continue;
        const Snapshot kept = *snapshot;
        for (const WaitingList::Waiter& waiter :
             waiting_.Take(std::string(kRequests[request].event))) {
            Socket* const socket = waiter.socket.Get();
            if (socket == nullptr) continue;
            Settle(*socket, request);
            stats_.requests_answered.Add();
            if (IsIn(*socket, kept.room)) continue;  // it comes to the room as well
            socket->Send(kept.frame, kept.policy, kept.conflation_key);
        }
    }
}

void RequestIntake::OnStatus(std::string_view domain) {
    if (waiting_.empty() || !IsHopeless(board_.Find(domain))) return;
    for (std::size_t request = 0; request < kRequests.size(); ++request) {
        const Request& row = kRequests[request];
        if (row.domain == domain) OnFailed(request, board_.WhyNot(row.domain, row.noun));
    }
}

void RequestIntake::OnFailed(std::size_t request, const ErrorReply& reply) {
    const std::string json = contract::Encode(reply);
    for (const WaitingList::Waiter& waiter : waiting_.Take(std::string(kRequests[request].event))) {
        Socket* const socket = waiter.socket.Get();
        if (socket == nullptr) continue;
        Settle(*socket, request);
        stats_.requests_failed.Add();
        EmitJson(*socket, kRequests[request].reply, json);
    }
}

void RequestIntake::OnExpired(const std::string& what, const WaitingList::Waiter& waiter) {
    const std::optional<std::size_t> request = FindRequest(what);
    Socket* const socket = waiter.socket.Get();
    if (!request || socket == nullptr) return;
    const Request& row = kRequests[*request];
    const SteadyTime patient_until = waiter.since + row.patience * options_.answer_time_max;
    if (waiter.until < patient_until && IsAtWork(board_.Find(row.domain))) {
        WaitingList::Waiter again = waiter;
        again.until = std::min(patient_until, waiter.until + options_.answer_time_max);
        if (waiting_.Add(what, std::move(again))) return;
    }
    Settle(*socket, *request);
    stats_.requests_failed.Add();
    EmitJson(*socket, row.reply, contract::Encode(board_.WhyNot(row.domain, row.noun)));
}

void RequestIntake::Settle(Socket& socket, std::size_t request) {
    SessionOf(socket).requests_waiting &= ~BitOf(request);
}

}  // namespace flux::gateway
