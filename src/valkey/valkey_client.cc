#include "valkey/valkey_client.h"

#include "base/assert.h"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>
#include <utility>

namespace flux::valkey {

namespace asio = boost::asio;

namespace {

/// What was told last may take so long to be sent when the client stops.
constexpr Milliseconds kGoodbyeTimeMax{250};

}  // namespace

ValkeyClient::ValkeyClient(
    Shard& shard,
    const ValkeyOptions& options,
    std::shared_ptr<const net::TlsTrust> trust,
    ValkeyHealth& health,
    ValkeyStats& stats,
    std::uint64_t seed
)
    : shard_(shard),
      options_(options),
      trust_(std::move(trust)),
      health_(health),
      stats_(stats),
      random_(seed),
      backoff_(options.retry_first, options.retry_longest, random_),
      first_try_(shard),
      pause_(shard.io()),
      asked_out_(shard.io()),
      tasks_(shard) {
    asked_out_.expires_at(SteadyTime::max());
}

ValkeyClient::~ValkeyClient() {
    FLUX_ASSERT(asking_ == 0);
}

Task<> ValkeyClient::Start() {
    tasks_.Spawn("valkey.client", Run());
    co_await first_try_.Wait(options_.connect_timeout);
}

Task<> ValkeyClient::Stop() {
    if (answering()) {
        // Its answer comes after those of all that was told before.
        Command last = FormatCommand({"PING"});
        [[maybe_unused]] const Result<Reply> pong = co_await Ask(std::move(last), kGoodbyeTimeMax);
    }
    stopping_ = true;
    probe_.Disarm();
    pause_.cancel();
    const Error stopped(ErrorCode::kClosed, Retry::kNever, "Flux stops");
    if (connection_) connection_->Fail(stopped);
    co_await tasks_.Drain();
    while (asking_ != 0) {
        boost::system::error_code ignored;
        co_await asked_out_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    if (std::exchange(away_, false)) health_.Gone();
}

Task<> ValkeyClient::Run() {
    // Stop ends it by closing the connection; what is to be told after that needs its waits.
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    while (!stopping_) {
        co_await ServeOne();
        if (!stopping_) co_await Pause();
    }
}

/// One connection, from the attempt to its end.
Task<> ValkeyClient::ServeOne() {
    connection_ = std::make_unique<ValkeyConnection>(shard_, options_, trust_, stats_);
    const Result<void> opened = co_await connection_->Open();
    Error why;
    if (opened) {
        stats_.connects.Add();
        ready_ = true;
        Welcome();
        first_try_.Fill(true);
        why = co_await connection_->Serve();
    } else {
        why = opened.error();
        stats_.connect_failures.Add();
        first_try_.Fill(false);
    }
    ready_ = false;
    probe_.Disarm();
    connection_.reset();
    if (!stopping_) GoAway(why);
}

/// A connection is logged in. It is used when its first answer was as quick as answers have to be:
/// as whoever asked last demanded in vain, else as reply_timeout demands.
void ValkeyClient::Welcome() {
    const bool known_late = slow_ || late_in_row_ > 0;
    const Milliseconds allowed = known_late ? in_time_ : options_.reply_timeout;
    const Milliseconds took = connection_->first_answer_took();
    if (took <= allowed) return ComeBack();
    slow_ = true;
    in_time_ = allowed;
    GoAway(Error(
        ErrorCode::kTimeout,
        Retry::kLater,
        fmt::format("its first answer took {} ms, longer than {} ms", took.count(), allowed.count())
    ));
    Probe();
}

Task<> ValkeyClient::Pause() {
    pause_.expires_after(backoff_.Next());
    boost::system::error_code ignored;
    co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

bool ValkeyClient::answering() const {
    return ready_ && !slow_ && !stopping_ && !connection_->ended();
}

bool ValkeyClient::Send(Command command, ReplyHandler handler) {
    if (!answering()) {
        stats_.dropped_away.Add();
        return false;
    }
    if (connection_->Send(std::move(command), std::move(handler))) return true;
    stats_.dropped_full.Add();
    return false;
}

void ValkeyClient::CountRefusal(const Error& error) {
    if (error.code == ErrorCode::kUnknown) return;  // the connection ended
    stats_.refused.Add();
    health_.Refused(error.context);
}

bool ValkeyClient::Tell(Command command, std::function<void(bool)> done) {
    ReplyHandler handler = [this, done = std::move(done)](const Result<Reply>& reply) {
        if (!reply) CountRefusal(reply.error());
        if (done) done(reply.has_value());
    };
    return Send(std::move(command), std::move(handler));
}

Task<Result<Reply>> ValkeyClient::Ask(Command command, Milliseconds time_max) {
    const auto slot = std::make_shared<AnswerSlot<Result<Reply>>>(shard_);
    ReplyHandler handler = [this, slot](Result<Reply> reply) {
        if (!reply) CountRefusal(reply.error());
        slot->Fill(std::move(reply));
    };
    if (!answering()) {
        stats_.dropped_away.Add();
        co_return Error(ErrorCode::kUnavailable, Retry::kLater, "Valkey does not answer");
    }
    if (!Send(std::move(command), std::move(handler))) {
        co_return Error(ErrorCode::kFull, Retry::kLater, "too many commands wait for Valkey");
    }
    ++asking_;
    std::optional<Result<Reply>> answer = co_await slot->Wait(time_max);
    if (--asking_ == 0) asked_out_.cancel();
    if (answer) {
        late_in_row_ = 0;
        co_return *std::move(answer);
    }
    OnLate(time_max);
    co_return Error(
        ErrorCode::kTimeout,
        Retry::kLater,
        fmt::format("Valkey gave no answer within {} ms", time_max.count())
    );
}

void ValkeyClient::OnLate(Milliseconds time_max) {
    stats_.late.Add();
    if (!answering()) return;
    in_time_ = time_max;
    if (++late_in_row_ < options_.failures_max) return;
    slow_ = true;
    GoAway(Error(
        ErrorCode::kTimeout,
        Retry::kLater,
        fmt::format("{} answers in a row took longer than {} ms", late_in_row_, time_max.count())
    ));
    Probe();
}

void ValkeyClient::GoAway(const Error& why) {
    stats_.connected.Set(0);
    if (std::exchange(away_, true)) return;
    // Who could be asked for a while is worth a quick try.
    if (shard_.clock().Now() - up_since_ >= options_.retry_longest) backoff_.Reset();
    health_.Away(why.context);
}

void ValkeyClient::ComeBack() {
    slow_ = false;
    late_in_row_ = 0;
    up_since_ = shard_.clock().Now();
    stats_.connected.Set(1);
    if (!std::exchange(away_, false)) return;
    health_.Back();
    for (const std::function<void()>& listener : on_back_)
        listener();
}

void ValkeyClient::Probe() {
    const SteadyTime asked = shard_.clock().Now();
    ReplyHandler handler = [this, asked](const Result<Reply>& pong) { OnProbed(pong, asked); };
    const bool sent = connection_->Send(FormatCommand({"PING"}), std::move(handler));
    if (!sent) shard_.timers().Arm(probe_, asked + backoff_.Next());
}

void ValkeyClient::OnProbed(const Result<Reply>& pong, SteadyTime asked) {
    if (!pong && pong.error().code == ErrorCode::kUnknown) return;  // the next connection decides
    const SteadyTime now = shard_.clock().Now();
    if (pong && now - asked <= in_time_) return ComeBack();
    shard_.timers().Arm(probe_, now + backoff_.Next());
}

}  // namespace flux::valkey
