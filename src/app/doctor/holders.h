// The processes of Flux that run on a data directory.
#pragma once

#include "app/settings.h"

#include <string>
#include <vector>

namespace flux::app::doctor {

struct Holder {
    std::string directory;
    std::string pid;  ///< "" when it is not known
};

/// Those on `settings.data_dir` itself and on the directories that roles of their own have in it.
std::vector<Holder> FindHolders(const Settings& settings);

}  // namespace flux::app::doctor
