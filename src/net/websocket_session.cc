#include "net/websocket_session.h"

#include "base/assert.h"
#include "net/net_shard.h"

#include <linux/sockios.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <utility>

namespace flux::net {
namespace {

constexpr std::uint16_t kPolicyViolation = 1008;
constexpr std::uint16_t kTryAgainLater = 1013;

Error Gone() {
    return Error(ErrorCode::kClosed, Retry::kNever, "peer is gone");
}

}  // namespace

WebSocketSession::WebSocketSession(
    NetShard& home,
    const Listener& listener,
    Stream stream,
    ConnectionBudget::Ticket ticket,
    const IpAddress& client,
    WebSocketHandler& handler,
    const WebSocketOptions& options,
    const std::optional<DeflateTerms>& deflate
)
    : home_(home),
      handler_(handler),
      stream_(std::move(stream)),
      deflate_window_bits_(deflate ? deflate->window_bits : std::uint8_t{0}),
      listener_(static_cast<std::uint16_t>(listener.index)),
      message_time_max_ms_(static_cast<std::uint32_t>(options.message_time_max.count())),
      parser_(options.message_bytes_max, deflate ? &home.inflater() : nullptr),
      ticket_(std::move(ticket)),
      client_(client) {}

void WebSocketSession::Start() {
    awaits_room_ = stream_.WantsWrite();
    watched_ = awaits_room_ ? EPOLLIN | EPOLLOUT : EPOLLIN;
    home_.poller().Change(stream_.descriptor(), watched_, *this);
    home_.stats().websockets.Add();
}

// --- writing ---

Result<std::size_t> WebSocketSession::Write(std::span<const iovec> parts) {
    if (ended_) return Gone();
    const IoOutcome wrote = stream_.Write(parts);
    NetStats& stats = home_.stats();
    stats.writes.Add();
    if (wrote.status == IoStatus::kBroken) {
        End();
        return Gone();
    }
    stats.bytes_out.Add(wrote.bytes);
    if (stream_.WantsWrite()) {
        stats.short_writes.Add();
        awaits_room_ = true;
        WatchWhatMatters();
    }
    return wrote.bytes;
}

// --- reading ---

void WebSocketSession::OnPoll(std::uint32_t events) {
    if (ended_) return;
    if ((events & EPOLLIN) != 0 && reading_ && !paused_) {
        if (held_ != nullptr) return;  // resumed this turn: what is held comes first
        const std::span<char> buffer = home_.read_buffer();
        const IoOutcome got = stream_.Read(buffer);
        if (stream_.WantsWrite() && !awaits_room_) {  // TLS has something to answer of its own
            awaits_room_ = true;
            WatchWhatMatters();
        }
        if (got.status == IoStatus::kEnd || got.status == IoStatus::kBroken) return End();
        home_.stats().bytes_in.Add(got.bytes);
        TakeInput(buffer.subspan(0, got.bytes));
    } else if ((events & (EPOLLHUP | EPOLLERR)) != 0) {
        return End();
    }
    if ((events & EPOLLOUT) != 0 && awaits_room_ && !ended_) {
        if (!stream_.Flush() && stream_.WantsWrite()) return;
        awaits_room_ = false;
        handler_.OnWritable();
        if (!ended_) WatchWhatMatters();
    }
}

void WebSocketSession::TakeInput(std::span<char> input) {
    bool message_ended = false;
    while (!ended_ && reading_ && !paused_) {
        const MessageEvent event = parser_.Next(input);
        if (event.kind == MessageEvent::Kind::kNeedMore) break;
        message_ended = message_ended || event.kind == MessageEvent::Kind::kMessage;
        Handle(event);
    }
    if (ended_) return;
    if (message_ended) unfinished_.reset();
    if (!reading_) return StopReading();
    if (paused_ && !input.empty()) {
        held_ = std::make_unique<std::string>(input.data(), input.size());
    }
    ExpectRestOfMessage();
}

void WebSocketSession::Handle(const MessageEvent& event) {
    switch (event.kind) {
        case MessageEvent::Kind::kMessage:
            home_.stats().websocket_messages.Add();
            handler_.OnMessage(event.opcode, event.payload);
            return home_.inflater().Release();
        case MessageEvent::Kind::kPing:
            return handler_.OnPing(event.payload);
        case MessageEvent::Kind::kClose:
            reading_ = false;
            return handler_.OnCloseFrame(event.code, event.payload);
        case MessageEvent::Kind::kFault:
            return Fault(event.code, event.payload);
        case MessageEvent::Kind::kPong:
            return handler_.OnPong();
        case MessageEvent::Kind::kNeedMore:
            return;
    }
}

void WebSocketSession::Fault(std::uint16_t code, std::string_view why) {
    home_.inflater().Release();
    home_.stats().websocket_faults.Add();
    reading_ = false;
    handler_.OnFault(code, why);
}

void WebSocketSession::HoldInput(std::string input) {
    held_ = std::make_unique<std::string>(std::move(input));
    home_.ResumeSoon(*this);
}

void WebSocketSession::PauseReading(bool paused) {
    if (ended_ || paused_ == paused) return;
    paused_ = paused;
    if (!paused && held_ != nullptr) home_.ResumeSoon(*this);
    WatchWhatMatters();
}

void WebSocketSession::OnResume() {
    if (ended_ || paused_ || held_ == nullptr) return;
    const std::unique_ptr<std::string> held = std::move(held_);
    TakeInput(*held);
}

// --- waiting and ending ---

/// A message that has begun must end in time; between messages there is no timer.
void WebSocketSession::ExpectRestOfMessage() {
    if (parser_.at_rest()) return unfinished_.reset();
    if (unfinished_ == nullptr) {
        InboundBudget& budget = home_.site(listener_).listener().inbound;
        unfinished_ = std::make_unique<Unfinished>(*this, budget);
        home_.shard().timers().Arm(
            unfinished_->late, home_.shard().now() + Milliseconds(message_time_max_ms_)
        );
    }
    if (unfinished_->charge.Cover(parser_.buffered_bytes())) return;
    home_.stats().refused_inbound.Add();
    Fault(kTryAgainLater, "too many messages of this address, or of all, are not whole");
    if (!ended_) StopReading();
}

/// After the last message: what is left of others goes.
void WebSocketSession::StopReading() {
    held_.reset();
    parser_.End();
    unfinished_.reset();
    WatchWhatMatters();
}

void WebSocketSession::OnMessageLate() {
    if (ended_ || !reading_) return;
    home_.stats().timed_out_message.Add();
    const std::unique_ptr<Unfinished> fired = std::move(unfinished_);  // dies after its own call
    Fault(kPolicyViolation, "a message did not arrive in time");
    if (!ended_) StopReading();
}

void WebSocketSession::WatchWhatMatters() {
    std::uint32_t events = 0;
    if (reading_ && !paused_) events |= EPOLLIN;
    if (awaits_room_) events |= EPOLLOUT;
    if (events == watched_) return;
    watched_ = events;
    home_.poller().Change(stream_.descriptor(), events, *this);
}

std::size_t WebSocketSession::buffered_bytes() const {
    std::size_t bytes = parser_.buffered_bytes();
    if (held_ != nullptr) bytes += sizeof(std::string) + held_->capacity();
    if (unfinished_ != nullptr) bytes += sizeof(Unfinished);
    return bytes;
}

bool WebSocketSession::acknowledged() const {
    if (ended_) return acknowledged_;
    int unsent = 0;
    return !stream_.WantsWrite() && ioctl(stream_.descriptor(), SIOCOUTQ, &unsent) == 0 &&
           unsent == 0;
}

void WebSocketSession::Close() {
    if (ended_) return;
    acknowledged_ = acknowledged();
    home_.poller().Remove(stream_.descriptor());
    home_.LingerAndClose(std::move(stream_));
    End();
}

void WebSocketSession::End() {
    if (ended_) return;
    if (stream_.is_open()) acknowledged_ = acknowledged();
    ended_ = true;
    stream_.Close();
    ticket_ = {};
    home_.Bury(*this);
}

}  // namespace flux::net
