// What the doctor found about one thing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace flux::app::doctor {

enum class Verdict : std::uint8_t {
    kOk,
    kWarning,  ///< Flux works, but not as well as it could, or not for long
    kWrong,    ///< Flux does not start, or something it needs fails
};

struct Finding {
    std::string check;  ///< what was looked at: "open files", "kafka 127.0.0.1:9092"
    Verdict verdict = Verdict::kOk;
    std::string text;    ///< what was found; no full stop
    std::string remedy;  ///< what to do; empty when all is well
};

using Findings = std::vector<Finding>;

Finding Ok(std::string check, std::string text);
Finding Warning(std::string check, std::string text, std::string remedy);
Finding Wrong(std::string check, std::string text, std::string remedy);

}  // namespace flux::app::doctor
