#include "base/testpoint.h"

#if defined(FLUX_TESTPOINTS)

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <string>
#include <unistd.h>

namespace flux::testpoint {
namespace {

constexpr int kLongestMs = 30'000;

const std::string& Folder() {
    static const std::string folder = [] {
        const char* const named = std::getenv("TESTPOINTS");
        return std::string(named != nullptr ? named : "");
    }();
    return folder;
}

}  // namespace

bool Enabled() {
    return !Folder().empty();
}

void Reach(std::string_view name) {
    const std::string armed = fmt::format("{}/{}", Folder(), name);
    const std::string reached = fmt::format("{}.{}.reached", armed, ::getpid());
    // Opened first: a harness that ends between the two lines is noticed.
    const int held_by = ::open(armed.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (held_by < 0) return;
    // One thread of one process wins; for all others the point is not armed any more.
    if (std::rename(armed.c_str(), reached.c_str()) != 0) {
        ::close(held_by);
        return;
    }
    std::array<pollfd, 1> harness{pollfd{held_by, POLLIN, 0}};
    static_cast<void>(::poll(harness.data(), harness.size(), kLongestMs));
    ::close(held_by);
}

}  // namespace flux::testpoint

#endif
