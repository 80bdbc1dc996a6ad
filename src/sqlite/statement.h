// One compiled SQL statement.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string_view>

struct sqlite3_stmt;

namespace flux::sqlite {

struct ConnectionHandle;

/// Bind, Step through the rows, Reset, again. Parameters count from 1, columns from 0. Text and
/// blobs are not copied: they must stay until Reset (Run resets). Thread: its connection's.
class Statement {
public:
    Statement(Statement&& other) noexcept;
    Statement& operator=(Statement&& other) noexcept;
    ~Statement();

    Statement& BindInt(int parameter, std::int64_t value);
    Statement& BindText(int parameter, std::string_view value);
    Statement& BindBlob(int parameter, std::string_view value);
    Statement& BindNull(int parameter);

    /// True: a row stands ready. False: there is none (left). An error ends the run; Reset before
    /// the next.
    Result<bool> Step();

    /// Runs to the end, ignores rows, resets.
    Result<void> Run();

    /// Ready to be bound and run again; bound values are forgotten.
    void Reset();

    std::int64_t Int(int column) const;
    bool IsNull(int column) const;

    /// Valid until the next Step or Reset.
    std::string_view Text(int column) const;
    std::string_view Blob(int column) const;

private:
    friend class Connection;
    Statement(ConnectionHandle& handle, sqlite3_stmt* statement)
        : handle_(&handle),
          statement_(statement) {}
    void Remember(int code);

    ConnectionHandle* handle_;
    sqlite3_stmt* statement_;
    int bind_failure_ = 0;
};

}  // namespace flux::sqlite
