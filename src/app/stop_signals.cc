#include "app/stop_signals.h"

#include "base/assert.h"

#include <csignal>
#include <cstring>
#include <ctime>
#include <sys/time.h>
#include <unistd.h>

namespace flux::app {
namespace {

sigset_t StopSet() {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGINT);
    ::sigaddset(&set, SIGTERM);
    return set;
}

/// Only calls that are safe inside a signal handler.
void EndNow(int signal) {
    constexpr const char* kAgain = "flux: stopped at once by a second signal\n";
    constexpr const char* kLate =
        "flux: the shutdown took longer than shutdown.timeout and was abandoned\n";
    const char* const line = signal == SIGALRM ? kLate : kAgain;
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line, std::strlen(line));
    ::_exit(signal == SIGALRM ? 1 : 128 + signal);
}

void Handle(int signal) {
    struct sigaction action {};
    action.sa_handler = EndNow;
    ::sigemptyset(&action.sa_mask);
    const int failed = ::sigaction(signal, &action, nullptr);
    FLUX_ASSERT(failed == 0);
}

}  // namespace

StopSignals::StopSignals() {
    const sigset_t set = StopSet();
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

StopSignals::~StopSignals() {
    const sigset_t set = StopSet();
    ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

int StopSignals::Wait() {
    const sigset_t set = StopSet();
    int signal = 0;
    while (::sigwait(&set, &signal) != 0) {
    }
    return signal;
}

std::optional<int> StopSignals::Poll() {
    const sigset_t set = StopSet();
    const timespec none{};
    const int signal = ::sigtimedwait(&set, nullptr, &none);
    return signal > 0 ? std::optional<int>(signal) : std::nullopt;
}

void StopSignals::EndAtOnceFromNowOn(Milliseconds time_max) {
    Handle(SIGINT);
    Handle(SIGTERM);
    Handle(SIGALRM);
    itimerval limit{};
    limit.it_value.tv_sec = static_cast<time_t>(time_max.count() / 1000);
    limit.it_value.tv_usec = static_cast<suseconds_t>(time_max.count() % 1000 * 1000);
    ::setitimer(ITIMER_REAL, &limit, nullptr);
    const sigset_t set = StopSet();
    ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace flux::app
