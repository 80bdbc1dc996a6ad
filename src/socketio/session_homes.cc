#include "socketio/session_homes.h"

#include "base/assert.h"
#include "limits/limits.h"
#include "runtime/shard_set.h"
#include "runtime/task_group.h"
#include "socketio/shard_recovery.h"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace flux::socketio {
namespace {

std::uint32_t KibOf(std::size_t bytes) {
    return static_cast<std::uint32_t>((bytes + KiB - 1) / KiB);
}

}  // namespace

SessionHomes::SessionHomes(
    Shard& shard,
    std::shared_ptr<RecoveryShared> shared,
    const SocketIoOptions& options,
    RecoveryStats& stats,
    std::shared_ptr<SessionArchive> archive
)
    : shard_(shard),
      shared_(std::move(shared)),
      options_(options),
      stats_(stats),
      archive_(std::move(archive)) {}

SessionHomes::~SessionHomes() {
    for (auto& [pid, home] : homes_) {
        if (home.kept != nullptr) Release(home);
    }
}

void SessionHomes::Begin(const std::string& pid, std::string_view nsp) {
    Home home;
    home.at = shard_.id();
    home.nsp = nsp;
    homes_.insert_or_assign(pid, std::move(home));
}

// --- claims ---

void SessionHomes::Claim(const std::string& pid, std::string_view nsp, Claimant claimant) {
    auto found = homes_.find(pid);
    if (found == homes_.end()) {
        if (archive_ == nullptr) return Answer(claimant, {}, RecoveryVerdict::kUnknown);
        found = homes_.emplace(pid, Home()).first;
        found->second.nsp = nsp;
        return Ask(found, claimant, std::nullopt);
    }
    Home& home = found->second;
    if (home.nsp != nsp) return Answer(claimant, {}, RecoveryVerdict::kUnknown);
    switch (home.state) {
        case State::kAsked:
        case State::kClaimed:
            return Answer(claimant, {}, RecoveryVerdict::kInUse);
        case State::kKept:
            return HandOver(found, claimant, Release(home));
        case State::kLive:
            home.state = State::kClaimed;
            home.waiter = claimant;
            stats_.taken_over.Add();
            Tell(shared_, home.at, [pid](ShardRecovery& there) { there.Surrender(pid); });
            return;
    }
}

/// With an archive the session may have moved to another server and back since it was here.
void SessionHomes::HandOver(Homes::iterator home, Claimant claimant, KeptSession session) {
    home->second.waiter.reset();
    if (archive_ != nullptr) return Ask(home, claimant, std::move(session));
    home->second.state = State::kClaimed;
    Answer(claimant, std::move(session), RecoveryVerdict::kRecovered);
}

void SessionHomes::Ask(Homes::iterator home, Claimant claimant, std::optional<KeptSession> local) {
    home->second.state = State::kAsked;
    boost::asio::co_spawn(
        shard_.io(),
        AskArchive(shared_, shard_.id(), archive_, home->first, claimant, std::move(local)),
        [](const std::exception_ptr& failure) { ReportTaskFailure("socketio.recovery", failure); }
    );
}

Task<> SessionHomes::AskArchive(
    std::shared_ptr<RecoveryShared> shared,
    ShardId self,
    std::shared_ptr<SessionArchive> archive,
    std::string pid,
    Claimant claimant,
    std::optional<KeptSession> local
) {
    std::string mark = TakenMark(shared->owner);
    std::optional<std::string> found;
    std::exception_ptr failure;
    try {
        found = co_await archive->Take(pid, std::move(mark));
    } catch (...) {
        failure = std::current_exception();
    }
    // Whoever asked is waiting: a failure is an archive that is away.
    if (failure) ReportTaskFailure("socketio.recovery", failure);
    ShardRecovery* const here = shared->parts[self.value()];
    if (here != nullptr) {
        here->homes().OnArchiveAnswer(pid, claimant, std::move(local), found);
    }
}

void SessionHomes::OnArchiveAnswer(
    const std::string& pid,
    Claimant claimant,
    std::optional<KeptSession> local,
    const std::optional<std::string>& found
) {
    const auto home = homes_.find(pid);
    FLUX_ASSERT(home != homes_.end() && home->second.state == State::kAsked);
    std::optional<KeptSession> session = Choose(home->second, std::move(local), found);
    if (session) {
        home->second.state = State::kClaimed;
        return Answer(claimant, std::move(session), RecoveryVerdict::kRecovered);
    }
    homes_.erase(home);
    Answer(claimant, {}, RecoveryVerdict::kUnknown);
}

/// The newest copy, one generation on; nothing, or what is unreadable, is an archive that is away.
/// What another server has taken is on its way there.
std::optional<KeptSession> SessionHomes::Choose(
    const Home& home, std::optional<KeptSession> local, const std::optional<std::string>& found
) {
    std::optional<ArchivedSession> archived;
    if (found) archived = DecodeArchived(*found);
    std::uint64_t generation = local ? local->generation : 0;
    if (archived) {
        generation = std::max(generation, archived->session.generation);
        const bool newer = local && archived->session.generation < local->generation;
        const bool ours = local && (newer || archived->owner == shared_->owner);
        // Who left did so in a session that somebody had taken over: it goes on.
        if (archived->kind == ArchivedSession::Kind::kLeft && !newer) return std::nullopt;
        if (!ours) {
            if (archived->kind != ArchivedSession::Kind::kSession) return std::nullopt;
            if (archived->session.nsp != home.nsp) return std::nullopt;
            stats_.from_archive.Add();
            local = std::move(archived->session);
        }
        local->archived = true;
    }
    if (local) local->generation = generation + 2;
    return local;
}

void SessionHomes::Answer(
    Claimant claimant, std::optional<KeptSession> session, RecoveryVerdict why
) const {
    Tell(
        shared_,
        claimant.shard,
        [ticket = claimant.ticket, session = std::move(session), why](ShardRecovery& there
        ) mutable { there.OnAnswer(ticket, std::move(session), why); }
    );
}

// --- what becomes of them ---

void SessionHomes::Own(const std::string& pid, ShardId at) {
    const auto found = homes_.find(pid);
    if (found == homes_.end()) return;
    found->second.state = State::kLive;
    found->second.at = at;
}

void SessionHomes::Keep(const std::string& pid, const net::IpAddress& client, KeptSession session) {
    const auto found = homes_.find(pid);
    if (found == homes_.end()) return;
    Home& home = found->second;
    if (home.waiter) return HandOver(found, *home.waiter, std::move(session));
    // With what stands around it here: a node each in homes_ and ages_.
    constexpr std::size_t kNodes =
        sizeof(Home) + sizeof(Kept) - sizeof(KeptSession) + 10 * sizeof(void*);
    const std::size_t bytes = session.weight() + kNodes + pid.capacity() + home.nsp.capacity();
    if (!Charge(client, bytes)) {
        stats_.not_kept.Add();
        homes_.erase(found);
        return;
    }
    home.state = State::kKept;
    home.kept = std::make_unique<Kept>(Kept{std::move(session), client, bytes});
    home.expires = shard_.clock().Now() + options_.recovery_window;
    home.age = ages_.insert(ages_.end(), found->first);
    ArmExpiry();
}

void SessionHomes::Forget(const std::string& pid) {
    const auto found = homes_.find(pid);
    if (found == homes_.end()) return;
    if (found->second.kept != nullptr) Release(found->second);
    if (found->second.waiter) {
        Answer(*found->second.waiter, {}, RecoveryVerdict::kUnknown);
    }
    homes_.erase(found);
}

// --- bounds ---

bool SessionHomes::Charge(const net::IpAddress& client, std::size_t bytes) {
    if (bytes > limits::kKeptSessionBytesMax) return false;
    const std::size_t sessions = shared_->kept.fetch_add(1) + 1;
    const std::size_t all_bytes = shared_->kept_bytes.fetch_add(bytes) + bytes;
    const bool of_all =
        sessions <= options_.recovery_sessions_max && all_bytes <= options_.recovery_bytes_max;
    if (of_all && shared_->kept_of_address.Enter(client)) {
        if (shared_->kept_kib_of_address.Enter(client, KibOf(bytes))) {
            stats_.kept.Add(1);
            stats_.kept_bytes.Add(static_cast<std::int64_t>(bytes));
            return true;
        }
        shared_->kept_of_address.Leave(client);
    }
    shared_->kept.fetch_sub(1);
    shared_->kept_bytes.fetch_sub(bytes);
    return false;
}

KeptSession SessionHomes::Release(Home& home) {
    const std::unique_ptr<Kept> kept = std::move(home.kept);
    ages_.erase(home.age);
    shared_->kept.fetch_sub(1);
    shared_->kept_bytes.fetch_sub(kept->bytes);
    shared_->kept_of_address.Leave(kept->client);
    shared_->kept_kib_of_address.Leave(kept->client, KibOf(kept->bytes));
    stats_.kept.Add(-1);
    stats_.kept_bytes.Add(-static_cast<std::int64_t>(kept->bytes));
    return std::move(kept->session);
}

void SessionHomes::OnExpiryDue() {
    const SteadyTime now = shard_.clock().Now();
    while (!ages_.empty()) {
        const auto oldest = homes_.find(std::string(ages_.front()));
        FLUX_ASSERT(oldest != homes_.end());
        if (oldest->second.expires > now) break;
        stats_.expired.Add();
        Release(oldest->second);
        homes_.erase(oldest);
    }
    ArmExpiry();
}

void SessionHomes::ArmExpiry() {
    if (ages_.empty() || expiry_.armed()) return;
    const auto oldest = homes_.find(std::string(ages_.front()));
    shard_.timers().Arm(expiry_, oldest->second.expires);
}

}  // namespace flux::socketio
