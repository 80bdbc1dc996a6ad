#include "net/lingering_socket.h"

#include "limits/limits.h"
#include "net/net_shard.h"

#include <sys/epoll.h>

namespace flux::net {
namespace {

constexpr Milliseconds kLingerTime{1000};

}  // namespace

LingeringSocket::LingeringSocket(NetShard& home, Stream stream)
    : home_(home),
      stream_(std::move(stream)) {
    home_.stats().lingering.Add(1);
}

LingeringSocket::~LingeringSocket() {
    home_.stats().lingering.Add(-1);
}

void LingeringSocket::Start() {
    const std::uint32_t events = stream_.WantsWrite() ? EPOLLIN | EPOLLOUT : EPOLLIN;
    if (!home_.poller().Add(stream_.descriptor(), events, *this)) return End();
    home_.shard().timers().Arm(deadline_, home_.shard().now() + kLingerTime);
}

void LingeringSocket::OnPoll(std::uint32_t events) {
    if (!stream_.is_open()) return;
    // What was encrypted and found no room, then the goodbye.
    if ((events & EPOLLOUT) != 0 && stream_.Flush()) {
        home_.poller().Change(stream_.descriptor(), EPOLLIN, *this);
    }
    const IoOutcome got = stream_.Read(home_.read_buffer());
    discarded_bytes_ += got.bytes;
    const bool over = got.status == IoStatus::kEnd || got.status == IoStatus::kBroken;
    const bool too_much = discarded_bytes_ > limits::kLingerBytesMax;
    if (too_much && !over) home_.stats().lingering_cut.Add();
    if (over || too_much) End();
}

void LingeringSocket::End() {
    if (!stream_.is_open()) return;
    deadline_.Disarm();
    stream_.Close();  // which takes it out of the poller as well
    home_.Bury(*this);
}

}  // namespace flux::net
