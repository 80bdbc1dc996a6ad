// Valkey (or Redis) as one shard uses it: pipelined over one connection that heals itself.
#pragma once

#include "base/random.h"
#include "base/result.h"
#include "runtime/answer_slot.h"
#include "runtime/backoff.h"
#include "runtime/shard.h"
#include "runtime/task.h"
#include "runtime/task_group.h"
#include "valkey/command.h"
#include "valkey/valkey_connection.h"
#include "valkey/valkey_health.h"
#include "valkey/valkey_options.h"
#include "valkey/valkey_stats.h"

#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace flux::valkey {

/// Connects, and connects again with a growing pause. While it has no connection, and after
/// `failures_max` answers in a row came too late, nobody is made to wait: every question fails at
/// once. In the second case it asks by itself (PING) until an answer is in time again; so it does
/// on a new connection whose first answer came too late, so that one outage is told as one.
/// Commands go out together with whatever else is queued; an answer that comes too late is passed
/// over, so that every later one still meets its own question.
///
/// Thread: its shard's. Lifecycle: Start once, Stop, destroy.
class ValkeyClient {
public:
    /// All references outlive the client; `trust` is for options.tls.
    ValkeyClient(
        Shard& shard,
        const ValkeyOptions& options,
        std::shared_ptr<const net::TlsTrust> trust,
        ValkeyHealth& health,
        ValkeyStats& stats,
        std::uint64_t seed
    );
    ValkeyClient(const ValkeyClient&) = delete;
    ValkeyClient& operator=(const ValkeyClient&) = delete;
    ~ValkeyClient();

    /// Returns once the first connection is ready, or has failed.
    Task<> Start();

    /// Sends what was told, closes the connection, and returns when whoever asked has been told.
    Task<> Stop();

    /// Questions are sent; else they fail at once.
    bool answering() const;

    /// Sends `command` and waits for its answer. Errors: kUnavailable (not asked: nobody answers,
    /// or Valkey says later), kFull (not asked), kTimeout, kUnknown (the connection ended),
    /// kPermission and kBadInput (refused).
    Task<Result<Reply>> Ask(Command command, Milliseconds time_max);

    /// Sends `command` and waits for nothing. False when it was not queued, which is counted. Else
    /// `done`, if there is one, hears in a later turn whether it was carried out; a connection that
    /// ended before the answer may have brought it all the same.
    bool Tell(Command command, std::function<void(bool carried_out)> done = nullptr);

    /// `listener` is called whenever Valkey answers again after it did not: it may have been
    /// started again and be empty. Until the client is destroyed.
    void OnBack(std::function<void()> listener) { on_back_.push_back(std::move(listener)); }

private:
    Task<> Run();
    Task<> ServeOne();
    Task<> Pause();
    bool Send(Command command, ReplyHandler handler);
    void CountRefusal(const Error& error);
    void Welcome();
    void OnLate(Milliseconds time_max);
    void GoAway(const Error& why);
    void ComeBack();
    void Probe();
    void OnProbed(const Result<Reply>& pong, SteadyTime asked);

    Shard& shard_;
    const ValkeyOptions& options_;
    const std::shared_ptr<const net::TlsTrust> trust_;
    ValkeyHealth& health_;
    ValkeyStats& stats_;
    Random random_;
    Backoff backoff_;
    std::unique_ptr<ValkeyConnection> connection_;
    bool ready_ = false;  // logged in
    bool slow_ = false;   // connected, but nobody asks
    bool away_ = false;   // as health_ was told
    bool stopping_ = false;
    std::uint32_t late_in_row_ = 0;
    Milliseconds in_time_{0};  // what the last late answer was allowed
    SteadyTime up_since_;
    std::size_t asking_ = 0;  // coroutines inside Ask
    AnswerSlot<bool> first_try_;
    std::vector<std::function<void()>> on_back_;
    boost::asio::steady_timer pause_;
    boost::asio::steady_timer asked_out_;
    TaskGroup tasks_;
    MemberTimer<ValkeyClient, &ValkeyClient::Probe> probe_{*this};
};

}  // namespace flux::valkey
