// What a connection and its statements share. Private to this folder.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>

namespace flux::sqlite {

/// The open database at an address that does not change when its Connection is moved.
struct ConnectionHandle {
    sqlite3* db = nullptr;
    std::filesystem::path file;
    std::int64_t wal_pages = 0;

    ConnectionHandle() = default;
    ConnectionHandle(const ConnectionHandle&) = delete;
    ConnectionHandle& operator=(const ConnectionHandle&) = delete;
    ~ConnectionHandle() { sqlite3_close_v2(db); }
};

}  // namespace flux::sqlite
