#include "socketio/shard_recovery.h"

#include "base/assert.h"
#include "limits/limits.h"
#include "socketio/connection.h"
#include "socketio/namespace_socket.h"
#include "socketio/socketio_shard.h"

namespace flux::socketio {
namespace {

/// How long a claim waits for this shard, or this gateway, to read what its client has seen.
constexpr Milliseconds kAheadTime{1'000};
constexpr Milliseconds kRetryStep{10};

/// Changes of a session are written to the archive together.
constexpr Milliseconds kArchiveStep{250};
/// Beyond the window, so that a session is there as long as it may be asked for.
constexpr std::chrono::seconds kArchiveExtra{60};

std::chrono::seconds ArchiveTime(const SocketIoOptions& options) {
    return std::chrono::ceil<std::chrono::seconds>(options.recovery_window) + kArchiveExtra;
}

/// Whether a session that ended so may be gone on with.
bool IsKept(DisconnectReason reason) {
    switch (reason) {
        case DisconnectReason::kTransportClose:
        case DisconnectReason::kTransportError:
        case DisconnectReason::kPingTimeout:
        case DisconnectReason::kSlow:
        case DisconnectReason::kDrain:
            return true;
        case DisconnectReason::kClientDisconnect:
        case DisconnectReason::kServerDisconnect:
        case DisconnectReason::kKicked:
        case DisconnectReason::kLimit:
            return false;
    }
    return false;
}

std::shared_ptr<SessionArchive> MakeArchive(const RecoveryShared& shared, Shard& shard) {
    return shared.make_archive ? shared.make_archive(shard) : nullptr;
}

}  // namespace

ShardRecovery::ShardRecovery(
    SocketIoShard& shard, std::shared_ptr<RecoveryShared> shared, RecoveryStats& stats
)
    : shard_(shard),
      self_(shard.engine().shard().id()),
      shared_(std::move(shared)),
      stats_(stats),
      archive_(MakeArchive(*shared_, shard.engine().shard())),
      homes_(shard.engine().shard(), shared_, shard.engine().options(), stats, archive_),
      refresh_at_(shard.engine().shard().clock().Now()) {
    shared_->parts[self_.value()] = this;
}

ShardRecovery::~ShardRecovery() {
    FLUX_ASSERT(live_.empty());
    shared_->parts[self_.value()] = nullptr;  // the engine is gone already
}

/// The shard that a private id names; one of another gateway, which may have other shards, is
/// settled here by the same number.
ShardId ShardRecovery::HomeOf(std::string_view pid) const {
    const std::optional<SessionPlace> place = PlaceOf(pid);
    FLUX_ASSERT(place.has_value());
    return ShardId(static_cast<std::uint16_t>(place->shard.value() % shared_->parts.size()));
}

// --- sockets ---

std::string ShardRecovery::Begin(NamespaceSocket& socket, std::uint64_t brought) {
    const EngineShard& engine = shard_.engine();
    Shard& here = shard_.engine().shard();
    const SessionId id = SessionId::Make(engine.options().gateway_id, here.id());
    std::string pid(id.view());
    homes_.Begin(pid, socket.nsp());
    AddLive(socket, pid, shard_.app().Bookmark(), brought);
    return pid;
}

void ShardRecovery::Resume(
    NamespaceSocket& socket, const std::string& pid, const KeptSession& session
) {
    const ShardId home = HomeOf(pid);
    if (home == self_) {
        homes_.Own(pid, self_);
    } else {
        Tell(shared_, home, [pid, self = self_](ShardRecovery& there) {
            there.homes().Own(pid, self);
        });
    }
    AddLive(socket, pid, session.begin, session.brought);
}

void ShardRecovery::AddLive(
    NamespaceSocket& socket, std::string pid, std::string begin, std::uint64_t brought
) {
    const SteadyTime now = shard_.engine().shard().clock().Now();
    Live live{&socket, std::move(pid), std::move(begin), brought, SteadyTime::min(), now};
    const auto added = live_.emplace(&socket, std::move(live)).first;
    by_pid_.emplace(added->second.pid, &socket);
    stats_.offered.Set(static_cast<std::int64_t>(live_.size()));
    Changed(socket);
}

KeptSession ShardRecovery::Describe(const Live& live) const {
    KeptSession session;
    session.sid = live.socket->id();
    session.nsp = live.socket->nsp();
    session.rooms = live.socket->Rooms();
    session.begin = live.begin;
    session.state = shard_.app().Suspend(*live.socket);
    session.brought = live.brought;
    return session;
}

void ShardRecovery::Leave(NamespaceSocket& socket, DisconnectReason reason) {
    const auto found = live_.find(&socket);
    FLUX_ASSERT(found != live_.end());
    Live live = std::move(found->second);
    by_pid_.erase(live.pid);
    live_.erase(found);
    stats_.offered.Set(static_cast<std::int64_t>(live_.size()));
    if (!IsKept(reason)) {
        stats_.forgotten.Add();
        return Forget(live.pid);
    }
    if (archive_ != nullptr && (live.changed || reason == DisconnectReason::kDrain)) Archive(live);
    KeptSession session = Describe(live);
    // What it was sent until then holds for what it was sent as it came, and for nothing older.
    const SteadyTime confirmed = socket.ConfirmedAt();
    if (confirmed > live.sent_older) session.confirmed = confirmed;
    Return(live.pid, socket.client(), std::move(session));
}

void ShardRecovery::Return(
    const std::string& pid, const net::IpAddress& client, KeptSession session
) {
    const ShardId home = HomeOf(pid);
    if (home == self_) {
        return homes_.Keep(pid, client, std::move(session));
    }
    Tell(shared_, home, [pid, client, session = std::move(session)](ShardRecovery& there) mutable {
        there.homes().Keep(pid, client, std::move(session));
    });
}

void ShardRecovery::Forget(const std::string& pid) {
    // It may lie in the archive, and on a server that it has left for this one.
    if (archive_ != nullptr) {
        ArchivedSession grave;
        grave.owner = shared_->owner;
        grave.left = true;
        archive_->Put(pid, Encode(grave), ArchiveTime(shard_.engine().options()));
    }
    const ShardId home = HomeOf(pid);
    if (home == self_) return homes_.Forget(pid);
    Tell(shared_, home, [pid](ShardRecovery& there) { there.homes().Forget(pid); });
}

void ShardRecovery::Surrender(const std::string& pid) {
    const auto found = by_pid_.find(pid);
    // Else it has just left, and the letter that says so is on its way.
    if (found == by_pid_.end()) return;
    found->second->CloseTransport({1000, "the client came back on another connection"});
}

// --- claims ---

void ShardRecovery::Claim(Connection& connection, RecoveryWish wish) {
    const SteadyTime now = shard_.engine().shard().clock().Now();
    const std::uint64_t ticket = ++tickets_;
    const ShardId home = HomeOf(wish.pid);
    const Claimant self{self_, ticket};
    Tell(shared_, home, [pid = wish.pid, nsp = wish.nsp, self](ShardRecovery& there) {
        there.homes().Claim(pid, nsp, self);
    });
    Waiting waiting;
    waiting.connection = &connection;
    waiting.client = connection.session().client();
    waiting.wish = std::move(wish);
    waiting.give_up = now + kAheadTime;
    waiting_.emplace(ticket, std::move(waiting));
    ++claims_[&connection];
}

/// Its connection is not waiting for it any more.
void ShardRecovery::Settle(Waiting& claim) {
    const auto found = claims_.find(claim.connection);
    if (--found->second == 0) claims_.erase(found);
}

bool ShardRecovery::IsClaiming(const Connection& connection, std::string_view nsp) const {
    if (ClaimsOf(connection) == 0) return false;
    for (const auto& [ticket, waiting] : waiting_) {
        if (waiting.connection == &connection && waiting.wish.nsp == nsp) return true;
    }
    return false;
}

void ShardRecovery::Withdraw(Connection& connection, std::string_view nsp) {
    if (ClaimsOf(connection) == 0) return;
    for (auto& [ticket, waiting] : waiting_) {
        if (waiting.connection != &connection || waiting.wish.nsp != nsp) continue;
        waiting.left = true;
        Withdraw(waiting);
    }
}

void ShardRecovery::WithdrawAll(Connection& connection) {
    if (ClaimsOf(connection) == 0) return;
    for (auto& [ticket, waiting] : waiting_) {
        if (waiting.connection == &connection) Withdraw(waiting);
    }
}

void ShardRecovery::Withdraw(Waiting& claim) {
    Settle(claim);
    claim.connection = nullptr;
    if (!claim.session) return;  // it is given back when it comes
    Shard& here = shard_.engine().shard();
    here.timers().Arm(retry_, here.clock().Now());
}

void ShardRecovery::OnAnswer(
    std::uint64_t ticket, std::optional<KeptSession> session, RecoveryVerdict why
) {
    const auto waiting = waiting_.find(ticket);
    FLUX_ASSERT(waiting != waiting_.end());
    if (!session) {
        if (waiting->second.connection == nullptr) {
            waiting_.erase(waiting);
        } else {
            StartAfresh(waiting, why);
        }
        return;
    }
    waiting->second.session = std::move(session);
    Try(waiting);
}

void ShardRecovery::GiveBack(Waitings::iterator waiting) {
    Waiting gone = std::move(waiting->second);
    waiting_.erase(waiting);
    if (gone.left) {
        stats_.forgotten.Add();
        Forget(gone.wish.pid);
    } else {
        Return(gone.wish.pid, gone.client, *std::move(gone.session));
    }
}

void ShardRecovery::Try(Waitings::iterator waiting) {
    Waiting& claim = waiting->second;
    if (claim.connection == nullptr) return GiveBack(waiting);
    // An offset that its client had before the session began says that it got none since.
    if (claim.wish.offset && OffsetMark(*claim.wish.offset) == claim.session->brought) {
        claim.wish.offset.reset();
    }
    RecoveryVerdict verdict = shard_.app().Judge(*claim.session, claim.wish.offset);
    if (verdict == RecoveryVerdict::kRecovered) return GoOn(waiting);
    if (verdict == RecoveryVerdict::kLater) {
        Shard& here = shard_.engine().shard();
        const SteadyTime now = here.clock().Now();
        if (now < claim.give_up) {
            Count(RecoveryVerdict::kLater);
            if (!retry_.armed()) here.timers().Arm(retry_, now + kRetryStep);
            return;
        }
        verdict = RecoveryVerdict::kAhead;
    }
    Forget(claim.wish.pid);
    StartAfresh(waiting, verdict);
}

void ShardRecovery::GoOn(Waitings::iterator waiting) {
    Waiting claim = std::move(waiting->second);
    waiting_.erase(waiting);
    Settle(claim);
    claim.connection->GoOn(claim.wish, *claim.session);
}

void ShardRecovery::StartAfresh(Waitings::iterator waiting, RecoveryVerdict why) {
    Waiting claim = std::move(waiting->second);
    waiting_.erase(waiting);
    Count(why);
    Settle(claim);
    claim.connection->StartAfresh(claim.wish);
}

/// Looks at every claim whose session is here again.
void ShardRecovery::OnRetryDue() {
    std::vector<std::uint64_t> tickets;
    for (const auto& [ticket, waiting] : waiting_) {
        if (waiting.session) tickets.push_back(ticket);
    }
    for (const std::uint64_t ticket : tickets) {
        const auto waiting = waiting_.find(ticket);
        if (waiting != waiting_.end()) Try(waiting);
    }
}

// --- the archive ---

void ShardRecovery::Changed(const NamespaceSocket& socket) {
    if (archive_ == nullptr) return;
    const auto found = live_.find(&socket);
    if (found == live_.end() || found->second.changed) return;
    found->second.changed = true;
    changed_.push_back(&socket);
    Shard& here = shard_.engine().shard();
    const SteadyTime due = here.clock().Now() + kArchiveStep;
    if (!archive_timer_.armed() || due < archive_timer_.deadline()) {
        here.timers().Arm(archive_timer_, due);
    }
}

void ShardRecovery::SentOlder(const NamespaceSocket& socket) {
    const auto found = live_.find(&socket);
    if (found == live_.end()) return;
    found->second.sent_older = shard_.engine().shard().clock().Now();
}

void ShardRecovery::Archive(Live& live) {
    ArchivedSession archived;
    archived.owner = shared_->owner;
    archived.session = Describe(live);
    live.changed = false;
    live.archived = shard_.engine().shard().clock().Now();
    std::string text = Encode(archived);
    if (text.size() > limits::kKeptSessionBytesMax) return;
    stats_.archived.Add();
    archive_->Put(live.pid, std::move(text), ArchiveTime(shard_.engine().options()));
}

/// Writes what has changed, and now and then everything, so that nothing of a live session expires.
void ShardRecovery::OnArchiveDue() {
    Shard& here = shard_.engine().shard();
    const SteadyTime now = here.clock().Now();
    const Milliseconds refresh = shard_.engine().options().recovery_window / 2;
    for (const NamespaceSocket* socket : changed_) {
        const auto found = live_.find(socket);
        if (found != live_.end() && found->second.changed) Archive(found->second);
    }
    changed_.clear();
    if (refresh_at_ <= now) {
        for (auto& [socket, live] : live_) {
            if (live.archived + refresh <= now) Archive(live);
        }
        refresh_at_ = now + refresh / 2;
    }
    if (!live_.empty()) here.timers().Arm(archive_timer_, refresh_at_);
}

}  // namespace flux::socketio
