// The file of the durable log: what it holds, and how it is opened.
#pragma once

#include "base/result.h"
#include "base/strong_id.h"
#include "bus/event_bus.h"
#include "sqlite/connection.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace flux::bus {

/// Numbers the partitions of all durable topics in one file.
using PartitionId = StrongId<struct PartitionIdTag, std::int64_t>;

/// Where a record stands in the file's table of records: partitions side by side, offsets growing
/// within. 2^40 records per partition, 2^23 partitions.
std::int64_t PlaceOf(PartitionId partition, Offset offset);
Offset OffsetOfPlace(std::int64_t place);

struct StoredPartition {
    PartitionId id;
    Offset oldest;
    Offset next;
    std::int64_t bytes = 0;
};

struct StoredTopic {
    TopicName name;
    TopicOptions options;
    std::vector<StoredPartition> partitions;
};

/// The offset a group handles next in a partition.
struct StoredPosition {
    std::string group;
    PartitionId partition;
    Offset next;
};

/// What a log file held when it was opened.
struct LogContents {
    std::string identity;  ///< drawn when the file was made; another file has another
    std::int64_t run = 0;  ///< how often it was opened before
    std::vector<StoredTopic> topics;
    std::vector<StoredPosition> positions;
};

/// Opens the log file, making it when it is missing, and counts the run. Errors: kCorrupt (not a
/// log of Flux, or damaged), kBadInput (of a newer Flux), those of sqlite::Connection.
struct OpenedLogFile {
    sqlite::Connection connection;
    LogContents contents;
};
Result<OpenedLogFile> OpenLogFile(const std::filesystem::path& file, const std::string& vfs);

/// Reads the topic called `name` with its partitions; kNotFound when there is none.
Result<StoredTopic> LoadTopic(sqlite::Connection& connection, const TopicName& name);

}  // namespace flux::bus
