// Topics the configuration asks for.
#pragma once

#include "bus/event_bus.h"
#include "config/problems.h"
#include "config/table.h"

#include <string>
#include <vector>

namespace flux::gateway {

/// A topic that is made at the start, should the bus not have it.
struct TopicRow {
    std::string name;
    bus::TopicOptions options;
};

/// The [[topic]] rows. A row with a mistake is left out; every mistake is in `problems` with its
/// line. docs/routes.md describes the fields.
std::vector<TopicRow> ReadTopicRows(
    const std::vector<config::Table>& rows, config::Problems& problems
);

}  // namespace flux::gateway
