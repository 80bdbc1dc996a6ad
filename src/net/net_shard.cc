#include "net/net_shard.h"

#include "base/assert.h"
#include "limits/limits.h"
#include "net/acceptor.h"
#include "net/http_session.h"
#include "net/lingering_socket.h"
#include "net/response_head.h"

#include <algorithm>
#include <array>
#include <utility>

namespace flux::net {
namespace {

constexpr std::size_t kDiscardBytes = 16 * KiB;

}  // namespace

NetShard::NetShard(
    Shard& shard, const std::vector<std::unique_ptr<NetShard>>& peers, NetStats& stats
)
    : shard_(shard),
      peers_(peers),
      read_buffer_(limits::kReadBufferBytes),
      stats_(stats),
      poller_(shard) {
    shard_.AddTurnHook(*this);
}

NetShard::~NetShard() {
    FLUX_ASSERT(first_ == nullptr && graveyard_.empty());
    shard_.RemoveTurnHook(*this);
}

std::string_view NetShard::date() {
    const WallMillis second = shard_.clock().WallNow() / 1000;
    if (second != date_second_) {
        date_second_ = second;
        date_ = FormatHttpDate(second * 1000);
    }
    return date_;
}

void NetShard::AddAcceptor(std::unique_ptr<Acceptor> acceptor) {
    acceptors_.push_back(std::move(acceptor));
}

void NetShard::Adopt(Arrival arrival) {
    if (stopped_) return;
    auto session = std::make_unique<HttpSession>(*this, std::move(arrival));
    HttpSession& started = *session;
    Keep(std::move(session));
    started.Start();
}

bool NetShard::MoveTo(ShardId home, Arrival& arrival) {
    NetShard& target = *peers_[home.value()];
    auto travelling = std::make_shared<Arrival>(std::move(arrival));
    const bool posted =
        target.shard_.Post([&target, travelling] { target.Adopt(std::move(*travelling)); });
    if (!posted) arrival = std::move(*travelling);
    return posted;
}

void NetShard::Keep(std::unique_ptr<Connection> connection) {
    Connection* const kept = connection.release();
    kept->next_ = first_;
    if (first_ != nullptr) first_->previous_ = kept;
    first_ = kept;
    ++connections_;
}

void NetShard::Bury(Connection& connection) {
    FLUX_ASSERT(!connection.buried_);
    connection.buried_ = true;
    if (connection.previous_ != nullptr) {
        connection.previous_->next_ = connection.next_;
    } else {
        first_ = connection.next_;
    }
    if (connection.next_ != nullptr) connection.next_->previous_ = connection.previous_;
    --connections_;
    if (connection.resuming_) std::erase(resuming_, &connection);
    graveyard_.emplace_back(&connection);
    // This turn's sweep may be over, and what the burial changes must still be flushed by others.
    shard_.Wake();
}

void NetShard::ResumeSoon(Connection& connection) {
    if (connection.resuming_ || connection.buried_) return;
    connection.resuming_ = true;
    resuming_.push_back(&connection);
    shard_.Wake();
}

void NetShard::LingerAndClose(Stream stream) {
    if (!stream.is_open()) return;
    stream.ShutdownWrite();
    // Waiting for a peer is a courtesy, and there are only so many.
    const auto waiting = static_cast<std::size_t>(stats_.lingering.value());
    if (stopped_ || waiting >= limits::kLingeringMax) {
        if (!stopped_) stats_.lingering_cut.Add();
        // What has arrived is taken out, so that closing does not answer it with a reset. Not into
        // the read buffer: a request that is being answered may lie there.
        std::array<char, kDiscardBytes> discarded;
        stream.Read(discarded);
        return;
    }
    auto lingering = std::make_unique<LingeringSocket>(*this, std::move(stream));
    LingeringSocket& started = *lingering;
    Keep(std::move(lingering));
    started.Start();
}

/// Buried connections stay in memory until the sweep, so the list may change while it is walked.
void NetShard::ForEachConnection(void (Connection::*call)()) {
    calling_.clear();
    for (Connection* connection = first_; connection != nullptr; connection = connection->next_)
        calling_.push_back(connection);
    for (Connection* connection : calling_) {
        if (!connection->buried_) (connection->*call)();
    }
    calling_.clear();
}

void NetShard::StopAccepting() {
    draining_ = true;
    acceptors_.clear();
    ForEachConnection(&Connection::OnDrain);
}

void NetShard::StopAll() {
    StopAccepting();
    stopped_ = true;
    while (first_ != nullptr || !graveyard_.empty()) {
        ForEachConnection(&Connection::Abandon);
        Sweep();
    }
    sites_.clear();
}

void NetShard::ResumeAll() {
    std::swap(resuming_, calling_);
    for (Connection* connection : calling_)
        connection->resuming_ = false;
    for (Connection* connection : calling_) {
        if (!connection->buried_) connection->OnResume();
    }
    calling_.clear();
}

/// Telling an owner that its connection ended may end others: again until none is left.
void NetShard::Sweep() {
    while (!graveyard_.empty()) {
        std::vector<std::unique_ptr<Connection>> ended;
        std::swap(ended, graveyard_);
        for (const std::unique_ptr<Connection>& connection : ended)
            connection->OnBuried();
    }
}

void NetShard::AtTurnEnd() {
    if (!resuming_.empty()) ResumeAll();
    if (!graveyard_.empty()) Sweep();
    poller_.Arm();
}

}  // namespace flux::net
