#include "app/admin_client.h"
#include "app/commands.h"
#include "app/running_flux.h"
#include "config/quantity.h"
#include "json/json_check.h"
#include "json/json_fields.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fmt/chrono.h>
#include <fmt/core.h>
#include <optional>
#include <poll.h>
#include <string>
#include <vector>

namespace flux::app {
namespace {

/// How long to wait at the end of the log before looking again.
constexpr int kPauseMs = 200;
constexpr Milliseconds kAnswerTime{20'000};

/// One record as the listener wrote it, with what the lines are ordered by.
struct Line {
    std::int64_t time = 0;
    std::string json;
};

struct Page {
    std::int64_t partitions = 0;
    std::int64_t next = 0;
    std::vector<Line> lines;
};

std::int64_t NumberOf(std::string_view json, std::string_view name) {
    const auto member = json::Member(json, name);
    const auto number = member ? json::AsInteger(*member) : std::nullopt;
    return number.value_or(0);
}

/// Nothing when it is no answer of a Flux.
std::optional<Page> ReadPage(const std::string& json) {
    const json::CheckLimits limits{.bytes_max = json.size()};
    if (!json::Check(json, limits)) return std::nullopt;
    const auto records = json::Member(json, "records");
    if (!records) return std::nullopt;
    Page page;
    page.partitions = NumberOf(json, "partitions");
    page.next = NumberOf(json, "next");
    for (json::ArrayReader reader(*records); reader.Next();)
        page.lines.push_back({NumberOf(reader.value(), "time"), std::string(reader.value())});
    return page;
}

/// "2026-11-21 22:00:00.123 0/17 key {...}".
void PrintForPeople(const Line& line) {
    const auto raw = [&line](std::string_view name) {
        return json::Member(line.json, name).value_or(std::string_view());
    };
    const std::string_view payload = raw("payload").empty() ? raw("text") : raw("payload");
    const std::time_t seconds = line.time / 1000;
    fmt::print(
        "{:%Y-%m-%d %H:%M:%S}.{:03} {}/{} {} {}\n",
        fmt::gmtime(seconds),
        line.time % 1000,
        raw("partition"),
        raw("offset"),
        raw("key"),
        payload
    );
}

/// Follows a topic through the admin listener.
class Tail {
public:
    Tail(const TailArguments& arguments, const RunningFlux& running)
        : arguments_(arguments),
          running_(running),
          client_(running.host, running.port, kAnswerTime) {}

    Result<void> Run() {
        if (Result<void> begun = Begin(); !begun) return begun;
        for (;;) {
            bool all_at_end = true;
            for (std::size_t i = 0; i < next_.size(); ++i) {
                if (!next_[i]) continue;
                const Result<bool> more = Show(i);
                if (!more) return more.error();
                if (*more) all_at_end = false;
                if (printed_ >= arguments_.count) return {};
            }
            std::fflush(stdout);
            if (all_at_end && !arguments_.follow) return {};
            if (all_at_end) ::poll(nullptr, 0, kPauseMs);
        }
    }

private:
    /// Where each partition is read from.
    Result<void> Begin() {
        const Result<Page> first = Ask(arguments_.partition.value_or(0), arguments_.from, 1);
        if (!first) return first.error();
        next_.resize(static_cast<std::size_t>(first->partitions));
        for (std::size_t i = 0; i < next_.size(); ++i) {
            const auto number = static_cast<std::int64_t>(i);
            if (arguments_.partition && *arguments_.partition != number) continue;
            const Result<Page> page = Ask(number, arguments_.from, 1);
            if (!page) return page.error();
            const bool none = page->lines.empty();
            next_[i] = none ? page->next : NumberOf(page->lines.front().json, "offset");
        }
        return {};
    }

    /// Prints what stands at the next place of a partition; whether there was anything.
    Result<bool> Show(std::size_t partition) {
        const Result<Page> page = Ask(
            static_cast<std::int64_t>(partition), "from=" + std::to_string(*next_[partition]), 500
        );
        if (!page) return page.error();
        for (const Line& line : page->lines) {
            if (printed_ >= arguments_.count) break;
            ++printed_;
            if (arguments_.json) {
                fmt::print("{}\n", line.json);
            } else {
                PrintForPeople(line);
            }
        }
        next_[partition] = page->next;
        return !page->lines.empty();
    }

    Result<Page> Ask(std::int64_t partition, const std::string& place, int most) const {
        const Result<std::string> body = client_.Get(
            fmt::format(
                "/bus/topics/{}/records?partition={}&max={}&{}",
                AdminClient::PercentEncode(arguments_.topic),
                partition,
                most,
                place
            ),
            running_.token
        );
        if (!body) return body.error();
        std::optional<Page> page = ReadPage(*body);
        if (page) return *std::move(page);
        return Error(ErrorCode::kBadInput, Retry::kNever, "what answers there is not a Flux");
    }

    const TailArguments& arguments_;
    const RunningFlux& running_;
    const AdminClient client_;
    std::vector<std::optional<std::int64_t>> next_;  // by partition; none: not looked at
    std::uint64_t printed_ = 0;
};

}  // namespace

int RunTail(const TailArguments& arguments) {
    const std::unique_ptr<Configuration> configuration = Configuration::Load(arguments.config);
    if (!configuration) return kExitBadUsage;
    const Result<RunningFlux> running = FindRunningFlux(*configuration);
    const Result<void> done =
        running ? Tail(arguments, *running).Run() : Result<void>(running.error());
    if (done) return kExitOk;
    fmt::print(stderr, "flux: {}\n", done.error().context);
    return kExitFailed;
}

}  // namespace flux::app
