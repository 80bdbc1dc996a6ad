#include "gateway/process_identity.h"

#include "gateway/uuid.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <fmt/format.h>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <unistd.h>

namespace flux::gateway {
namespace {

/// What the kernel says about a process.
struct Standing {
    char state = '?';   // R, S, ...; Z: it has ended and nobody has asked for its exit code yet
    std::string began;  // in the kernel's ticks since the machine's start
};

/// Nothing when there is no such process.
std::optional<Standing> StandingOf(std::int64_t process) {
    std::ifstream file(fmt::format("/proc/{}/stat", process));
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    const std::size_t after_name = text.rfind(')');
    if (after_name == std::string::npos) return std::nullopt;
    std::istringstream rest(text.substr(after_name + 1));
    Standing standing;
    rest >> standing.state;  // the third field
    constexpr int kFieldsBetween = 18;
    for (int i = 0; i <= kFieldsBetween; ++i)
        rest >> standing.began;  // at last the 22nd
    if (!rest) return std::nullopt;
    return standing;
}

/// Its files, locks and sockets are gone, though its number is not free yet.
bool RunsNoMore(char state) {
    return state == 'Z' || state == 'X' || state == 'x';
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
    if (const auto standing = StandingOf(claim.process)) claim.began = standing->began;
    return claim;
}

bool HasEnded(const contract::GatewayClaim& other, const contract::GatewayClaim& self) {
    if (other.machine.empty() || other.machine != self.machine || other.process <= 0) return false;
    if (::kill(static_cast<pid_t>(other.process), 0) != 0 && errno == ESRCH) return true;
    const std::optional<Standing> standing = StandingOf(other.process);
    return standing && (standing->began != other.began || RunsNoMore(standing->state));
}

}  // namespace flux::gateway
