#include "bus/log_file.h"

#include "base/assert.h"
#include "base/random.h"
#include "sqlite/transaction.h"

#include <fmt/format.h>
#include <utility>

namespace flux::bus {
namespace {

constexpr int kOffsetBits = 40;
constexpr std::size_t kIdentityBytes = 16;

/// "Flux" in ASCII: tells the file from other SQLite files.
constexpr std::int64_t kApplicationId = 0x466c7578;
constexpr std::int64_t kSchemaVersion = 1;

constexpr const char* kSchema = R"sql(
CREATE TABLE meta(name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
CREATE TABLE topics(
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    partitions INTEGER NOT NULL,
    retention_bytes INTEGER NOT NULL,
    retention_hours INTEGER NOT NULL
) STRICT;
CREATE TABLE partitions(
    id INTEGER PRIMARY KEY,
    topic INTEGER NOT NULL REFERENCES topics(id),
    number INTEGER NOT NULL,
    oldest INTEGER NOT NULL DEFAULT 0,
    next INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    UNIQUE(topic, number)
) STRICT;
CREATE TABLE records(
    place INTEGER PRIMARY KEY,
    written_ms INTEGER NOT NULL,
    key BLOB,
    headers BLOB NOT NULL,
    payload BLOB NOT NULL
) STRICT;
CREATE TABLE positions(
    group_name TEXT NOT NULL,
    partition INTEGER NOT NULL REFERENCES partitions(id),
    next INTEGER NOT NULL,
    PRIMARY KEY(group_name, partition)
) STRICT, WITHOUT ROWID;
)sql";

Result<std::int64_t> OneNumber(sqlite::Connection& connection, const char* sql) {
    Result<sqlite::Statement> statement = connection.Prepare(sql);
    if (!statement) return statement.error();
    const Result<bool> row = statement->Step();
    if (!row) return row.error();
    return *row ? statement->Int(0) : std::int64_t{0};
}

Result<void> CreateSchema(sqlite::Connection& connection) {
    Result<sqlite::Transaction> transaction = sqlite::Transaction::Begin(connection);
    if (!transaction) return transaction.error();
    const std::string sql = fmt::format(
        "PRAGMA application_id={}; PRAGMA user_version={}; {}"
        "INSERT INTO meta VALUES('identity', '{}'), ('runs', 0);",
        kApplicationId,
        kSchemaVersion,
        kSchema,
        SecureRandomText(kIdentityBytes)
    );
    if (auto made = connection.Execute(sql); !made) return made;
    return transaction->Commit();
}

/// Makes the tables in a new file; refuses a file that is somebody else's.
Result<void> CheckOrCreateSchema(sqlite::Connection& connection) {
    const auto application = OneNumber(connection, "PRAGMA application_id");
    if (!application) return application.error();
    const auto version = OneNumber(connection, "PRAGMA user_version");
    if (!version) return version.error();
    const auto tables = OneNumber(connection, "SELECT count(*) FROM sqlite_schema");
    if (!tables) return tables.error();
    if (*application == 0 && *version == 0 && *tables == 0) return CreateSchema(connection);
    if (*application != kApplicationId) {
        return Error(
            ErrorCode::kCorrupt,
            Retry::kNever,
            fmt::format(
                "could not open {} as an event log: it is a database of another program; move it "
                "away or choose another data directory",
                connection.file().string()
            )
        );
    }
    if (*version != kSchemaVersion) {
        return Error(
            ErrorCode::kBadInput,
            Retry::kNever,
            fmt::format(
                "could not open {}: it has format {}, this Flux reads format {}; run the Flux that "
                "wrote it, or choose another data directory",
                connection.file().string(),
                *version,
                kSchemaVersion
            )
        );
    }
    return {};
}

Result<void> LoadMeta(sqlite::Connection& connection, LogContents& contents) {
    auto counted = connection.Execute("UPDATE meta SET value=value+1 WHERE name='runs'");
    if (!counted) return counted;
    Result<sqlite::Statement> select = connection.Prepare(
        "SELECT (SELECT value FROM meta WHERE name='identity'),"
        " (SELECT value FROM meta WHERE name='runs')"
    );
    if (!select) return select.error();
    const Result<bool> row = select->Step();
    if (!row) return row.error();
    contents.identity = select->Text(0);
    contents.run = select->Int(1) - 1;
    return {};
}

Result<void> LoadPartitions(sqlite::Connection& connection, std::int64_t id, StoredTopic& topic) {
    Result<sqlite::Statement> select = connection.Prepare(
        "SELECT id, oldest, next, bytes FROM partitions WHERE topic=?1 ORDER BY number"
    );
    if (!select) return select.error();
    select->BindInt(1, id);
    for (;;) {
        const Result<bool> row = select->Step();
        if (!row) return row.error();
        if (!*row) return {};
        StoredPartition partition;
        partition.id = PartitionId(select->Int(0));
        partition.oldest = Offset(select->Int(1));
        partition.next = Offset(select->Int(2));
        partition.bytes = select->Int(3);
        topic.partitions.push_back(partition);
    }
}

Result<std::vector<TopicName>> LoadTopicNames(sqlite::Connection& connection) {
    Result<sqlite::Statement> select = connection.Prepare("SELECT name FROM topics ORDER BY id");
    if (!select) return select.error();
    std::vector<TopicName> names;
    for (;;) {
        const Result<bool> row = select->Step();
        if (!row) return row.error();
        if (!*row) return names;
        names.emplace_back(std::string(select->Text(0)));
    }
}

/// A position past the end would skip what comes next without a word.
Result<void> CheckPosition(const StoredPosition& position, std::int64_t partition_next) {
    if (position.next.value() <= partition_next) return {};
    return Error(
        ErrorCode::kCorrupt,
        Retry::kNever,
        fmt::format(
            "could not use the event log: group {} stands at {}, past the end {} of its partition; "
            "the file was changed from outside: restore it, or move it away",
            position.group,
            position.next.value(),
            partition_next
        )
    );
}

Result<void> LoadPositions(sqlite::Connection& connection, LogContents& contents) {
    Result<sqlite::Statement> select = connection.Prepare(
        "SELECT group_name, partition, positions.next, partitions.next FROM positions"
        " JOIN partitions ON partitions.id=positions.partition"
    );
    if (!select) return select.error();
    for (;;) {
        const Result<bool> row = select->Step();
        if (!row) return row.error();
        if (!*row) return {};
        StoredPosition position;
        position.group = select->Text(0);
        position.partition = PartitionId(select->Int(1));
        position.next = Offset(select->Int(2));
        if (auto checked = CheckPosition(position, select->Int(3)); !checked) return checked;
        contents.positions.push_back(std::move(position));
    }
}

}  // namespace

std::int64_t PlaceOf(PartitionId partition, Offset offset) {
    FLUX_ASSERT(offset.value() >= 0 && offset.value() < std::int64_t{1} << kOffsetBits);
    return partition.value() << kOffsetBits | offset.value();
}

Offset OffsetOfPlace(std::int64_t place) {
    return Offset(place & ((std::int64_t{1} << kOffsetBits) - 1));
}

Result<OpenedLogFile> OpenLogFile(const std::filesystem::path& file, const std::string& vfs) {
    sqlite::ConnectionOptions options;
    options.vfs = vfs;
    Result<sqlite::Connection> connection = sqlite::Connection::Open(file, options);
    if (!connection) return connection.error();
    if (auto checked = CheckOrCreateSchema(*connection); !checked) return checked.error();
    LogContents contents;
    if (auto loaded = LoadMeta(*connection, contents); !loaded) return loaded.error();
    const Result<std::vector<TopicName>> names = LoadTopicNames(*connection);
    if (!names) return names.error();
    for (const TopicName& name : *names) {
        Result<StoredTopic> topic = LoadTopic(*connection, name);
        if (!topic) return topic.error();
        contents.topics.push_back(std::move(*topic));
    }
    if (auto loaded = LoadPositions(*connection, contents); !loaded) return loaded.error();
    return OpenedLogFile{std::move(*connection), std::move(contents)};
}

Result<StoredTopic> LoadTopic(sqlite::Connection& connection, const TopicName& name) {
    Result<sqlite::Statement> select = connection.Prepare(
        "SELECT id, partitions, retention_bytes, retention_hours FROM topics WHERE name=?1"
    );
    if (!select) return select.error();
    const Result<bool> row = select->BindText(1, name.value()).Step();
    if (!row) return row.error();
    if (!*row) {
        return Error(
            ErrorCode::kNotFound,
            Retry::kNever,
            fmt::format("no topic {} in {}", name.value(), connection.file().string())
        );
    }
    StoredTopic topic;
    topic.name = name;
    topic.options.durable = true;
    topic.options.partitions = static_cast<std::int32_t>(select->Int(1));
    topic.options.retention_bytes = static_cast<std::size_t>(select->Int(2));
    topic.options.retention_time = std::chrono::hours(select->Int(3));
    if (auto loaded = LoadPartitions(connection, select->Int(0), topic); !loaded) {
        return loaded.error();
    }
    return topic;
}

}  // namespace flux::bus
