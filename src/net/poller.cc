#include "net/poller.h"

#include "base/assert.h"
#include "limits/limits.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <sys/epoll.h>

namespace flux::net {
namespace {}  // namespace

Poller::Poller(Shard& shard)
    : epoll_(shard.io()),
      self_(std::make_shared<Poller*>(this)) {
    const int descriptor = ::epoll_create1(EPOLL_CLOEXEC);
    FLUX_ASSERT(descriptor >= 0);
    epoll_.assign(descriptor);
    Arm();
}

Poller::~Poller() = default;

Result<void> Poller::Add(int descriptor, std::uint32_t events, PollTarget& target) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = &target;
    if (::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, descriptor, &event) == 0) return {};
    return Error(
        ErrorCode::kFull,
        Retry::kLater,
        std::string("cannot watch another socket: ") + std::strerror(errno) +
            "; raise fs.epoll.max_user_watches or lower the number of connections"
    );
}

void Poller::Change(int descriptor, std::uint32_t events, PollTarget& target) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = &target;
    const int changed = ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_MOD, descriptor, &event);
    FLUX_ASSERT(changed == 0);
}

void Poller::Remove(int descriptor) {
    epoll_event unused{};
    ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_DEL, descriptor, &unused);
}

void Poller::Arm() {
    if (armed_) return;
    armed_ = true;
    epoll_.async_wait(
        boost::asio::posix::stream_descriptor::wait_read,
        [self = std::weak_ptr<Poller*>(self_)](const boost::system::error_code& error) {
            if (error) return;
            if (const auto poller = self.lock()) (*poller)->Dispatch();
        }
    );
}

void Poller::Dispatch() {
    armed_ = false;
    std::array<epoll_event, limits::kPollEventsPerTurnMax> events;
    const int count =
        ::epoll_wait(epoll_.native_handle(), events.data(), static_cast<int>(events.size()), 0);
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        static_cast<PollTarget*>(event.data.ptr)->OnPoll(event.events);
    }
}

}  // namespace flux::net
