#include "app/descriptor_limit.h"

#include <sys/resource.h>

namespace flux::app {
namespace {

constexpr std::size_t kOwnDescriptors = 64;
constexpr std::size_t kDescriptorsPerShard = 8;

}  // namespace

std::size_t RaiseDescriptorLimit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
    const rlim_t before = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return before;
    return limit.rlim_cur;
}

std::size_t ConnectionsThatFit(std::size_t descriptors, std::size_t shards) {
    const std::size_t own = kOwnDescriptors + kDescriptorsPerShard * shards;
    return descriptors > own ? descriptors - own : 0;
}

}  // namespace flux::app
