#include "sqlite/connection.h"

#include "base/assert.h"
#include "sqlite/connection_handle.h"
#include "sqlite/sqlite_error.h"

#include <sqlite3.h>

#include <fmt/format.h>
#include <utility>

namespace flux::sqlite {
namespace {

int RememberWalPages(void* handle, sqlite3*, const char*, int pages) {
    static_cast<ConnectionHandle*>(handle)->wal_pages = pages;
    return SQLITE_OK;
}

}  // namespace

Connection::Connection(std::unique_ptr<ConnectionHandle> handle)
    : handle_(std::move(handle)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

Result<Connection> Connection::Open(
    const std::filesystem::path& file, const ConnectionOptions& options
) {
    auto handle = std::make_unique<ConnectionHandle>();
    handle->file = file;
    // NOMUTEX: a connection is used by one thread at a time, so SQLite need not lock it.
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    flags |= options.access == Access::kReadOnly ? SQLITE_OPEN_READONLY
                                                 : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    const char* const vfs = options.vfs.empty() ? nullptr : options.vfs.c_str();
    const int code = sqlite3_open_v2(file.c_str(), &handle->db, flags, vfs);
    if (code != SQLITE_OK) return ErrorFrom(handle->db, code, "open", file);
    Connection connection(std::move(handle));
    if (auto configured = connection.Configure(options); !configured) return configured.error();
    return connection;
}

Result<void> Connection::Configure(const ConnectionOptions& options) {
    sqlite3_busy_timeout(handle_->db, static_cast<int>(options.busy_timeout.count()));
    // Replaces the automatic checkpoint, which would run inside a commit.
    sqlite3_wal_hook(handle_->db, &RememberWalPages, handle_.get());
    auto common = Execute(
        "PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF;"
        "PRAGMA temp_store=MEMORY; PRAGMA cell_size_check=ON;"
    );
    if (!common) return common.error();
    if (options.access == Access::kReadOnly) return {};

    auto journal = Prepare("PRAGMA journal_mode=WAL");
    if (!journal) return journal.error();
    const auto row = journal->Step();
    if (!row) return row.error();
    if (!*row || journal->Text(0) != "wal") {
        return Error(
            ErrorCode::kUnavailable,
            Retry::kNever,
            fmt::format(
                "could not open {}: its file system cannot hold a write-ahead log (it needs shared "
                "memory); use a local disk",
                file().string()
            )
        );
    }
    journal->Reset();
    return Execute(
        options.durability == Durability::kFull ? "PRAGMA synchronous=FULL"
                                                : "PRAGMA synchronous=NORMAL"
    );
}

Result<void> Connection::Execute(const std::string& sql) {
    const int code = sqlite3_exec(handle_->db, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return ErrorFrom(handle_->db, code, "read or write", file());
    return {};
}

Result<Statement> Connection::Prepare(std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(
        handle_->db,
        sql.data(),
        static_cast<int>(sql.size()),
        SQLITE_PREPARE_PERSISTENT,
        &statement,
        nullptr
    );
    if (code != SQLITE_OK) return ErrorFrom(handle_->db, code, "read the tables of", file());
    FLUX_ASSERT(statement != nullptr);
    return Statement(*handle_, statement);
}

Result<CheckpointOutcome> Connection::Checkpoint(CheckpointMode mode) {
    int pages = 0;
    int copied = 0;
    const int code = sqlite3_wal_checkpoint_v2(
        handle_->db,
        nullptr,
        mode == CheckpointMode::kPassive ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE,
        &pages,
        &copied
    );
    if (code != SQLITE_OK) return ErrorFrom(handle_->db, code, "checkpoint", file());
    CheckpointOutcome outcome;
    outcome.pages = pages;
    outcome.copied = copied;
    return outcome;
}

std::int64_t Connection::wal_pages() const {
    return handle_->wal_pages;
}

const std::filesystem::path& Connection::file() const {
    return handle_->file;
}

}  // namespace flux::sqlite
