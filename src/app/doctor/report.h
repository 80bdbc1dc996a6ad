// Findings, as people and machines read them.
#pragma once

#include "app/doctor/finding.h"

#include <string>

namespace flux::app::doctor {

/// One line, and a second one that says what to do. `colours`: for a terminal.
std::string ToText(const Finding& finding, bool colours);

/// "9 checks: all well", or "1 wrong, 2 warnings".
std::string Summary(const Findings& findings);

/// {"checks":[{"check":"..","verdict":"ok|warning|wrong","text":"..","remedy":".."}],"wrong":0,
/// "warnings":0}, in one line.
std::string ToJson(const Findings& findings);

bool AnythingWrong(const Findings& findings);

}  // namespace flux::app::doctor
