#include "valkey/valkey_connection.h"

#include "base/assert.h"
#include "limits/limits.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

namespace flux::valkey {
namespace {

constexpr std::size_t kReadBytes = 16 * KiB;

net::ByteStreamOptions StreamOptions(
    const ValkeyOptions& options, std::shared_ptr<const net::TlsTrust> trust
) {
    net::ByteStreamOptions stream;
    stream.host = options.host;
    stream.port = options.port;
    stream.tls = options.tls;
    stream.trust = std::move(trust);
    return stream;
}

/// What the first word of an error answer means.
ErrorCode CodeOf(std::string_view refusal) {
    const std::string_view word = refusal.substr(0, refusal.find(' '));
    constexpr std::array<std::string_view, 3> kLogin{"NOPERM", "NOAUTH", "WRONGPASS"};
    constexpr std::array<std::string_view, 6> kLater{
        "LOADING", "BUSY", "MASTERDOWN", "TRYAGAIN", "CLUSTERDOWN", "OOM"};
    if (std::find(kLogin.begin(), kLogin.end(), word) != kLogin.end())
        return ErrorCode::kPermission;
    if (std::find(kLater.begin(), kLater.end(), word) != kLater.end())
        return ErrorCode::kUnavailable;
    return ErrorCode::kBadInput;
}

}  // namespace

ValkeyConnection::ValkeyConnection(
    Shard& shard,
    const ValkeyOptions& options,
    std::shared_ptr<const net::TlsTrust> trust,
    ValkeyStats& stats
)
    : shard_(shard),
      options_(options),
      stats_(stats),
      stream_(StreamOptions(options, std::move(trust))),
      reader_(limits::kValkeyReplyBytesMax),
      read_buffer_(kReadBytes, '\0'),
      work_(shard.io()),
      writer_(shard) {
    work_.expires_at(SteadyTime::max());
}

ValkeyConnection::~ValkeyConnection() {
    FLUX_ASSERT(questions_.empty());
}

Task<Result<void>> ValkeyConnection::Open() {
    stream_.SetDeadline(options_.connect_timeout);
    Result<void> opened = co_await stream_.Open();
    if (opened) opened = co_await LogIn();
    stream_.ClearDeadline();
    if (why_) co_return *why_;
    if (!opened) stream_.Abort();
    co_return opened;
}

Task<Result<void>> ValkeyConnection::LogIn() {
    std::string commands;
    const std::string& password = options_.password.Reveal();
    if (!password.empty()) {
        const Command login = options_.user.empty()
                                  ? FormatCommand({"AUTH", password})
                                  : FormatCommand({"AUTH", options_.user, password});
        commands = login.bytes;
    }
    commands += FormatCommand({"PING"}).bytes;
    const SteadyTime asked = shard_.clock().Now();
    const Result<void> sent = co_await stream_.Write(commands);
    if (!sent) co_return sent;
    if (!password.empty()) {
        const Result<Reply> login = co_await ReadOne();
        if (!login) co_return login.error();
        if (login->kind == Reply::Kind::kError) co_return Explain(*login, "AUTH");
    }
    const Result<Reply> pong = co_await ReadOne();
    if (!pong) co_return pong.error();
    if (pong->kind == Reply::Kind::kError) co_return Explain(*pong, "PING");
    first_answer_took_ = std::chrono::ceil<Milliseconds>(shard_.clock().Now() - asked);
    co_return Result<void>();
}

Task<Result<Reply>> ValkeyConnection::ReadOne() {
    for (;;) {
        Result<std::optional<Reply>> reply = reader_.Next();
        if (!reply) co_return Wrong(reply.error());
        if (*reply) co_return **std::move(reply);
        const Result<std::size_t> size = co_await stream_.Read(read_buffer_);
        if (!size) co_return size.error();
        const std::string_view bytes(read_buffer_.data(), *size);
        if (const Result<void> fed = reader_.Feed(bytes); !fed) co_return Wrong(fed.error());
    }
}

Error ValkeyConnection::Explain(const Reply& refusal, std::string_view command) const {
    const ErrorCode code = CodeOf(refusal.text);
    const std::string who = options_.user.empty() ? "the default user" : "user " + options_.user;
    std::string sentence =
        fmt::format("{} refuses {} of {}: {}", stream_.peer(), command, who, refusal.text);
    if (command == "AUTH") {
        sentence += "; check valkey.user and valkey.password_file";
        return Error(ErrorCode::kPermission, Retry::kLater, sentence);
    }
    if (refusal.text.starts_with("NOAUTH")) {
        sentence +=
            "; it wants a login: set valkey.password_file, and valkey.user where it has users";
    } else if (refusal.text.starts_with("NOPERM")) {
        sentence += "; that user needs +ping +get +getrange +set +del +eval on the keys of Flux";
    }
    return Error(code, Retry::kLater, sentence);
}

bool ValkeyConnection::Send(Command command, ReplyHandler handler) {
    if (bytes_ + command.bytes.size() > options_.queue_bytes_max) return false;
    Question question;
    question.asked = shard_.clock().Now();
    question.command = std::move(command.name);
    question.bytes = command.bytes.size();
    question.handler = std::move(handler);
    bytes_ += command.bytes.size();
    stats_.queued_bytes.Set(static_cast<std::int64_t>(bytes_));
    stats_.commands.Add();
    const bool idle = questions_.empty();
    questions_.push_back(std::move(question));
    if (idle) WatchSilence();
    unsent_ += command.bytes;
    work_.cancel();
    return true;
}

void ValkeyConnection::Fail(Error why) {
    if (!why_) why_ = std::move(why);
    stream_.Abort();
    work_.cancel();
}

Task<Error> ValkeyConnection::Serve() {
    last_answer_ = shard_.clock().Now();
    writer_.Spawn("valkey.write", WriteLoop());
    co_await ReadLoop();
    FLUX_ASSERT(why_.has_value());
    co_await writer_.Drain();
    silence_.Disarm();
    FailAll();
    co_return *why_;
}

Task<> ValkeyConnection::WriteLoop() {
    while (!why_) {
        if (unsent_.empty()) {
            boost::system::error_code ignored;
            co_await work_.async_wait(
                boost::asio::redirect_error(boost::asio::use_awaitable, ignored)
            );
            continue;
        }
        // What is queued meanwhile is the next write: the busier, the fewer.
        const std::string bytes = std::exchange(unsent_, {});
        const Result<void> sent = co_await stream_.Write(bytes);
        if (!sent) Fail(sent.error());
    }
}

Task<> ValkeyConnection::ReadLoop() {
    while (!why_) {
        const Result<std::size_t> size = co_await stream_.Read(read_buffer_);
        if (!size) {
            Fail(size.error());
            break;
        }
        const std::string_view bytes(read_buffer_.data(), *size);
        const Result<void> fed = reader_.Feed(bytes);
        if (fed) {
            TakeReplies();
        } else {
            Fail(Wrong(fed.error()));
        }
    }
}

void ValkeyConnection::TakeReplies() {
    while (!why_) {
        Result<std::optional<Reply>> reply = reader_.Next();
        if (!reply) return Fail(Wrong(reply.error()));
        if (!*reply) return;
        if (questions_.empty()) {
            const Error unasked(ErrorCode::kBadInput, Retry::kLater, "sent an answer to nothing");
            return Fail(Wrong(unasked));
        }
        Answer(**std::move(reply));
    }
}

/// Counts and explains what cannot be an answer.
Error ValkeyConnection::Wrong(const Error& what) {
    stats_.protocol_errors.Add();
    return Error(what.code, Retry::kLater, stream_.peer() + " " + what.context);
}

void ValkeyConnection::Answer(Reply reply) {
    Question question = std::move(questions_.front());
    questions_.pop_front();
    bytes_ -= question.bytes;
    stats_.queued_bytes.Set(static_cast<std::int64_t>(bytes_));
    last_answer_ = shard_.clock().Now();
    WatchSilence();
    if (reply.kind == Reply::Kind::kError) {
        question.handler(Explain(reply, question.command));
    } else {
        question.handler(std::move(reply));
    }
}

void ValkeyConnection::FailAll() {
    const Error lost(ErrorCode::kUnknown, Retry::kLater, why_->context);
    std::deque<Question> unanswered = std::exchange(questions_, {});
    bytes_ = 0;
    stats_.queued_bytes.Set(0);
    for (Question& question : unanswered)
        question.handler(lost);
}

void ValkeyConnection::WatchSilence() {
    if (questions_.empty()) return silence_.Disarm();
    const SteadyTime since = std::max(questions_.front().asked, last_answer_);
    shard_.timers().Arm(silence_, since + options_.reply_timeout);
}

void ValkeyConnection::OnSilence() {
    Fail(Error(
        ErrorCode::kTimeout,
        Retry::kLater,
        fmt::format(
            "{} owes an answer and gave none for {} ms",
            stream_.peer(),
            options_.reply_timeout.count()
        )
    ));
}

}  // namespace flux::valkey
