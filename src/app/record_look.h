// A look at the records of one partition, as the admin listener answers it.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "bus/event_bus.h"
#include "net/http.h"
#include "runtime/task.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace flux::app {

/// GET /bus/topics/{topic}/records?partition=0&from=beginning|end|NUMBER&time=MS&max=100.
struct RecordLook {
    bus::TopicName topic;
    std::int32_t partition = 0;
    std::string from = "end";        ///< or "beginning", or an offset
    std::optional<WallMillis> time;  ///< goes before `from`: the first record not older
    std::size_t records_max = 100;
};

/// Errors: kBadInput, naming the parameter.
Result<RecordLook> ReadRecordLook(std::string topic, const net::HttpRequest& request);

/// {"topic":..,"partitions":3,"partition":0,"oldest":1,"end":9,"next":4,"records":[...]}: `next` is
/// where to look next. Each record has partition, offset, time (ms), key (or null), headers, and
/// "payload" (its JSON) or "text" (what is no JSON). Errors: those of the bus.
Task<Result<std::string>> Look(bus::EventBus& bus, RecordLook look);

}  // namespace flux::app
