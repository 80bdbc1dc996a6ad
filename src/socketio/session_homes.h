// Where each session that may recover is: connected on a shard, kept, or being claimed.
#pragma once

#include "runtime/timer_wheel.h"
#include "socketio/kept_session.h"
#include "socketio/recovery_shared.h"
#include "socketio/recovery_stats.h"

#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace flux::socketio {

/// Whom the answer to a claim goes to.
struct Claimant {
    ShardId shard;
    std::uint64_t ticket = 0;
};

/// The sessions whose private ids name one shard, wherever they are connected: the one place that
/// decides who of several claimants goes on with a session. Bounded by the sessions that are open,
/// and by the options for those that are kept. Thread: its shard's.
///
/// A session is `live` on a shard, `kept` here, `asked` for in the archive, or `claimed`: on its
/// way to a claimant, who answers with Own, Keep or Forget.
class SessionHomes {
public:
    SessionHomes(
        Shard& shard,
        std::shared_ptr<RecoveryShared> shared,
        const SocketIoOptions& options,
        RecoveryStats& stats,
        std::shared_ptr<SessionArchive> archive
    );
    SessionHomes(const SessionHomes&) = delete;
    SessionHomes& operator=(const SessionHomes&) = delete;
    ~SessionHomes();

    /// A session begins on this shard.
    void Begin(const std::string& pid, std::string_view nsp);

    /// Somebody says that `pid` is theirs. The answer is a letter: the session, or why not. One
    /// that is still connected is closed there first.
    void Claim(const std::string& pid, std::string_view nsp, Claimant claimant);

    /// The claimant goes on with the session, on `at`.
    void Own(const std::string& pid, ShardId at);

    /// The session lost its connection, or its claimant did not come to go on with it.
    void Keep(const std::string& pid, const net::IpAddress& client, KeptSession session);

    /// The session is over.
    void Forget(const std::string& pid);

    std::size_t size() const { return homes_.size(); }

private:
    enum class State : std::uint8_t { kLive, kKept, kAsked, kClaimed };
    struct Kept {
        KeptSession session;
        net::IpAddress client;
        std::size_t bytes = 0;
    };
    struct Home {
        State state = State::kLive;
        ShardId at;  // of kLive
        std::string nsp;
        std::optional<Claimant> waiter;  // of kClaimed: until the old connection is closed
        std::unique_ptr<Kept> kept;
        SteadyTime expires;
        std::list<std::string_view>::iterator age;  // of kKept, in ages_
    };
    using Homes = std::unordered_map<std::string, Home>;

    void HandOver(Homes::iterator home, Claimant claimant, KeptSession session);
    void Ask(Homes::iterator home, Claimant claimant, std::optional<KeptSession> local);
    static Task<> AskArchive(
        std::shared_ptr<RecoveryShared> shared,
        ShardId self,
        std::shared_ptr<SessionArchive> archive,
        std::string pid,
        Claimant claimant,
        std::optional<KeptSession> local
    );
    void OnArchiveAnswer(
        const std::string& pid,
        Claimant claimant,
        std::optional<KeptSession> local,
        const std::optional<std::string>& found
    );
    std::optional<KeptSession> Choose(
        const Home& home, std::optional<KeptSession> local, const std::optional<std::string>& found
    );
    void Answer(Claimant claimant, std::optional<KeptSession> session, RecoveryVerdict why) const;
    bool Charge(const net::IpAddress& client, std::size_t bytes);
    KeptSession Release(Home& home);
    void OnExpiryDue();
    void ArmExpiry();

    Shard& shard_;
    const std::shared_ptr<RecoveryShared> shared_;
    const SocketIoOptions& options_;
    RecoveryStats& stats_;
    const std::shared_ptr<SessionArchive> archive_;
    Homes homes_;
    std::list<std::string_view> ages_;  // kept sessions, the first to expire first; keys of homes_
    MemberTimer<SessionHomes, &SessionHomes::OnExpiryDue> expiry_{*this};
};

}  // namespace flux::socketio
