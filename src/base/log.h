// Structured log lines: an event name and fields. JSON to a pipe or file, a readable line to a
// terminal.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace flux::log {

enum class Level : std::uint8_t { kDebug, kInfo, kWarn, kError };

/// What a field may hold. Text is copied when the line is written, so a view is enough.
using Value = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;

/// One `name: value` of a line. Implicit from the usual types so that a call reads {"port", 5173}.
struct Field {
    std::string_view name;
    Value value;

    Field(std::string_view n, std::string_view v)
        : name(n),
          value(v) {}
    Field(std::string_view n, const std::string& v)
        : name(n),
          value(std::string_view(v)) {}
    Field(std::string_view n, const char* v)
        : name(n),
          value(std::string_view(v)) {}
    Field(std::string_view n, bool v)
        : name(n),
          value(v) {}
    Field(std::string_view n, double v)
        : name(n),
          value(v) {}
    template <class Integer>
        requires std::is_integral_v<Integer>
    Field(std::string_view n, Integer v)
        : name(n) {
        if constexpr (std::is_signed_v<Integer>) {
            value = static_cast<std::int64_t>(v);
        } else {
            value = static_cast<std::uint64_t>(v);
        }
    }
};

using Fields = std::initializer_list<Field>;

enum class Format : std::uint8_t {
    kAuto,
    kJson,
    kText
};  ///< kAuto: text on a terminal, JSON otherwise

struct Options {
    Level level = Level::kInfo;
    Format format = Format::kAuto;
};

/// Starts the writer thread behind a bounded queue; lines beyond it are dropped and counted, never
/// waited for. Before Start and after Stop lines are written directly. Thread: main.
void Start(const Options& options);

/// Writes what is queued and ends the writer thread.
void Stop();

/// Lines lost because the queue was full.
std::uint64_t DroppedLines();

/// Writes one line. `event` is a stable dotted name such as "listener.ready"; `message` is the
/// sentence for people. Never log a secret: a field named like one (token, password, secret, key,
/// pid) is the caller's bug. Thread: any; never blocks.
void Write(Level level, std::string_view event, std::string_view message, Fields fields = {});

inline void Debug(std::string_view event, std::string_view message, Fields fields = {}) {
    Write(Level::kDebug, event, message, fields);
}
inline void Info(std::string_view event, std::string_view message, Fields fields = {}) {
    Write(Level::kInfo, event, message, fields);
}
inline void Warn(std::string_view event, std::string_view message, Fields fields = {}) {
    Write(Level::kWarn, event, message, fields);
}
inline void Failure(std::string_view event, std::string_view message, Fields fields = {}) {
    Write(Level::kError, event, message, fields);
}

/// The line as JSON, without the newline. Exposed for tests.
std::string FormatJson(
    std::int64_t wall_ms,
    Level level,
    std::string_view event,
    std::string_view message,
    Fields fields
);

/// The line as people read it, without the newline. Exposed for tests.
std::string FormatText(
    std::int64_t wall_ms,
    Level level,
    std::string_view event,
    std::string_view message,
    Fields fields,
    bool colour
);

}  // namespace flux::log
