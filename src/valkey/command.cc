#include "valkey/command.h"

#include "base/assert.h"

#include <hiredis/hiredis.h>

#include <vector>

namespace flux::valkey {

Command FormatCommand(std::initializer_list<std::string_view> words) {
    FLUX_ASSERT(words.size() > 0);
    std::vector<const char*> starts;
    std::vector<std::size_t> sizes;
    for (const std::string_view word : words) {
        starts.push_back(word.data());
        sizes.push_back(word.size());
    }
    char* formatted = nullptr;
    const auto size = redisFormatCommandArgv(
        &formatted, static_cast<int>(starts.size()), starts.data(), sizes.data()
    );
    FLUX_ASSERT(size > 0);  // it fails for want of memory alone
    Command command;
    command.name = *words.begin();
    command.bytes.assign(formatted, static_cast<std::size_t>(size));
    redisFreeCommand(formatted);
    return command;
}

}  // namespace flux::valkey
