// SQLite's result codes as errors of Flux.
#pragma once

#include "base/result.h"

#include <filesystem>
#include <string_view>

struct sqlite3;

namespace flux::sqlite {

/// The error for `code`, the last result on `db` (may be null when opening failed): what was being
/// done (`doing`, as in "append to"), to which file, SQLite's own words, and what to do about it. A
/// disk that is full or fails is kUnavailable; a failed fsync is kUnknown, because what was written
/// may still be found after a crash. Thread: the connection's.
Error ErrorFrom(sqlite3* db, int code, std::string_view doing, const std::filesystem::path& file);

}  // namespace flux::sqlite
