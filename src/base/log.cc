#include "base/log.h"

#include "base/clock.h"

#include <atomic>
#include <cstdio>
#include <ctime>
#include <fmt/format.h>
#include <memory>
#include <mutex>
#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

namespace flux::log {
namespace {

constexpr std::size_t kQueueLines = 8192;

struct Writer {
    std::shared_ptr<spdlog::details::thread_pool> pool;
    std::shared_ptr<spdlog::logger> logger;
};

// The log is the one thing every part of the process shares without being handed it.
struct State {
    std::mutex mutex;
    std::shared_ptr<Writer> writer;
    std::atomic<Level> level{Level::kInfo};
    std::atomic<bool> json{true};
    std::atomic<bool> colour{false};
};

State& TheState() {
    static State state;
    return state;
}

std::string_view Name(Level level) {
    switch (level) {
        case Level::kDebug:
            return "debug";
        case Level::kInfo:
            return "info";
        case Level::kWarn:
            return "warn";
        case Level::kError:
            return "error";
    }
    return "info";
}

std::string Timestamp(std::int64_t wall_ms, const char* pattern) {
    const std::time_t seconds = wall_ms / 1000;
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    char text[32];
    const std::size_t length = std::strftime(text, sizeof text, pattern, &parts);
    return fmt::format("{}.{:03}", std::string_view(text, length), wall_ms % 1000);
}

/// Bytes of a well-formed UTF-8 sequence at `at`, 0 when malformed (RFC 3629).
std::size_t Utf8Length(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const unsigned first = byte(at);
    const auto follows = [&](std::size_t n) { return (byte(at + n) & 0xC0U) == 0x80U; };
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        if (!follows(1) || !follows(2)) return 0;
        if (first == 0xE0 && byte(at + 1) < 0xA0) return 0;
        if (first == 0xED && byte(at + 1) > 0x9F) return 0;
        return 3;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        if (!follows(1) || !follows(2) || !follows(3)) return 0;
        if (first == 0xF0 && byte(at + 1) < 0x90) return 0;
        if (first == 0xF4 && byte(at + 1) > 0x8F) return 0;
        return 4;
    }
    return 0;
}

/// Whether a well-formed sequence is a control character: C0, DEL, or C1 (U+0080 to U+009F), which
/// terminals obey as they obey ESC.
bool IsControl(std::string_view sequence) {
    const auto first = static_cast<unsigned char>(sequence[0]);
    if (sequence.size() == 1) return first < 0x20 || first == 0x7F;
    return first == 0xC2 && static_cast<unsigned char>(sequence[1]) < 0xA0;
}

/// The code point of a control character.
unsigned ControlCode(std::string_view sequence) {
    return static_cast<unsigned char>(sequence.back());  // of C1 the last byte is its number
}

void AppendJsonString(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        const std::size_t length = Utf8Length(text, 0);
        const std::string_view sequence = text.substr(0, length);
        text.remove_prefix(length > 0 ? length : 1);
        if (length == 0) {
            out += "\\ufffd";
        } else if (sequence == "\"" || sequence == "\\") {
            out += '\\';
            out += sequence;
        } else if (IsControl(sequence)) {
            out += fmt::format("\\u{:04x}", ControlCode(sequence));
        } else {
            out += sequence;
        }
    }
    out += '"';
}

void AppendJsonValue(std::string& out, const Value& value) {
    if (const auto* text = std::get_if<std::string_view>(&value)) {
        AppendJsonString(out, *text);
    } else if (const auto* number = std::get_if<double>(&value)) {
        out += (*number - *number == 0) ? fmt::format("{}", *number)
                                        : "null";  // JSON has no infinity and no NaN
    } else {
        std::visit(
            [&](const auto& plain) {
                if constexpr (!std::is_same_v<std::decay_t<decltype(plain)>, std::string_view>) {
                    out += fmt::format("{}", plain);
                }
            },
            value
        );
    }
}

/// Control characters in the text form would let input draw on the operator's terminal, and bytes
/// that are no UTF-8 mean whatever its encoding makes of them.
void AppendVisible(std::string& out, std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = Utf8Length(text, 0);
        const std::string_view sequence = text.substr(0, length);
        if (length == 0) {
            out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
        } else if (IsControl(sequence)) {
            out += length == 1 ? fmt::format("\\x{:02x}", ControlCode(sequence))
                               : fmt::format("\\u{:04x}", ControlCode(sequence));
        } else {
            out += sequence;
        }
        text.remove_prefix(length > 0 ? length : 1);
    }
}

std::string_view Paint(Level level) {
    switch (level) {
        case Level::kDebug:
            return "\033[2m";
        case Level::kInfo:
            return "\033[36m";
        case Level::kWarn:
            return "\033[33m";
        case Level::kError:
            return "\033[31m";
    }
    return "";
}

}  // namespace

std::string FormatJson(
    std::int64_t wall_ms,
    Level level,
    std::string_view event,
    std::string_view message,
    Fields fields
) {
    std::string out = fmt::format(
        R"({{"time":"{}Z","level":"{}","event":)",
        Timestamp(wall_ms, "%Y-%m-%dT%H:%M:%S"),
        Name(level)
    );
    AppendJsonString(out, event);
    out += ",\"message\":";
    AppendJsonString(out, message);
    for (const Field& field : fields) {
        out += ',';
        AppendJsonString(out, field.name);
        out += ':';
        AppendJsonValue(out, field.value);
    }
    out += '}';
    return out;
}

std::string FormatText(
    std::int64_t wall_ms,
    Level level,
    std::string_view event,
    std::string_view message,
    Fields fields,
    bool colour
) {
    const std::string_view paint = colour ? Paint(level) : "";
    const std::string_view plain = colour ? "\033[0m" : "";
    const std::string_view dim = colour ? "\033[2m" : "";
    std::string out = fmt::format(
        "{}{}{} {}{:5}{} ", dim, Timestamp(wall_ms, "%H:%M:%S"), plain, paint, Name(level), plain
    );
    AppendVisible(out, message);
    out += fmt::format("  {}{}", dim, event);
    for (const Field& field : fields) {
        out += fmt::format(" {}=", field.name);
        std::visit(
            [&](const auto& value) {
                if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string_view>) {
                    AppendVisible(out, value);
                } else {
                    out += fmt::format("{}", value);
                }
            },
            field.value
        );
    }
    out += plain;
    return out;
}

void Start(const Options& options) {
    State& state = TheState();
    const bool terminal = ::isatty(STDERR_FILENO) == 1;
    state.level = options.level;
    state.json = options.format == Format::kJson || (options.format == Format::kAuto && !terminal);
    state.colour = terminal;
    auto writer = std::make_shared<Writer>();
    writer->pool = std::make_shared<spdlog::details::thread_pool>(kQueueLines, 1);
    auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    writer->logger = std::make_shared<spdlog::async_logger>(
        "flux", std::move(sink), writer->pool, spdlog::async_overflow_policy::overrun_oldest
    );
    writer->logger->set_pattern("%v");
    writer->logger->set_level(spdlog::level::trace);
    const std::scoped_lock lock(state.mutex);
    state.writer = std::move(writer);
}

void Stop() {
    State& state = TheState();
    std::shared_ptr<Writer> writer;
    {
        const std::scoped_lock lock(state.mutex);
        writer = std::move(state.writer);
    }
    // The pool's destructor writes what is queued before it joins its thread.
}

std::uint64_t DroppedLines() {
    State& state = TheState();
    const std::scoped_lock lock(state.mutex);
    return state.writer ? state.writer->pool->overrun_counter() : 0;
}

void Write(Level level, std::string_view event, std::string_view message, Fields fields) {
    State& state = TheState();
    if (level < state.level.load(std::memory_order_relaxed)) return;
    const WallMillis now = SystemClock::Instance().WallNow();
    const std::string line = state.json.load(std::memory_order_relaxed)
                                 ? FormatJson(now, level, event, message, fields)
                                 : FormatText(now, level, event, message, fields, state.colour);
    std::shared_ptr<Writer> writer;
    {
        const std::scoped_lock lock(state.mutex);
        writer = state.writer;
    }
    if (writer) {
        writer->logger->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
    } else {
        // Not fmt::print, which throws when nobody reads any more.
        std::fputs((line + "\n").c_str(), stderr);
    }
}

}  // namespace flux::log
