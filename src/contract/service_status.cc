#include "contract/service_status.h"

#include "contract/member_reader.h"
#include "contract/object_writer.h"

#include <array>

namespace flux::contract {
namespace {

constexpr std::array<std::string_view, 4> kStateNames{"live", "degraded", "down", "no_key"};
static_assert(kStateNames.size() == static_cast<std::size_t>(ServiceState::kNoKey) + 1);

ServiceState ReadState(MemberReader& in) {
    const std::string name = in.Text("state");
    for (std::size_t index = 0; index < kStateNames.size(); ++index) {
        if (kStateNames[index] == name) return static_cast<ServiceState>(index);
    }
    in.Refuse("state", "is no state of a service");
    return ServiceState::kDown;
}

}  // namespace

std::string_view NameOf(ServiceState state) {
    return kStateNames[static_cast<std::size_t>(state)];
}

std::string Encode(const ServiceStatus& status) {
    ObjectWriter out;
    out.Text("domain", status.domain);
    out.Text("state", NameOf(status.state));
    out.Bool("simulated", status.simulated);
    if (status.error) out.Text("error", NameOf(*status.error));
    out.OptionalText("message", status.message);
    if (status.retry_at) out.Integer("retryAt", *status.retry_at);
    out.Integer("at", status.at);
    return out.Take();
}

Result<ServiceStatus> DecodeServiceStatus(std::string_view json) {
    Result<MemberReader> in = ReadObject("service status", json);
    if (!in) return in.error();
    ServiceStatus status;
    status.domain = in->TextNotEmpty("domain");
    status.state = ReadState(*in);
    status.simulated = in->Bool("simulated");
    if (const auto name = in->OptionalText("error")) {
        status.error = FailureFrom(*name);
        if (!status.error) in->Refuse("error", "is no reason of a failure");
    }
    status.message = in->OptionalText("message");
    status.retry_at = in->OptionalInteger("retryAt");
    status.at = in->Integer("at");
    if (in->error()) return *in->error();
    return status;
}

}  // namespace flux::contract
