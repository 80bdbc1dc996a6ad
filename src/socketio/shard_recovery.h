// The recovery of sessions on one shard: those that may, those that ask, and the letters between
// shards.
#pragma once

#include "runtime/shard_set.h"
#include "socketio/farewell_writes.h"
#include "socketio/session_homes.h"
#include "socketio/socketio_server.h"

#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace flux::socketio {

class Connection;
class NamespaceSocket;
class SocketIoShard;

/// What a client wants to go on with.
struct RecoveryWish {
    std::string nsp;
    std::string auth;  ///< what the application sees
    std::string pid;
    std::optional<std::string> offset;
};

/// A private id names the shard that decides over its session (SessionHomes); a claim, a session
/// that loses its connection, and one that is taken over are letters to that shard or from it.
/// Their number is bounded by the connections: one claim a namespace, one farewell a socket.
/// Thread: its shard's.
class ShardRecovery {
public:
    ShardRecovery(
        SocketIoShard& shard, std::shared_ptr<RecoveryShared> shared, RecoveryStats& stats
    );
    ShardRecovery(const ShardRecovery&) = delete;
    ShardRecovery& operator=(const ShardRecovery&) = delete;
    ~ShardRecovery();

    // --- sockets of this shard ---

    /// `socket` begins a session that may recover; returns its private id. `brought`: see
    /// KeptSession.
    std::string Begin(NamespaceSocket& socket, std::uint64_t brought);
    /// `socket` goes on with `session`.
    void Resume(NamespaceSocket& socket, const std::string& pid, const KeptSession& session);
    /// And has been told what it missed. It is written to the archive at once: until then an older
    /// copy of another server may be taken for the newest.
    void Resumed(const NamespaceSocket& socket);
    /// How many sockets of this shard may recover.
    std::size_t live() const { return live_.size(); }
    /// Its rooms have changed.
    void Changed(const NamespaceSocket& socket);
    /// It is sent something that may be older than this moment: that it had been sent by then does
    /// not say that it has got it.
    void SentOlder(const NamespaceSocket& socket);
    /// It leaves; its rooms are still there.
    void Leave(NamespaceSocket& socket, DisconnectReason reason);

    // --- claims of connections of this shard ---

    void Claim(Connection& connection, RecoveryWish wish);
    /// How many of its claims are not decided, withdrawn ones included: what they cost is still
    /// there.
    std::size_t ClaimsOf(const Connection& connection) const {
        if (claims_.empty()) return 0;
        const auto found = claims_.find(&connection);
        return found == claims_.end() ? 0 : found->second.size();
    }
    bool IsClaiming(const Connection& connection, std::string_view nsp) const;
    /// The client left the namespace before it was in it: nobody may go on with that session.
    void Withdraw(Connection& connection, std::string_view nsp);
    /// The connection is gone; whoever comes next may claim again.
    void WithdrawAll(Connection& connection);
    /// A session that was claimed cannot go on.
    void Forget(const std::string& pid, const KeptSession& session);
    void Count(RecoveryVerdict verdict) {
        stats_.verdicts[static_cast<std::size_t>(verdict)].Add();
    }

    // --- letters ---

    SessionHomes& homes() { return homes_; }
    /// Another connection has come for the session: close this one.
    void Surrender(const std::string& pid);
    void OnAnswer(std::uint64_t ticket, std::optional<KeptSession> session, RecoveryVerdict why);

private:
    using Sockets = std::list<const NamespaceSocket*>;
    struct Live {
        NamespaceSocket* socket;
        std::string pid;
        std::string begin;
        std::uint64_t brought;
        std::uint64_t generation;
        bool archived;             // a copy may lie in the archive
        SteadyTime sent_older;     // when it joined a room, or was sent something older, last
        bool changed = false;      // it is in changed_
        bool written = false;      // it is in written_
        bool unsure = false;       // whether its last write was stored is not known
        std::uint64_t write = 0;   // the number of that write
        SteadyTime due;            // when it is written again
        Sockets::iterator change;  // in changed_
        Sockets::iterator age;     // in written_
    };
    struct Waiting {
        Connection* connection;  // nullptr: it is gone
        net::IpAddress client;
        RecoveryWish wish;
        bool left = false;                   // its client left the namespace meanwhile
        std::optional<KeptSession> session;  // once it is here
        SteadyTime give_up;
    };
    using Waitings = std::map<std::uint64_t, Waiting>;

    void AddLive(NamespaceSocket& socket, std::string pid, const KeptSession& session);
    ShardId HomeOf(std::string_view pid) const;
    KeptSession Describe(const Live& live) const;
    void Return(const std::string& pid, const net::IpAddress& client, KeptSession session);
    void Forget(const std::string& pid, std::uint64_t generation, bool archived);
    void Settle(std::uint64_t ticket, const Waiting& claim);
    void RetryNow();
    RecoveryVerdict JudgeOf(Waiting& claim, SteadyTime now);
    void Try(Waitings::iterator waiting);
    void GiveBack(Waitings::iterator waiting);
    void GoOn(Waitings::iterator waiting);
    void StartAfresh(Waitings::iterator waiting, RecoveryVerdict why);
    void OnRetryDue();
    void OnArchiveDue();
    bool Archive(Live& live);
    std::string Encoded(const KeptSession& session) const;
    void Unlink(const Live& live);
    void OnArchived(const std::string& pid, std::uint64_t write, bool stored);
    void OnArchiveBack();
    bool ArchiveChanged(std::size_t& steps);
    bool RefreshOldest(std::size_t& steps);
    void ArmArchive(SteadyTime due);
    SteadyTime Soon() const;

    SocketIoShard& shard_;
    const ShardId self_;
    const std::shared_ptr<RecoveryShared> shared_;
    RecoveryStats& stats_;
    const std::shared_ptr<SessionArchive> archive_;
    SessionHomes homes_;
    std::unordered_map<const NamespaceSocket*, Live> live_;
    std::unordered_map<std::string_view, NamespaceSocket*> by_pid_;  // keys are live_'s
    Waitings waiting_;
    std::vector<std::uint64_t> later_;  // claims that are judged again soon
    /// The tickets of those that have some; one is settled when its answer is here, not before.
    std::unordered_map<const Connection*, std::vector<std::uint64_t>> claims_;
    std::uint64_t tickets_ = 0;
    Sockets changed_;  // since they were written
    Sockets written_;  // the next to be written again first
    std::uint64_t writes_ = 0;
    FarewellWrites farewells_;
    MemberTimer<ShardRecovery, &ShardRecovery::OnRetryDue> retry_{*this};
    MemberTimer<ShardRecovery, &ShardRecovery::OnArchiveDue> archive_timer_{*this};
};

/// Has `work(ShardRecovery&)` done on shard `to`, unless its server has ended there. Thread: any.
template <class Work>
void Tell(const std::shared_ptr<RecoveryShared>& shared, ShardId to, Work work) {
    shared->shards[to.value()].PostReserved([shared, to, work = std::move(work)]() mutable {
        if (ShardRecovery* const part = shared->parts[to.value()]) work(*part);
    });
}

}  // namespace flux::socketio
