#include "app/doctor/finding.h"

#include <utility>

namespace flux::app::doctor {

Finding Ok(std::string check, std::string text) {
    return {std::move(check), Verdict::kOk, std::move(text), {}};
}

Finding Warning(std::string check, std::string text, std::string remedy) {
    return {std::move(check), Verdict::kWarning, std::move(text), std::move(remedy)};
}

Finding Wrong(std::string check, std::string text, std::string remedy) {
    return {std::move(check), Verdict::kWrong, std::move(text), std::move(remedy)};
}

}  // namespace flux::app::doctor
