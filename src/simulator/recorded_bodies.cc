#include "simulator/recorded_bodies.h"

#include "limits/limits.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <utility>

namespace flux::simulator {
namespace {

namespace fs = std::filesystem;

bool SameText(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return std::tolower(static_cast<unsigned char>(x)) ==
               std::tolower(static_cast<unsigned char>(y));
    });
}

Error Bad(ErrorCode code, std::string why) {
    return Error(code, Retry::kNever, std::move(why));
}

/// Every *.json below the folder, in order.
Result<std::vector<fs::path>> FilesOf(const std::string& folder) {
    std::vector<fs::path> files;
    std::error_code failed;
    for (fs::recursive_directory_iterator entry(folder, failed), end; !failed && entry != end;
         entry.increment(failed)) {
        if (entry->path().extension() == ".json") files.push_back(entry->path());
    }
    if (failed) {
        return Bad(
            ErrorCode::kNotFound,
            fmt::format("the recordings in {} cannot be read: {}", folder, failed.message())
        );
    }
    std::sort(files.begin(), files.end());
    return files;
}

Result<std::string> ReadFile(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::string text(std::istreambuf_iterator<char>(in), {});
    if (!in.good() && !in.eof()) {
        return Bad(ErrorCode::kUnavailable, "the recording " + path.string() + " cannot be read");
    }
    return text;
}

}  // namespace

Result<RecordedBodies> RecordedBodies::Read(const std::string& folder) {
    const auto files = FilesOf(folder);
    if (!files) return files.error();
    RecordedBodies recorded;
    std::size_t bytes = 0;
    for (const fs::path& file : *files) {
        std::error_code failed;
        bytes += static_cast<std::size_t>(fs::file_size(file, failed));
        if (bytes > limits::kRecordedBodyBytesMax) {
            return Bad(
                ErrorCode::kTooLarge,
                fmt::format(
                    "the recordings in {} hold more than {} MiB; take some away",
                    folder,
                    limits::kRecordedBodyBytesMax / MiB
                )
            );
        }
        auto text = ReadFile(file);
        if (!text) return text.error();
        Body body;
        body.text = std::move(*text);
        const std::string name = file.stem().string();
        const std::size_t at = name.find('@');
        const std::size_t equals = name.find('=', at == std::string::npos ? name.size() : at);
        if (equals != std::string::npos) {
            body.parameter = name.substr(at + 1, equals - at - 1);
            body.value = name.substr(equals + 1);
        }
        const std::string endpoint = fs::relative(file.parent_path(), folder, failed).string();
        recorded.endpoints_[endpoint].bodies.push_back(std::move(body));
        ++recorded.count_;
    }
    if (recorded.count_ > 0) return recorded;
    return Bad(
        ErrorCode::kNotFound,
        "there is no recording in " + folder +
            "; bodies belong into FOLDER/source/path/, for example "
            "finnhub/api/v1/quote/001@symbol=AAPL.json"
    );
}

std::optional<std::string> RecordedBodies::Next(std::string_view source, const Ask& ask) {
    const auto found = endpoints_.find(std::string(source) + std::string(ask.path));
    if (found == endpoints_.end()) return std::nullopt;
    Endpoint& endpoint = found->second;
    // A body for just this request is better than one for any.
    std::string chosen;
    std::vector<const Body*> fitting;
    for (const Body& body : endpoint.bodies) {
        if (!body.parameter.empty() && !SameText(ask.Parameter(body.parameter), body.value)) {
            continue;
        }
        const std::string choice = body.parameter.empty() ? "" : body.parameter + "=" + body.value;
        if (choice != chosen) {
            if (choice.empty()) continue;
            fitting.clear();
            chosen = choice;
        }
        fitting.push_back(&body);
    }
    if (fitting.empty()) return std::nullopt;
    return fitting[endpoint.next[chosen]++ % fitting.size()]->text;
}

}  // namespace flux::simulator
