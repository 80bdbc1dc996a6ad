// Keeps a second owner away from a file.
#pragma once

#include "base/result.h"

#include <filesystem>

namespace flux::sqlite {

/// Holds `<file>.lock` with the owner's pid in it. The kernel lets go when the process ends,
/// however it ends, so a leftover file locks nobody out. Movable. Thread: one at a time.
class FileLock {
public:
    /// kConflict, naming the owner's pid, when somebody (this process included) holds it.
    static Result<FileLock> Acquire(const std::filesystem::path& file);

    FileLock(FileLock&& other) noexcept;
    FileLock& operator=(FileLock&& other) noexcept;
    ~FileLock();

private:
    explicit FileLock(int descriptor)
        : descriptor_(descriptor) {}

    int descriptor_;
};

}  // namespace flux::sqlite
