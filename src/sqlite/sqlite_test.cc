#include "sqlite/connection.h"
#include "sqlite/failing_vfs.h"
#include "sqlite/file_lock.h"
#include "sqlite/transaction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

namespace flux::sqlite {
namespace {

using ::testing::HasSubstr;

class SqliteTest : public ::testing::Test {
protected:
    SqliteTest() {
        std::string name = (std::filesystem::temp_directory_path() / "flux-sqlite-XXXXXX").string();
        directory_ = ::mkdtemp(name.data());
    }
    ~SqliteTest() override { std::filesystem::remove_all(directory_); }

    std::filesystem::path file() const { return directory_ / "test.db"; }

    Connection OpenWithTable(const ConnectionOptions& options = {}) {
        Result<Connection> opened = Connection::Open(file(), options);
        EXPECT_TRUE(opened) << ToString(opened.error());
        EXPECT_TRUE(opened->Execute("CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, b BLOB)")
        );
        return std::move(*opened);
    }

    static std::int64_t Count(Connection& connection) {
        Statement count = connection.Prepare("SELECT count(*) FROM t").value();
        EXPECT_TRUE(count.Step().value());
        return count.Int(0);
    }

    static Result<void> InsertOne(Connection& connection) {
        Result<Transaction> transaction = Transaction::Begin(connection);
        if (!transaction) return transaction.error();
        if (auto row = connection.Execute("INSERT INTO t(b) VALUES(x'00')"); !row) return row;
        return transaction->Commit();
    }

    std::filesystem::path directory_;
};

TEST_F(SqliteTest, WritesAheadAndSyncsEveryCommitFully) {
    Connection connection = OpenWithTable();
    Statement journal = connection.Prepare("PRAGMA journal_mode").value();
    ASSERT_TRUE(journal.Step().value());
    EXPECT_EQ(journal.Text(0), "wal");
    Statement synchronous = connection.Prepare("PRAGMA synchronous").value();
    ASSERT_TRUE(synchronous.Step().value());
    EXPECT_EQ(synchronous.Int(0), 2);
    Statement automatic = connection.Prepare("PRAGMA wal_autocheckpoint").value();
    ASSERT_TRUE(automatic.Step().value());
    EXPECT_EQ(automatic.Int(0), 0);
}

TEST_F(SqliteTest, KeepsEmptyAndAbsentBlobsApart) {
    Connection connection = OpenWithTable();
    Statement insert = connection.Prepare("INSERT INTO t(id, b) VALUES(?1, ?2)").value();
    ASSERT_TRUE(insert.BindInt(1, 1).BindBlob(2, {}).Run());
    ASSERT_TRUE(insert.BindInt(1, 2).BindNull(2).Run());
    const std::string binary("\0\xff\n", 3);
    ASSERT_TRUE(insert.BindInt(1, 3).BindBlob(2, binary).Run());
    Statement select = connection.Prepare("SELECT b FROM t ORDER BY id").value();
    ASSERT_TRUE(select.Step().value());
    EXPECT_FALSE(select.IsNull(0));
    EXPECT_EQ(select.Blob(0), "");
    ASSERT_TRUE(select.Step().value());
    EXPECT_TRUE(select.IsNull(0));
    ASSERT_TRUE(select.Step().value());
    EXPECT_EQ(select.Blob(0), binary);
    EXPECT_FALSE(select.Step().value());
}

TEST_F(SqliteTest, ATransactionThatIsNotCommittedLeavesNothing) {
    Connection connection = OpenWithTable();
    {
        Transaction transaction = Transaction::Begin(connection).value();
        ASSERT_TRUE(connection.Execute("INSERT INTO t(b) VALUES(x'01')"));
    }
    EXPECT_EQ(Count(connection), 0);
    ASSERT_TRUE(InsertOne(connection));
    EXPECT_EQ(Count(connection), 1);
}

TEST_F(SqliteTest, AnErrorNamesTheFileAndRepeatsSqlite) {
    Connection connection = OpenWithTable();
    const Result<void> failed = connection.Execute("INSERT INTO nowhere VALUES(1)");
    ASSERT_FALSE(failed);
    EXPECT_THAT(failed.error().context, HasSubstr(file().string()));
    EXPECT_THAT(failed.error().context, HasSubstr("no such table: nowhere"));
}

TEST_F(SqliteTest, AFileThatIsNoDatabaseIsCorrupt) {
    std::ofstream(file()) << std::string(8192, 'x');
    const Result<Connection> opened = Connection::Open(file(), ConnectionOptions());
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt);
}

TEST_F(SqliteTest, ASecondWriterIsRefusedAfterTheBusyTimeout) {
    ConnectionOptions options;
    options.busy_timeout = Milliseconds(10);
    Connection first = OpenWithTable(options);
    Connection second = OpenWithTable(options);
    Transaction holding = Transaction::Begin(first).value();
    const Result<Transaction> refused = Transaction::Begin(second);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
    EXPECT_EQ(refused.error().retry, Retry::kLater);
}

TEST_F(SqliteTest, AFailedFsyncIsAFailedCommitOfUnknownOutcomeAndHeals) {
    FailingVfs vfs("failing-sync");
    ConnectionOptions options;
    options.vfs = vfs.name();
    Connection connection = OpenWithTable(options);
    vfs.fail_sync = true;
    const Result<void> failed = InsertOne(connection);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::kUnknown);
    EXPECT_EQ(Count(connection), 0);
    vfs.fail_sync = false;
    EXPECT_TRUE(InsertOne(connection));
    EXPECT_EQ(Count(connection), 1);
}

TEST_F(SqliteTest, AFullDiskIsUnavailableAndHeals) {
    FailingVfs vfs("failing-write");
    ConnectionOptions options;
    options.vfs = vfs.name();
    Connection connection = OpenWithTable(options);
    vfs.fail_write = true;
    const Result<void> failed = InsertOne(connection);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::kUnavailable);
    EXPECT_THAT(failed.error().context, HasSubstr("free space"));
    vfs.fail_write = false;
    EXPECT_TRUE(InsertOne(connection));
    EXPECT_EQ(Count(connection), 1);
}

TEST_F(SqliteTest, EveryFullCommitIsSyncedAndNoCheckpointRunsInIt) {
    FailingVfs vfs("counting-sync");
    ConnectionOptions options;
    options.vfs = vfs.name();
    Connection connection = OpenWithTable(options);
    constexpr int kCommits = 1'500;  // SQLite's automatic checkpoint would run at 1,000 pages
    const int before = vfs.syncs;
    for (int i = 0; i < kCommits; ++i)
        ASSERT_TRUE(InsertOne(connection));
    EXPECT_EQ(vfs.syncs - before, kCommits);
    EXPECT_GE(connection.wal_pages(), kCommits);

    Connection other = Connection::Open(file(), options).value();
    const CheckpointOutcome outcome = other.Checkpoint(CheckpointMode::kPassive).value();
    EXPECT_EQ(outcome.pages, outcome.copied);
    ASSERT_TRUE(InsertOne(connection));
    EXPECT_LT(connection.wal_pages(), 10) << "the log starts over once everything was copied";
}

TEST_F(SqliteTest, TheFileLockNamesItsOwnerAndEndsWithIt) {
    Result<FileLock> first = FileLock::Acquire(file());
    ASSERT_TRUE(first);
    const Result<FileLock> second = FileLock::Acquire(file());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::kConflict);
    EXPECT_THAT(second.error().context, HasSubstr(std::to_string(::getpid())));
    { const FileLock ended = std::move(*first); }
    EXPECT_TRUE(FileLock::Acquire(file()));
}

}  // namespace
}  // namespace flux::sqlite
