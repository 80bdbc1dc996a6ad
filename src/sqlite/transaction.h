// A write transaction that ends with its scope.
#pragma once

#include "base/result.h"
#include "sqlite/connection.h"

namespace flux::sqlite {

/// Begun at once as the one writer, rolled back when destroyed without a successful Commit. Thread:
/// its connection's.
class Transaction {
public:
    /// Errors: kConflict when another connection is writing longer than the busy timeout.
    static Result<Transaction> Begin(Connection& connection);

    Transaction(Transaction&& other) noexcept;
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();

    /// Success: everything is stored as safely as the connection promises. Failure: it is rolled
    /// back; after kUnknown (a failed fsync) it may yet be found after a crash.
    Result<void> Commit();

private:
    explicit Transaction(Connection& connection)
        : connection_(&connection) {}
    void RollBack();

    Connection* connection_;
};

}  // namespace flux::sqlite
