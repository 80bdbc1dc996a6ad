#include "sqlite/sqlite_error.h"

#include <sqlite3.h>

#include <fmt/format.h>

namespace flux::sqlite {
namespace {

struct Class {
    ErrorCode code;
    Retry retry;
    const char* remedy;
};

Class ClassOf(int code) {
    if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC) {
        return {ErrorCode::kUnknown, Retry::kLater, "the disk did not confirm the write; check it"};
    }
    switch (code & 0xff) {
        case SQLITE_FULL:
            return {
                ErrorCode::kUnavailable,
                Retry::kLater,
                "free space on its file system; writing resumes by itself"};
        case SQLITE_IOERR:
            return {ErrorCode::kUnavailable, Retry::kLater, "check the disk and its file system"};
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return {
                ErrorCode::kConflict, Retry::kLater, "another connection holds it; stop that one"};
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return {
                ErrorCode::kCorrupt,
                Retry::kNever,
                "the file is damaged or not a database; restore it or move it away"};
        case SQLITE_CANTOPEN:
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_AUTH:
            return {
                ErrorCode::kPermission,
                Retry::kNever,
                "check that its directory exists and may be written by this user"};
        case SQLITE_CONSTRAINT:
            return {ErrorCode::kConflict, Retry::kNever, "such a row exists already"};
        case SQLITE_TOOBIG:
            return {ErrorCode::kTooLarge, Retry::kNever, "make the value smaller"};
        default:
            return {ErrorCode::kInternal, Retry::kNever, "this is a bug in Flux; please report it"};
    }
}

}  // namespace

Error ErrorFrom(sqlite3* db, int code, std::string_view doing, const std::filesystem::path& file) {
    const Class what = ClassOf(code);
    const char* words = db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(code);
    return Error(
        what.code,
        what.retry,
        fmt::format(
            "could not {} {}: {} (SQLite code {}); {}",
            doing,
            file.string(),
            words,
            code,
            what.remedy
        )
    );
}

}  // namespace flux::sqlite
