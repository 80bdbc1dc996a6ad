// A command as Valkey reads it.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace flux::valkey {

struct Command {
    std::string name;   ///< "GET", for sentences
    std::string bytes;  ///< as it is sent
};

/// A command with its arguments, which may hold any byte. Thread: any.
Command FormatCommand(std::initializer_list<std::string_view> words);

}  // namespace flux::valkey
