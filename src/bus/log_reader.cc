#include "bus/log_reader.h"

#include "bus/header_codec.h"
#include "bus/partition_log.h"

#include <utility>

namespace flux::bus {
namespace {

Result<Message> MessageOf(const sqlite::Statement& row, const LogRange& range) {
    Result<std::vector<Header>> headers = DecodeHeaders(row.Blob(3));
    if (!headers) return headers.error();
    Message message;
    message.topic = range.topic;
    message.partition = range.partition;
    message.offset = OffsetOfPlace(row.Int(0));
    message.timestamp = row.Int(1);
    if (!row.IsNull(2)) message.key = std::string(row.Blob(2));
    message.headers = std::move(*headers);
    message.payload = SharedBytes(row.Blob(4));
    return message;
}

}  // namespace

LogReader::LogReader(sqlite::Connection connection, sqlite::Statement select)
    : connection_(std::move(connection)),
      select_(std::move(select)) {}

Result<std::unique_ptr<LogReader>> LogReader::Open(
    const std::filesystem::path& file, const std::string& vfs
) {
    sqlite::ConnectionOptions options;
    options.vfs = vfs;
    Result<sqlite::Connection> connection = sqlite::Connection::Open(file, options);
    if (!connection) return connection.error();
    Result<sqlite::Statement> select = connection->Prepare(
        "SELECT place, written_ms, key, headers, payload FROM records"
        " WHERE place>=?1 AND place<?2 ORDER BY place LIMIT ?3"
    );
    if (!select) return select.error();
    return std::unique_ptr<LogReader>(new LogReader(std::move(*connection), std::move(*select)));
}

Result<std::vector<Message>> LogReader::Read(const LogRange& range) {
    const PartitionId following(range.id.value() + 1);
    select_.BindInt(1, PlaceOf(range.id, range.from)).BindInt(2, PlaceOf(following, Offset(0)));
    select_.BindInt(3, static_cast<std::int64_t>(range.records_max));
    std::vector<Message> messages;
    std::size_t bytes = 0;
    Result<bool> row = select_.Step();
    while (row && *row) {
        Result<Message> message = MessageOf(select_, range);
        if (!message) {
            select_.Reset();
            return message.error();
        }
        bytes += MemoryOf(*message);
        if (bytes > range.bytes_max && !messages.empty()) break;
        messages.push_back(std::move(*message));
        row = select_.Step();
    }
    // Ends the read transaction, which would keep the write-ahead log from starting over.
    select_.Reset();
    if (!row) return row.error();
    return messages;
}

Result<sqlite::CheckpointOutcome> LogReader::Checkpoint() {
    return connection_.Checkpoint(sqlite::CheckpointMode::kPassive);
}

}  // namespace flux::bus
