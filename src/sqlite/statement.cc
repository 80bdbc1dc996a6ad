#include "sqlite/statement.h"

#include "base/assert.h"
#include "sqlite/connection_handle.h"
#include "sqlite/sqlite_error.h"

#include <sqlite3.h>

#include <utility>

namespace flux::sqlite {

Statement::Statement(Statement&& other) noexcept
    : handle_(other.handle_),
      statement_(std::exchange(other.statement_, nullptr)),
      bind_failure_(other.bind_failure_) {}

Statement& Statement::operator=(Statement&& other) noexcept {
    std::swap(handle_, other.handle_);
    std::swap(statement_, other.statement_);
    std::swap(bind_failure_, other.bind_failure_);
    return *this;
}

Statement::~Statement() {
    sqlite3_finalize(statement_);
}

void Statement::Remember(int code) {
    // A wrong parameter number is a bug of the caller; running out of memory or a value over
    // SQLite's limit is an error of the run.
    FLUX_ASSERT(code != SQLITE_RANGE && code != SQLITE_MISUSE);
    if (code != SQLITE_OK && bind_failure_ == SQLITE_OK) bind_failure_ = code;
}

Statement& Statement::BindInt(int parameter, std::int64_t value) {
    Remember(sqlite3_bind_int64(statement_, parameter, value));
    return *this;
}

Statement& Statement::BindText(int parameter, std::string_view value) {
    const char* const data = value.data() != nullptr ? value.data() : "";
    Remember(
        sqlite3_bind_text64(statement_, parameter, data, value.size(), SQLITE_STATIC, SQLITE_UTF8)
    );
    return *this;
}

Statement& Statement::BindBlob(int parameter, std::string_view value) {
    // A null pointer would bind NULL, which is not the empty blob.
    const char* const data = value.data() != nullptr ? value.data() : "";
    Remember(sqlite3_bind_blob64(statement_, parameter, data, value.size(), SQLITE_STATIC));
    return *this;
}

Statement& Statement::BindNull(int parameter) {
    Remember(sqlite3_bind_null(statement_, parameter));
    return *this;
}

Result<bool> Statement::Step() {
    const int code = bind_failure_ != SQLITE_OK ? bind_failure_ : sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return ErrorFrom(handle_->db, code, "read or write", handle_->file);
}

Result<void> Statement::Run() {
    Result<bool> row = Step();
    while (row && *row)
        row = Step();
    Reset();
    if (!row) return row.error();
    return {};
}

void Statement::Reset() {
    // The result repeats the last Step's, which the caller has seen.
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
    bind_failure_ = SQLITE_OK;
}

std::int64_t Statement::Int(int column) const {
    return sqlite3_column_int64(statement_, column);
}

bool Statement::IsNull(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::string_view Statement::Text(int column) const {
    const auto* const data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    const int size = sqlite3_column_bytes(statement_, column);
    return data != nullptr ? std::string_view(data, static_cast<std::size_t>(size))
                           : std::string_view();
}

std::string_view Statement::Blob(int column) const {
    const auto* const data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    const int size = sqlite3_column_bytes(statement_, column);
    return data != nullptr ? std::string_view(data, static_cast<std::size_t>(size))
                           : std::string_view();
}

}  // namespace flux::sqlite
