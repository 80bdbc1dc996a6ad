// The payload of a record, from a file or the standard input.
#pragma once

#include "base/result.h"

#include <string>

namespace flux::app {

/// `name` is a path, or "-" for the standard input. Errors: kBadInput (cannot be read, or is larger
/// than a record may be). Thread: main, of a command.
Result<std::string> ReadRecordFile(const std::string& name);

}  // namespace flux::app
