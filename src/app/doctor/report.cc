#include "app/doctor/report.h"

#include "json/json_check.h"

#include <algorithm>
#include <fmt/format.h>
#include <string_view>

namespace flux::app::doctor {
namespace {

constexpr std::string_view kColoursEnd = "\x1b[0m";

std::string_view NameOf(Verdict verdict) {
    switch (verdict) {
        case Verdict::kWarning:
            return "warning";
        case Verdict::kWrong:
            return "wrong";
        default:
            return "ok";
    }
}

std::string_view ColourOf(Verdict verdict) {
    switch (verdict) {
        case Verdict::kWarning:
            return "\x1b[33m";
        case Verdict::kWrong:
            return "\x1b[31m";
        default:
            return "\x1b[32m";
    }
}

std::size_t Count(const Findings& findings, Verdict verdict) {
    const auto is = [verdict](const Finding& finding) { return finding.verdict == verdict; };
    return static_cast<std::size_t>(std::count_if(findings.begin(), findings.end(), is));
}

}  // namespace

std::string ToText(const Finding& finding, bool colours) {
    const std::string_view name = NameOf(finding.verdict);
    std::string line = fmt::format(
        "{}{}{}{:{}}{}: {}\n",
        colours ? ColourOf(finding.verdict) : "",
        name,
        colours ? kColoursEnd : "",
        "",
        9 - name.size(),
        finding.check,
        finding.text
    );
    if (!finding.remedy.empty()) line += fmt::format("{:9}to do: {}\n", "", finding.remedy);
    return line;
}

std::string Summary(const Findings& findings) {
    const std::size_t wrong = Count(findings, Verdict::kWrong);
    const std::size_t warnings = Count(findings, Verdict::kWarning);
    if (wrong + warnings == 0) return fmt::format("{} checks: all well\n", findings.size());
    return fmt::format("{} wrong, {} warning{}\n", wrong, warnings, warnings == 1 ? "" : "s");
}

std::string ToJson(const Findings& findings) {
    std::string out = "{\"checks\":[";
    for (const Finding& finding : findings) {
        if (!out.ends_with('[')) out += ',';
        out += "{\"check\":";
        json::AppendQuoted(out, finding.check);
        out += fmt::format(",\"verdict\":\"{}\",\"text\":", NameOf(finding.verdict));
        json::AppendQuoted(out, finding.text);
        out += ",\"remedy\":";
        json::AppendQuoted(out, finding.remedy);
        out += '}';
    }
    out += fmt::format(
        "],\"wrong\":{},\"warnings\":{}}}\n",
        Count(findings, Verdict::kWrong),
        Count(findings, Verdict::kWarning)
    );
    return out;
}

bool AnythingWrong(const Findings& findings) {
    return Count(findings, Verdict::kWrong) > 0;
}

}  // namespace flux::app::doctor
