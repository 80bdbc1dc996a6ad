#include "sqlite/transaction.h"

#include "sqlite/connection_handle.h"
#include "sqlite/sqlite_error.h"

#include <sqlite3.h>

#include <utility>

namespace flux::sqlite {

Result<Transaction> Transaction::Begin(Connection& connection) {
    if (auto begun = connection.Execute("BEGIN IMMEDIATE"); !begun) return begun.error();
    return Transaction(connection);
}

Transaction::Transaction(Transaction&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)) {}

Transaction::~Transaction() {
    if (connection_ != nullptr) RollBack();
}

Result<void> Transaction::Commit() {
    sqlite3* const db = connection_->handle_->db;
    const int code = sqlite3_exec(db, "COMMIT", nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) {
        Error failure = ErrorFrom(db, code, "commit to", connection_->file());
        RollBack();
        return failure;
    }
    connection_ = nullptr;
    return {};
}

void Transaction::RollBack() {
    // SQLite has rolled back by itself after some failures; a second ROLLBACK would be an error.
    sqlite3* const db = std::exchange(connection_, nullptr)->handle_->db;
    if (sqlite3_get_autocommit(db) == 0) sqlite3_exec(db, "ROLLBACK", nullptr, nullptr, nullptr);
}

}  // namespace flux::sqlite
