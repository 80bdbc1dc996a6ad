// One connection to Valkey: commands out in order, answers back in the same order.
#pragma once

#include "base/result.h"
#include "base/unique_function.h"
#include "net/client/byte_stream.h"
#include "runtime/shard.h"
#include "runtime/task.h"
#include "runtime/task_group.h"
#include "valkey/command.h"
#include "valkey/reply_reader.h"
#include "valkey/valkey_options.h"
#include "valkey/valkey_stats.h"

#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <memory>
#include <optional>
#include <string>

namespace flux::valkey {

/// What became of one command. An error answer is an error: kPermission (NOPERM, NOAUTH,
/// WRONGPASS), kUnavailable (LOADING and the like), kBadInput (anything else); so is the end of the
/// connection: kUnknown. Called exactly once.
using ReplyHandler = UniqueFunction<void(Result<Reply>)>;

/// From Open to its end; never opened twice. Thread: its shard's.
class ValkeyConnection {
public:
    ValkeyConnection(
        Shard& shard,
        const ValkeyOptions& options,
        std::shared_ptr<const net::TlsTrust> trust,
        ValkeyStats& stats
    );
    ValkeyConnection(const ValkeyConnection&) = delete;
    ValkeyConnection& operator=(const ValkeyConnection&) = delete;

    /// Serve must have returned.
    ~ValkeyConnection();

    /// Connects, logs in and waits for a first answer, all within connect_timeout. Errors:
    /// kUnavailable, kTimeout, kPermission, kClosed, kBadInput.
    Task<Result<void>> Open();

    /// Sends what Send queues and reads the answers until the connection ends. Returns why, after
    /// every command that was not answered has heard of it.
    Task<Error> Serve();

    /// Queues a formatted command. False when the queue is full: `handler` is not called then.
    [[nodiscard]] bool Send(Command command, ReplyHandler handler);

    /// How long that first answer took, once Open has succeeded; the login before it counts, the
    /// way there (name, TCP, TLS) does not.
    Milliseconds first_answer_took() const { return first_answer_took_; }

    /// It has ended, or is about to.
    bool ended() const { return why_.has_value(); }

    /// Ends it: Open and Serve return soon.
    void Fail(Error why);

private:
    struct Question {
        SteadyTime asked;
        std::string command;  // its name
        std::size_t bytes = 0;
        ReplyHandler handler;
    };

    Task<Result<void>> LogIn();
    Task<Result<Reply>> ReadOne();
    Task<> WriteLoop();
    Task<> ReadLoop();
    void TakeReplies();
    void Answer(Reply reply);
    Error Wrong(const Error& what);
    void FailAll();
    void WatchSilence();
    void OnSilence();
    Error Explain(const Reply& refusal, std::string_view command) const;

    Shard& shard_;
    const ValkeyOptions& options_;
    ValkeyStats& stats_;
    net::ByteStream stream_;
    ReplyReader reader_;
    std::string read_buffer_;
    std::string unsent_;
    std::deque<Question> questions_;  // in the order they were queued
    std::size_t bytes_ = 0;           // of questions_
    SteadyTime last_answer_;
    Milliseconds first_answer_took_{0};
    std::optional<Error> why_;  // it has ended
    boost::asio::steady_timer work_;
    TaskGroup writer_;
    MemberTimer<ValkeyConnection, &ValkeyConnection::OnSilence> silence_{*this};
};

}  // namespace flux::valkey
