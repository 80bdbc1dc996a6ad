#include "gateway/process_identity.h"

#include "gateway/uuid.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <fmt/format.h>
#include <fstream>
#include <sstream>
#include <string>
#include <unistd.h>

namespace flux::gateway {
namespace {

/// When a process began, in the kernel's ticks since the machine's start; "" when there is none.
std::string BeganAt(std::int64_t process) {
    std::ifstream file(fmt::format("/proc/{}/stat", process));
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    const std::size_t after_name = text.rfind(')');
    if (after_name == std::string::npos) return {};
    std::istringstream rest(text.substr(after_name + 1));
    constexpr int kFieldsBeforeStart = 19;  // from the state, the third field, to the 22nd
    std::string field;
    for (int i = 0; i < kFieldsBeforeStart; ++i)
        rest >> field;
    rest >> field;
    return field;
}

/// One boot of one kernel, and the name space that its process numbers count in.
std::string ThisMachine() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string boot;
    file >> boot;
    std::array<char, 64> space{};
    const ssize_t length = ::readlink("/proc/self/ns/pid", space.data(), space.size());
    if (boot.empty() || length <= 0) return {};
    return fmt::format("{} {}", boot, std::string(space.data(), static_cast<std::size_t>(length)));
}

std::string HostName() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return "(unknown)";
    return name.data();
}

}  // namespace

contract::GatewayClaim ClaimOfThisProcess(char id) {
    contract::GatewayClaim claim;
    claim.id = std::string(1, id);
    claim.instance = NewUuid();
    claim.host = HostName();
    claim.process = ::getpid();
    claim.machine = ThisMachine();
    claim.began = BeganAt(claim.process);
    return claim;
}

bool HasEnded(const contract::GatewayClaim& other, const contract::GatewayClaim& self) {
    if (other.machine.empty() || other.machine != self.machine || other.process <= 0) return false;
    if (::kill(static_cast<pid_t>(other.process), 0) != 0 && errno == ESRCH) return true;
    const std::string began = BeganAt(other.process);
    return !began.empty() && began != other.began;
}

}  // namespace flux::gateway
