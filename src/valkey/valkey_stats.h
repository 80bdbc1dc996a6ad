// What the client of one shard counts.
#pragma once

#include "base/counter.h"
#include "base/metrics.h"

#include <cstddef>

namespace flux::valkey {

/// Written on the client's shard.
struct ValkeyStats {
    Gauge connected;           ///< 1 while commands are sent
    Gauge queued_bytes;        ///< of commands that are not answered yet
    Counter connects;          ///< connections that were ready for commands
    Counter connect_failures;  ///< attempts that did not get that far
    Counter commands;          ///< sent
    Counter late;              ///< answers that did not come in time for whoever asked
    Counter refused;           ///< commands answered with an error
    Counter dropped_full;      ///< commands not sent because the queue was full
    Counter dropped_away;      ///< commands not sent because there was nobody to send them to
    Counter protocol_errors;   ///< connections given up because of what they sent
};

/// Publishes those of one shard.
void Describe(MetricWriter& out, const ValkeyStats& stats, std::size_t shard);

}  // namespace flux::valkey
