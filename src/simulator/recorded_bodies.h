// Recorded answers of the REST sources, from a folder.
#pragma once

#include "base/result.h"
#include "simulator/answer.h"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flux::simulator {

/// `FOLDER/{source}/{path}/*.json`: the bodies an endpoint answers with, in the order of their
/// names, from the beginning again after the last. `001@symbol=AAPL.json` is for requests with that
/// parameter alone (compared without case). Files are read once and held in memory. Thread: one at
/// a time.
class RecordedBodies {
public:
    /// Reads the folder. Errors: kNotFound (no folder, or nothing recorded in it), kTooLarge,
    /// kUnavailable for a file that cannot be read; they name the file.
    static Result<RecordedBodies> Read(const std::string& folder);

    /// The next body for a request, or nothing when none is recorded for it.
    std::optional<std::string> Next(std::string_view source, const Ask& ask);

    std::size_t count() const { return count_; }

private:
    struct Body {
        std::string parameter;  ///< "" for any request
        std::string value;
        std::string text;
    };
    struct Endpoint {
        std::vector<Body> bodies;
        std::map<std::string, std::size_t> next;  ///< by the parameter that chose
    };

    std::map<std::string, Endpoint, std::less<>> endpoints_;  // "openweather/data/2.5/weather"
    std::size_t count_ = 0;
};

}  // namespace flux::simulator
