#include "net/port_owner.h"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string_view>
#include <system_error>

namespace flux::net {
namespace {

namespace fs = std::filesystem;

/// Adds the inodes of the sockets that listen on `port` according to /proc/net/tcp or tcp6, whose
/// lines read "sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode ...".
void AddListeningInodes(const char* table, std::uint16_t port, std::set<std::string>& inodes) {
    constexpr std::string_view kListening = "0A";
    std::ifstream file(table);
    std::string line;
    std::getline(file, line);  // the headings
    while (std::getline(file, line)) {
        std::istringstream fields(line);
        std::string slot, local, remote, state, queues, timer, retransmits, uid, timeout, inode;
        fields >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> uid >>
            timeout >> inode;
        const std::size_t colon = local.rfind(':');
        if (state != kListening || colon == std::string::npos) continue;
        unsigned number = 0;
        std::from_chars(local.data() + colon + 1, local.data() + local.size(), number, 16);
        if (number == port) inodes.insert("socket:[" + inode + "]");
    }
}

bool HoldsAny(const fs::path& process, const std::set<std::string>& sockets) {
    std::error_code error;
    for (fs::directory_iterator entry(process / "fd", error), end; !error && entry != end;
         entry.increment(error)) {
        std::error_code unreadable;
        const fs::path target = fs::read_symlink(entry->path(), unreadable);
        if (!unreadable && sockets.contains(target.string())) return true;
    }
    return false;
}

}  // namespace

std::optional<PortOwner> FindPortOwner(std::uint16_t port) {
    std::set<std::string> sockets;
    AddListeningInodes("/proc/net/tcp", port, sockets);
    AddListeningInodes("/proc/net/tcp6", port, sockets);
    if (sockets.empty()) return std::nullopt;
    std::error_code error;
    for (fs::directory_iterator entry("/proc", error), end; !error && entry != end;
         entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        PortOwner owner;
        const auto [last, bad] = std::from_chars(name.data(), name.data() + name.size(), owner.pid);
        if (bad != std::errc() || last != name.data() + name.size()) continue;
        if (!HoldsAny(entry->path(), sockets)) continue;
        std::ifstream command(entry->path() / "comm");
        std::getline(command, owner.name);
        return owner;
    }
    return std::nullopt;
}

}  // namespace flux::net
