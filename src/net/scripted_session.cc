#include "net/scripted_session.h"

#include "net/net_shard.h"

#include <memory>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <utility>

namespace flux::net {
namespace {

constexpr Milliseconds kUnreadTimeMax{20'000};

}  // namespace

ScriptedSession::ScriptedSession(
    NetShard& home, Stream stream, ConnectionBudget::Ticket ticket, WireScript script
)
    : home_(home),
      stream_(std::move(stream)),
      ticket_(std::move(ticket)),
      script_(std::move(script)) {}

void ScriptedSession::Begin(
    NetShard& home, Stream stream, ConnectionBudget::Ticket ticket, WireScript script
) {
    auto session = std::make_unique<ScriptedSession>(
        home, std::move(stream), std::move(ticket), std::move(script)
    );
    ScriptedSession& begun = *session;
    home.Keep(std::move(session));
    begun.Start();
}

void ScriptedSession::Start() {
    watched_ = stream_.WantsWrite() ? EPOLLRDHUP | EPOLLOUT : EPOLLRDHUP;
    home_.poller().Change(stream_.descriptor(), watched_, *this);
    if (!stream_.WantsWrite()) Play();
}

void ScriptedSession::OnPoll(std::uint32_t events) {
    if (ended_) return;
    if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) return End();
    if ((events & EPOLLOUT) == 0) return;
    if (!stream_.Flush() && stream_.WantsWrite()) return;
    due_.Disarm();
    Play();
}

/// Goes on until a pause, a full socket or the end.
void ScriptedSession::Play() {
    for (; step_ < script_.steps.size(); ++step_) {
        const Milliseconds pause = script_.steps[step_].pause;
        if (!paused_ && pause > Milliseconds(0)) {
            paused_ = true;
            Watch(EPOLLRDHUP);
            return home_.shard().timers().Arm(due_, home_.shard().now() + pause);
        }
        if (!WriteStep()) return;
        sent_ = 0;
        paused_ = false;
    }
    Finish();
}

/// False when it has to wait, or is over.
bool ScriptedSession::WriteStep() {
    const std::string& bytes = script_.steps[step_].bytes;
    if (sent_ < bytes.size()) {
        const iovec part{const_cast<char*>(bytes.data()) + sent_, bytes.size() - sent_};
        const IoOutcome wrote = stream_.Write({&part, 1});
        if (wrote.status == IoStatus::kBroken) {
            End();
            return false;
        }
        home_.stats().bytes_out.Add(wrote.bytes);
        sent_ += wrote.bytes;
    }
    if (!stream_.WantsWrite()) return true;
    paused_ = true;  // it has been waited for: the rest follows at once
    Watch(EPOLLRDHUP | EPOLLOUT);
    home_.shard().timers().Arm(due_, home_.shard().now() + kUnreadTimeMax);
    return false;
}

void ScriptedSession::OnDue() {
    if (!stream_.WantsWrite()) return Play();
    home_.stats().timed_out_write.Add();
    End();
}

void ScriptedSession::Watch(std::uint32_t events) {
    if (watched_ == events) return;
    watched_ = events;
    home_.poller().Change(stream_.descriptor(), events, *this);
}

void ScriptedSession::Finish() {
    if (script_.reset) {
        // Without lingering, closing throws away what is unsent and answers with a reset.
        const linger at_once{1, 0};
        ::setsockopt(stream_.descriptor(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        return End();
    }
    home_.poller().Remove(stream_.descriptor());
    home_.LingerAndClose(std::move(stream_));
    End();
}

void ScriptedSession::End() {
    if (ended_) return;
    ended_ = true;
    due_.Disarm();
    if (stream_.is_open()) {
        home_.poller().Remove(stream_.descriptor());
        stream_.Close();
    }
    ticket_ = {};
    home_.Bury(*this);
}

}  // namespace flux::net
