#include "bus/log_writer.h"

#include "base/assert.h"
#include "base/testpoint.h"
#include "bus/header_codec.h"
#include "limits/limits.h"
#include "sqlite/transaction.h"

#include <algorithm>
#include <utility>

namespace flux::bus {
namespace {

constexpr std::chrono::minutes kSweepInterval{1};

}  // namespace

Result<std::unique_ptr<LogWriter>> LogWriter::Create(
    sqlite::Connection connection, const LogContents& contents, const Clock& clock
) {
    Result<Statements> statements = PrepareAll(connection);
    if (!statements) return statements.error();
    return std::unique_ptr<LogWriter>(
        new LogWriter(std::move(connection), std::move(*statements), contents, clock)
    );
}

Result<LogWriter::Statements> LogWriter::PrepareAll(sqlite::Connection& connection) {
    auto insert = connection.Prepare(
        "INSERT INTO records(place, written_ms, key, headers, payload) VALUES(?1, ?2, ?3, ?4, ?5)"
    );
    if (!insert) return insert.error();
    auto move = connection.Prepare(
        "INSERT INTO positions(group_name, partition, next) VALUES(?1, ?2, ?3)"
        " ON CONFLICT(group_name, partition) DO UPDATE SET next=excluded.next"
    );
    if (!move) return move.error();
    auto scan = connection.Prepare(
        "SELECT place, written_ms, coalesce(length(key), 0) + length(headers) + length(payload)"
        " FROM records WHERE place>=?1 AND place<?2 ORDER BY place LIMIT ?3"
    );
    if (!scan) return scan.error();
    auto remove = connection.Prepare("DELETE FROM records WHERE place>=?1 AND place<?2");
    if (!remove) return remove.error();
    auto save =
        connection.Prepare("UPDATE partitions SET oldest=?2, next=?3, bytes=?4 WHERE id=?1");
    if (!save) return save.error();
    return Statements{
        std::move(*insert),
        std::move(*move),
        std::move(*scan),
        std::move(*remove),
        std::move(*save)};
}

LogWriter::LogWriter(
    sqlite::Connection connection,
    Statements statements,
    const LogContents& contents,
    const Clock& clock
)
    : connection_(std::move(connection)),
      clock_(clock),
      next_sweep_(clock.Now()),
      statements_(std::move(statements)) {
    for (const StoredTopic& topic : contents.topics)
        Adopt(topic);
    for (const StoredPosition& position : contents.positions)
        positions_[position.partition][position.group] = position.next.value();
}

void LogWriter::Adopt(const StoredTopic& topic) {
    const std::chrono::milliseconds age = topic.options.retention_time;
    for (const StoredPartition& partition : topic.partitions) {
        State& state = partitions_[partition.id];
        state.oldest = partition.oldest.value();
        state.next = partition.next.value();
        state.bytes = partition.bytes;
        state.retention_bytes = static_cast<std::int64_t>(topic.options.retention_bytes);
        state.retention_ms = age.count();
    }
}

Result<StoredTopic> LogWriter::CreateTopic(const TopicName& name, const TopicOptions& options) {
    Result<StoredTopic> existing = LoadTopic(connection_, name);
    if (existing || existing.error().code != ErrorCode::kNotFound) return existing;

    Result<sqlite::Transaction> transaction = sqlite::Transaction::Begin(connection_);
    if (!transaction) return transaction.error();
    auto insert = connection_.Prepare(
        "INSERT INTO topics(name, partitions, retention_bytes, retention_hours)"
        " VALUES(?1, ?2, ?3, ?4)"
    );
    if (!insert) return insert.error();
    insert->BindText(1, name.value()).BindInt(2, options.partitions);
    insert->BindInt(3, static_cast<std::int64_t>(options.retention_bytes));
    if (auto done = insert->BindInt(4, options.retention_time.count()).Run(); !done) {
        return done.error();
    }
    auto partition = connection_.Prepare(
        "INSERT INTO partitions(topic, number) SELECT id, ?2 FROM topics WHERE name=?1"
    );
    if (!partition) return partition.error();
    for (std::int32_t number = 0; number < options.partitions; ++number) {
        partition->BindText(1, name.value()).BindInt(2, number);
        if (auto done = partition->Run(); !done) return done.error();
    }
    if (auto committed = transaction->Commit(); !committed) return committed.error();
    Result<StoredTopic> made = LoadTopic(connection_, name);
    if (made) Adopt(*made);
    return made;
}

Result<CommitOutcome> LogWriter::Commit(CommitBatch& batch) {
    States staged;
    Result<sqlite::Transaction> transaction = sqlite::Transaction::Begin(connection_);
    if (!transaction) return transaction.error();
    for (CommitBatch::Append& append : batch.appends) {
        if (auto done = Insert(staged, append); !done) return done.error();
    }
    for (const StoredPosition& move : batch.moves) {
        if (auto done = Move(move); !done) return done.error();
    }
    if (auto done = TrimAll(staged); !done) return done.error();
    if (auto done = Save(staged); !done) return done.error();
    FLUX_TESTPOINT("bus.log.sync");
    const SteadyTime before = clock_.Now();
    if (auto committed = transaction->Commit(); !committed) return committed.error();
    FLUX_TESTPOINT("bus.log.synced");
    CommitOutcome outcome = Accept(staged, batch);
    outcome.sync_time = clock_.Now() - before;
    return outcome;
}

LogWriter::State& LogWriter::Stage(States& staged, PartitionId partition) const {
    const auto known = partitions_.find(partition);
    FLUX_ASSERT(known != partitions_.end());
    return staged.try_emplace(partition, known->second).first->second;
}

Result<void> LogWriter::Insert(States& staged, CommitBatch::Append& append) {
    State& state = Stage(staged, append.partition);
    Message& record = append.record;
    record.offset = Offset(state.next);
    const std::string headers = EncodeHeaders(record.headers);
    sqlite::Statement& insert = statements_.insert;
    insert.BindInt(1, PlaceOf(append.partition, record.offset)).BindInt(2, record.timestamp);
    if (record.key) {
        insert.BindBlob(3, *record.key);
    } else {
        insert.BindNull(3);
    }
    insert.BindBlob(4, headers).BindBlob(5, record.payload.view());
    if (auto done = insert.Run(); !done) return done;
    ++state.next;
    state.bytes += static_cast<std::int64_t>(
        (record.key ? record.key->size() : 0) + headers.size() + record.payload.size()
    );
    return {};
}

Result<void> LogWriter::Move(const StoredPosition& position) {
    sqlite::Statement& move = statements_.move;
    move.BindText(1, position.group).BindInt(2, position.partition.value());
    return move.BindInt(3, position.next.value()).Run();
}

Result<void> LogWriter::TrimAll(States& staged) {
    if (const SteadyTime now = clock_.Now(); now >= next_sweep_) {
        next_sweep_ = now + kSweepInterval;
        for (const auto& [partition, state] : partitions_)
            Stage(staged, partition);
    }
    for (auto& [partition, state] : staged) {
        if (auto done = Trim(partition, state); !done) return done;
    }
    return {};
}

std::int64_t LogWriter::HeldFrom(PartitionId partition, const State& state) const {
    std::int64_t from = state.next;
    if (const auto groups = positions_.find(partition); groups != positions_.end()) {
        for (const auto& [group, next] : groups->second)
            from = std::min(from, next);
    }
    return from;
}

Result<void> LogWriter::Trim(PartitionId partition, State& state) {
    const WallMillis too_old = clock_.WallNow() - state.retention_ms;
    const std::int64_t held_from = HeldFrom(partition, state);
    const std::int64_t begin = PlaceOf(partition, Offset(state.oldest));
    sqlite::Statement& scan = statements_.scan;
    scan.BindInt(1, begin).BindInt(2, PlaceOf(partition, Offset(held_from)));
    scan.BindInt(3, limits::kTrimRecordsMax);
    std::int64_t keep_from = state.oldest;
    std::int64_t bytes = state.bytes;
    Result<bool> row = scan.Step();
    while (row && *row && (bytes > state.retention_bytes || scan.Int(1) < too_old)) {
        keep_from = OffsetOfPlace(scan.Int(0)).value() + 1;
        bytes -= scan.Int(2);
        row = scan.Step();
    }
    scan.Reset();
    if (!row) return row.error();
    if (keep_from == state.oldest) return {};
    statements_.remove.BindInt(1, begin).BindInt(2, PlaceOf(partition, Offset(keep_from)));
    if (auto done = statements_.remove.Run(); !done) return done;
    state.oldest = keep_from;
    state.bytes = bytes;
    return {};
}

Result<void> LogWriter::Save(const States& staged) {
    for (const auto& [partition, state] : staged) {
        sqlite::Statement& save = statements_.save;
        save.BindInt(1, partition.value()).BindInt(2, state.oldest);
        if (auto done = save.BindInt(3, state.next).BindInt(4, state.bytes).Run(); !done) {
            return done;
        }
    }
    return {};
}

CommitOutcome LogWriter::Accept(const States& staged, const CommitBatch& batch) {
    CommitOutcome outcome;
    for (const auto& [partition, state] : staged) {
        State& known = partitions_[partition];
        if (known.oldest != state.oldest) {
            outcome.trimmed.emplace_back(partition, Offset(state.oldest));
        }
        known = state;
    }
    for (const StoredPosition& move : batch.moves)
        positions_[move.partition][move.group] = move.next.value();
    return outcome;
}

Result<void> LogWriter::ForgetGroup(
    const std::string& group, const std::vector<PartitionId>& partitions
) {
    Result<sqlite::Transaction> transaction = sqlite::Transaction::Begin(connection_);
    if (!transaction) return transaction.error();
    auto remove = connection_.Prepare("DELETE FROM positions WHERE group_name=?1 AND partition=?2");
    if (!remove) return remove.error();
    for (const PartitionId partition : partitions) {
        remove->BindText(1, group).BindInt(2, partition.value());
        if (auto done = remove->Run(); !done) return done;
    }
    if (auto committed = transaction->Commit(); !committed) return committed;
    for (const PartitionId partition : partitions)
        positions_[partition].erase(group);
    return {};
}

Result<sqlite::CheckpointOutcome> LogWriter::Checkpoint() {
    return connection_.Checkpoint(sqlite::CheckpointMode::kPassive);
}

}  // namespace flux::bus
