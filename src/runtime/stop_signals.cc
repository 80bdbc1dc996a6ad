#include "runtime/stop_signals.h"

#include "base/assert.h"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <ctime>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace flux {
namespace {

/// Tells the listening thread to look at what it was told. Never sent from outside.
constexpr int kWakeSignal = SIGUSR2;

sigset_t StopSet() {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGINT);
    ::sigaddset(&set, SIGTERM);
    ::sigaddset(&set, SIGHUP);
    ::sigaddset(&set, kWakeSignal);
    return set;
}

/// Without destructors: they may be what hangs.
[[noreturn]] void EndNow(std::string_view line, int exit_code) {
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
    ::_exit(exit_code);
}

/// The signal that arrived, or nothing after `longest` (or an interruption).
std::optional<int> NextSignal(std::optional<SteadyTime::duration> longest) {
    const sigset_t set = StopSet();
    if (!longest) {
        const int signal = ::sigwaitinfo(&set, nullptr);
        return signal > 0 ? std::optional<int>(signal) : std::nullopt;
    }
    const auto left = std::max(*longest, SteadyTime::duration::zero());
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    timespec time{};
    time.tv_sec = static_cast<time_t>(seconds.count());
    time.tv_nsec = static_cast<long>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(left - seconds).count()
    );
    const int signal = ::sigtimedwait(&set, nullptr, &time);
    return signal > 0 ? std::optional<int>(signal) : std::nullopt;
}

}  // namespace

StopSignals::StopSignals(const StopLimit& limit)
    : time_max_(limit.time_max),
      late_line_(
          "flux: the shutdown took longer than " + std::string(limit.name) + " and was abandoned\n"
      ) {
    std::signal(SIGPIPE, SIG_IGN);
    const sigset_t set = StopSet();
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    listener_ = std::thread([this] { Listen(); });
}

StopSignals::~StopSignals() {
    {
        const std::scoped_lock lock(mutex_);
        ending_ = true;
    }
    Wake();
    listener_.join();
    const sigset_t set = StopSet();
    ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

void StopSignals::Wake() {
    const int failed = ::pthread_kill(listener_.native_handle(), kWakeSignal);
    FLUX_ASSERT(failed == 0);
}

bool StopSignals::requested() const {
    const std::scoped_lock lock(mutex_);
    return first_.has_value();
}

int StopSignals::Wait() {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [this] { return first_.has_value(); });
    return *first_;
}

void StopSignals::OnHangUp(std::function<void()> reload) {
    const std::scoped_lock lock(reload_mutex_);
    reload_ = std::move(reload);
}

/// False when nothing is to be reloaded.
bool StopSignals::Reload() {
    const std::scoped_lock lock(reload_mutex_);
    if (reload_) reload_();
    return static_cast<bool>(reload_);
}

void StopSignals::BeginStop() {
    {
        const std::scoped_lock lock(mutex_);
        LimitStop();
    }
    Wake();
}

void StopSignals::LimitStop() {
    if (!stops_until_) stops_until_ = SystemClock::Instance().Now() + time_max_;
}

void StopSignals::Listen() {
    ::pthread_setname_np(::pthread_self(), "signals");
    std::optional<SteadyTime> until;
    bool last_chance = false;
    while (true) {
        std::optional<SteadyTime::duration> left;
        if (until) left = *until - SystemClock::Instance().Now();
        const std::optional<int> signal = NextSignal(left);
        const bool reloaded = signal && *signal == SIGHUP && Reload();
        const bool asked = signal && *signal != kWakeSignal && !reloaded;
        if (asked && last_chance) {
            EndNow("flux: stopped at once by a second signal\n", 128 + *signal);
        }
        if (until && SystemClock::Instance().Now() >= *until) {
            EndNow(late_line_, 1);
        }
        const std::scoped_lock lock(mutex_);
        if (ending_) return;
        if (asked) {
            first_ = signal;
            LimitStop();
        }
        until = stops_until_;
        last_chance = until.has_value();
        arrived_.notify_all();
    }
}

}  // namespace flux
