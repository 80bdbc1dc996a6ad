#include "socketio/shard_recovery.h"

#include "base/assert.h"
#include "limits/limits.h"
#include "socketio/connection.h"
#include "socketio/namespace_socket.h"
#include "socketio/socketio_shard.h"

#include <algorithm>

namespace flux::socketio {
namespace {

/// How long a claim waits for this shard, or this gateway, to read what its client has seen.
constexpr Milliseconds kAheadTime{1'000};
constexpr Milliseconds kRetryStep{10};

/// Changes of a session are written to the archive together.
constexpr Milliseconds kArchiveStep{250};
/// Writes in one step, so that no turn is long.
constexpr std::size_t kArchiveWritesPerStep = 256;
/// While more wait.
constexpr Milliseconds kArchiveNextStep{20};
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
      farewells_(
          shard.engine().shard(),
          archive_,
          [this](SteadyTime due) { ArmArchive(std::max(due, Soon())); },
          ArchiveTime(shard.engine().options()),
          limits::kCacheQuestionsMax,
          shard.engine().options().recovery_bytes_max / shared_->parts.size(),
          stats
      ) {
    shared_->parts[self_.value()] = this;
    if (archive_ == nullptr) return;
    archive_->OnBack([shared = shared_, self = self_] {
        if (ShardRecovery* const here = shared->parts[self.value()]) here->OnArchiveBack();
    });
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
    KeptSession session;
    session.begin = shard_.app().Bookmark();
    session.brought = brought;
    AddLive(socket, pid, session);
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
    AddLive(socket, pid, session);
}

void ShardRecovery::Resumed(const NamespaceSocket& socket) {
    const auto found = live_.find(&socket);
    if (archive_ != nullptr && found != live_.end()) Archive(found->second);
}

void ShardRecovery::AddLive(NamespaceSocket& socket, std::string pid, const KeptSession& session) {
    Live live;
    live.socket = &socket;
    live.pid = std::move(pid);
    live.begin = session.begin;
    live.brought = session.brought;
    live.generation = session.generation;
    live.archived = session.archived;
    live.sent_older = shard_.engine().shard().clock().Now();
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
    session.generation = live.generation;
    session.archived = live.archived;
    return session;
}

void ShardRecovery::Leave(NamespaceSocket& socket, DisconnectReason reason) {
    const auto found = live_.find(&socket);
    FLUX_ASSERT(found != live_.end());
    by_pid_.erase(found->second.pid);
    Unlink(found->second);
    const Live gone = std::move(found->second);
    live_.erase(found);
    stats_.offered.Set(static_cast<std::int64_t>(live_.size()));
    if (!IsKept(reason)) {
        stats_.forgotten.Add();
        return Forget(gone.pid, gone.generation, gone.archived);
    }
    KeptSession session = Describe(gone);
    const bool unwritten = gone.changed || gone.unsure || reason == DisconnectReason::kDrain;
    if (archive_ != nullptr && unwritten) {
        session.archived = true;
        farewells_.Add(gone.pid, Encoded(session));
    }
    // What it was sent until then holds for what it was sent as it came, and for nothing older.
    const SteadyTime confirmed = socket.ConfirmedAt();
    if (confirmed > gone.sent_older) session.confirmed = confirmed;
    Return(gone.pid, socket.client(), std::move(session));
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

void ShardRecovery::Forget(const std::string& pid, const KeptSession& session) {
    Forget(pid, session.generation, session.archived);
}

void ShardRecovery::Forget(const std::string& pid, std::uint64_t generation, bool archived) {
    // It may lie in the archive, and on a server that it has left for this one.
    if (archive_ != nullptr && archived) {
        ArchivedSession grave;
        grave.owner = shared_->owner;
        grave.kind = ArchivedSession::Kind::kLeft;
        grave.session.generation = generation;
        farewells_.Add(pid, Encode(grave));
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
    claims_[&connection].push_back(ticket);
}

/// Its connection may ask for something else instead.
void ShardRecovery::Settle(std::uint64_t ticket, const Waiting& claim) {
    if (claim.connection == nullptr) return;
    const auto found = claims_.find(claim.connection);
    std::erase(found->second, ticket);
    if (found->second.empty()) claims_.erase(found);
}

bool ShardRecovery::IsClaiming(const Connection& connection, std::string_view nsp) const {
    const auto found = claims_.find(&connection);
    if (found == claims_.end()) return false;
    return std::any_of(found->second.begin(), found->second.end(), [&](std::uint64_t ticket) {
        const Waiting& waiting = waiting_.at(ticket);
        return !waiting.left && waiting.wish.nsp == nsp;
    });
}

void ShardRecovery::Withdraw(Connection& connection, std::string_view nsp) {
    const auto found = claims_.find(&connection);
    if (found == claims_.end()) return;
    for (const std::uint64_t ticket : found->second) {
        Waiting& waiting = waiting_.at(ticket);
        if (waiting.left || waiting.wish.nsp != nsp) continue;
        waiting.left = true;
        if (waiting.session) RetryNow();  // else it is given back when it comes
    }
}

void ShardRecovery::WithdrawAll(Connection& connection) {
    const auto found = claims_.find(&connection);
    if (found == claims_.end()) return;
    for (const std::uint64_t ticket : found->second) {
        Waiting& waiting = waiting_.at(ticket);
        waiting.connection = nullptr;
        if (waiting.session) RetryNow();
    }
    claims_.erase(found);
}

void ShardRecovery::RetryNow() {
    Shard& here = shard_.engine().shard();
    here.timers().Arm(retry_, here.clock().Now());
}

void ShardRecovery::OnAnswer(
    std::uint64_t ticket, std::optional<KeptSession> session, RecoveryVerdict why
) {
    const auto waiting = waiting_.find(ticket);
    FLUX_ASSERT(waiting != waiting_.end());
    if (session) {
        waiting->second.session = std::move(session);
        return Try(waiting);
    }
    if (waiting->second.connection != nullptr && !waiting->second.left) {
        return StartAfresh(waiting, why);
    }
    Settle(ticket, waiting->second);
    waiting_.erase(waiting);
}

void ShardRecovery::GiveBack(Waitings::iterator waiting) {
    const std::uint64_t ticket = waiting->first;
    Waiting gone = std::move(waiting->second);
    waiting_.erase(waiting);
    Settle(ticket, gone);
    if (gone.left) {
        stats_.forgotten.Add();
        return Forget(gone.wish.pid, *gone.session);
    }
    // The archive says that it is taken; it may be taken again.
    if (archive_ != nullptr && gone.session->archived) {
        farewells_.Add(gone.wish.pid, Encoded(*gone.session));
    }
    Return(gone.wish.pid, gone.client, *std::move(gone.session));
}

/// kLater only while there is time.
RecoveryVerdict ShardRecovery::JudgeOf(Waiting& claim, SteadyTime now) {
    const auto judge = [&] {
        const RecoveryVerdict verdict = shard_.app().Judge(*claim.session, claim.wish.offset);
        const bool over = verdict == RecoveryVerdict::kLater && now >= claim.give_up;
        return over ? RecoveryVerdict::kAhead : verdict;
    };
    const RecoveryVerdict verdict = judge();
    const bool from_elsewhere =
        verdict == RecoveryVerdict::kBeforeBegin || verdict == RecoveryVerdict::kForeign ||
        verdict == RecoveryVerdict::kBadOffset || verdict == RecoveryVerdict::kAhead;
    if (!from_elsewhere || !claim.wish.offset) return verdict;
    if (OffsetMark(*claim.wish.offset) != claim.session->brought) return verdict;
    // Its client had it before the session began, and has got none since.
    claim.wish.offset.reset();
    return judge();
}

void ShardRecovery::Try(Waitings::iterator waiting) {
    Waiting& claim = waiting->second;
    if (claim.connection == nullptr || claim.left) return GiveBack(waiting);
    Shard& here = shard_.engine().shard();
    const SteadyTime now = here.clock().Now();
    const RecoveryVerdict verdict = JudgeOf(claim, now);
    if (verdict == RecoveryVerdict::kRecovered) return GoOn(waiting);
    if (verdict == RecoveryVerdict::kLater) {
        Count(RecoveryVerdict::kLater);
        later_.push_back(waiting->first);
        if (!retry_.armed()) here.timers().Arm(retry_, now + kRetryStep);
        return;
    }
    Forget(claim.wish.pid, *claim.session);
    StartAfresh(waiting, verdict);
}

void ShardRecovery::GoOn(Waitings::iterator waiting) {
    const std::uint64_t ticket = waiting->first;
    Waiting claim = std::move(waiting->second);
    waiting_.erase(waiting);
    Settle(ticket, claim);
    claim.connection->GoOn(claim.wish, *claim.session);
}

void ShardRecovery::StartAfresh(Waitings::iterator waiting, RecoveryVerdict why) {
    const std::uint64_t ticket = waiting->first;
    Waiting claim = std::move(waiting->second);
    waiting_.erase(waiting);
    Count(why);
    Settle(ticket, claim);
    claim.connection->StartAfresh(claim.wish);
}

/// Looks again at every claim whose session is here.
void ShardRecovery::OnRetryDue() {
    for (const std::uint64_t ticket : std::exchange(later_, {})) {
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
    found->second.change = changed_.insert(changed_.end(), &socket);
    ArmArchive(Soon());
}

SteadyTime ShardRecovery::Soon() const {
    return shard_.engine().shard().clock().Now() + kArchiveStep;
}

void ShardRecovery::ArmArchive(SteadyTime due) {
    if (archive_timer_.armed() && archive_timer_.deadline() <= due) return;
    shard_.engine().shard().timers().Arm(archive_timer_, due);
}

void ShardRecovery::SentOlder(const NamespaceSocket& socket) {
    const auto found = live_.find(&socket);
    if (found == live_.end()) return;
    found->second.sent_older = shard_.engine().shard().clock().Now();
}

/// As it is written to the archive. One that is too large goes on here alone; what is written says
/// so, or an older copy of it would be gone on with elsewhere.
std::string ShardRecovery::Encoded(const KeptSession& session) const {
    ArchivedSession archived;
    archived.owner = shared_->owner;
    archived.session = session;
    std::string text = Encode(archived);
    if (text.size() <= limits::kKeptSessionBytesMax) return text;
    stats_.archive_too_large.Add();
    archived.kind = ArchivedSession::Kind::kTooLarge;
    return Encode(archived);
}

/// It is about to go from live_.
void ShardRecovery::Unlink(const Live& live) {
    if (live.changed) changed_.erase(live.change);
    if (live.written) written_.erase(live.age);
}

/// False when the archive did not take it: later.
bool ShardRecovery::Archive(Live& live) {
    const std::uint64_t write = ++writes_;
    auto done = [shared = shared_, self = self_, pid = live.pid, write](bool stored) {
        ShardRecovery* const here = shared->parts[self.value()];
        if (here != nullptr) here->OnArchived(pid, write, stored);
    };
    const SocketIoOptions& options = shard_.engine().options();
    const bool unsure = std::exchange(live.unsure, true);
    const std::uint64_t before = std::exchange(live.write, write);
    std::string text = Encoded(Describe(live));
    if (!archive_->Put(live.pid, std::move(text), ArchiveTime(options), std::move(done))) {
        live.unsure = unsure;
        live.write = before;
        stats_.archive_dropped.Add();
        return false;
    }
    if (std::exchange(live.changed, false)) changed_.erase(live.change);
    live.due = shard_.engine().shard().clock().Now() + options.recovery_window / 2;
    if (live.written) {
        written_.splice(written_.end(), written_, live.age);
    } else {
        live.age = written_.insert(written_.end(), live.socket);
        live.written = true;
    }
    live.archived = true;
    stats_.archived.Add();
    return true;
}

/// Writes as long as `steps` last and the archive takes it. True when nothing of its kind waits;
/// the same for the one below.
bool ShardRecovery::ArchiveChanged(std::size_t& steps) {
    while (steps > 0 && !changed_.empty()) {
        if (!Archive(live_.at(changed_.front()))) break;
        --steps;
    }
    return changed_.empty();
}

bool ShardRecovery::RefreshOldest(std::size_t& steps) {
    const SteadyTime now = shard_.engine().shard().clock().Now();
    while (!written_.empty()) {
        Live& oldest = live_.at(written_.front());
        if (oldest.due > now) {
            ArmArchive(oldest.due);
            return true;
        }
        if (steps == 0 || !Archive(oldest)) return false;
        --steps;
    }
    return true;
}

/// A connection that ended, or a refusal: what was written may not be there.
void ShardRecovery::OnArchived(const std::string& pid, std::uint64_t write, bool stored) {
    if (!stored) stats_.archive_lost.Add();
    const auto found = by_pid_.find(pid);
    if (found == by_pid_.end()) return;  // it was written once more as it left
    Live& live = live_.at(found->second);
    if (live.write != write) return;  // since then as well
    if (stored) {
        live.unsure = false;
        return;
    }
    live.due = shard_.engine().shard().clock().Now() + kArchiveLostPause;
    if (live.written) written_.splice(written_.begin(), written_, live.age);
    ArmArchive(live.due);
}

/// It may have been started again, and be empty: everything is written once more.
void ShardRecovery::OnArchiveBack() {
    const SteadyTime now = shard_.engine().shard().clock().Now();
    for (const NamespaceSocket* const socket : written_)
        live_.at(socket).due = now;
    farewells_.Hurry();
    ArmArchive(now);
}

/// Writes what has changed and what was written long ago, so that nothing of a live session
/// expires.
void ShardRecovery::OnArchiveDue() {
    std::size_t steps = kArchiveWritesPerStep;
    const bool all = farewells_.Write(steps) && ArchiveChanged(steps) && RefreshOldest(steps);
    if (all) return;
    // The steps were used up, or the archive is away.
    const Milliseconds pause = steps == 0 ? kArchiveNextStep : kArchiveStep;
    ArmArchive(shard_.engine().shard().clock().Now() + pause);
}

}  // namespace flux::socketio
