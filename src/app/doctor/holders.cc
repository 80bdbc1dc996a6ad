#include "app/doctor/holders.h"

#include "app/data_directory.h"
#include "app/role.h"

#include <filesystem>
#include <optional>
#include <vector>

namespace flux::app::doctor {

std::vector<Holder> FindHolders(const Settings& settings) {
    const std::filesystem::path root = settings.data_dir;
    std::vector<Holder> holders;
    std::vector<std::filesystem::path> paths{root};
    for (const Role& role : kRolesAlone)
        paths.push_back(root / role.name);
    for (const std::filesystem::path& path : paths) {
        if (auto pid = DataDirectory::HolderOf(path)) holders.push_back({path.string(), *pid});
    }
    return holders;
}

}  // namespace flux::app::doctor
