// A file system for SQLite that fails on demand. For tests only.
#pragma once

#include "base/assert.h"

#include <sqlite3.h>

#include <atomic>
#include <cstdint>
#include <new>
#include <string>
#include <thread>

namespace flux::sqlite {

/// Hands every call to the default file system, except those that were told to fail. Register one
/// per test under a name of its own and open connections with it; close them before it goes.
/// Thread: any.
class FailingVfs {
public:
    explicit FailingVfs(std::string name)
        : name_(std::move(name)),
          real_(sqlite3_vfs_find(nullptr)),
          vfs_(*real_) {
        vfs_.zName = name_.c_str();
        vfs_.pAppData = this;
        vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
        vfs_.xOpen = &Open;
        FLUX_ASSERT(sqlite3_vfs_register(&vfs_, 0) == SQLITE_OK);
    }
    FailingVfs(const FailingVfs&) = delete;
    FailingVfs& operator=(const FailingVfs&) = delete;
    ~FailingVfs() { sqlite3_vfs_unregister(&vfs_); }

    const std::string& name() const { return name_; }

    std::atomic<bool> fail_sync{false};   ///< fsync reports an error (nothing is synced)
    std::atomic<bool> fail_write{false};  ///< a write finds the disk full
    std::atomic<std::int64_t> wal_bytes_max{INT64_MAX};  ///< what the disk has for that log
    std::atomic<bool> hold_sync{false};  ///< fsync does not return until this is lowered
    std::atomic<int> syncs{0};           ///< fsyncs asked for so far

private:
    struct File {
        sqlite3_file base;
        FailingVfs* owner;
        bool wal = false;
        sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
    };
    static File* Of(sqlite3_file* file) { return reinterpret_cast<File*>(file); }
    static sqlite3_file* RealOf(sqlite3_file* file) { return Of(file)->real(); }

    static int Open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out) {
        auto* const self = static_cast<FailingVfs*>(vfs->pAppData);
        File* const own = new (file) File{
            .base = {.pMethods = nullptr}, .owner = self, .wal = (flags & SQLITE_OPEN_WAL) != 0};
        const int code = self->real_->xOpen(self->real_, path, own->real(), flags, out);
        if (own->real()->pMethods != nullptr) own->base.pMethods = Methods();
        return code;
    }

    static int Write(sqlite3_file* file, const void* data, int size, sqlite3_int64 at) {
        if (Of(file)->owner->fail_write) return SQLITE_FULL;
        if (Of(file)->wal && at + size > Of(file)->owner->wal_bytes_max) return SQLITE_FULL;
        return RealOf(file)->pMethods->xWrite(RealOf(file), data, size, at);
    }
    static int Sync(sqlite3_file* file, int flags) {
        ++Of(file)->owner->syncs;
        while (Of(file)->owner->hold_sync)
            std::this_thread::yield();
        if (Of(file)->owner->fail_sync) return SQLITE_IOERR_FSYNC;
        return RealOf(file)->pMethods->xSync(RealOf(file), flags);
    }

    /// A method that only hands on.
    template <auto Member, class... Args>
    static auto Pass(sqlite3_file* file, Args... args) {
        return (RealOf(file)->pMethods->*Member)(RealOf(file), args...);
    }

    static const sqlite3_io_methods* Methods() {
        using M = sqlite3_io_methods;
        static const M methods = [] {
            M m{};
            m.iVersion = 2;  // shared memory, no memory-mapped reads
            m.xClose = &Pass<&M::xClose>;
            m.xRead = &Pass<&M::xRead, void*, int, sqlite3_int64>;
            m.xWrite = &Write;
            m.xTruncate = &Pass<&M::xTruncate, sqlite3_int64>;
            m.xSync = &Sync;
            m.xFileSize = &Pass<&M::xFileSize, sqlite3_int64*>;
            m.xLock = &Pass<&M::xLock, int>;
            m.xUnlock = &Pass<&M::xUnlock, int>;
            m.xCheckReservedLock = &Pass<&M::xCheckReservedLock, int*>;
            m.xFileControl = &Pass<&M::xFileControl, int, void*>;
            m.xSectorSize = &Pass<&M::xSectorSize>;
            m.xDeviceCharacteristics = &Pass<&M::xDeviceCharacteristics>;
            m.xShmMap = &Pass<&M::xShmMap, int, int, int, void volatile**>;
            m.xShmLock = &Pass<&M::xShmLock, int, int, int>;
            m.xShmBarrier = &Pass<&M::xShmBarrier>;
            m.xShmUnmap = &Pass<&M::xShmUnmap, int>;
            return m;
        }();
        return &methods;
    }

    const std::string name_;
    sqlite3_vfs* const real_;
    sqlite3_vfs vfs_;
};

}  // namespace flux::sqlite
