#include "app/doctor/holders.h"

#include "app/data_directory.h"
#include "app/role.h"

#include <filesystem>
#include <optional>

namespace flux::app::doctor {

std::vector<Holder> FindHolders(const Settings& settings) {
    const std::filesystem::path root = settings.data_dir;
    std::vector<Holder> holders;
    for (const std::filesystem::path& path :
         {root, root / kGatewayRole.name, root / kCryptoRole.name}) {
        if (auto pid = DataDirectory::HolderOf(path)) holders.push_back({path.string(), *pid});
    }
    return holders;
}

}  // namespace flux::app::doctor
