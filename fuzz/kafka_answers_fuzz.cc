// Answers of Kafka, as `flux doctor` reads them: what is accepted is no longer accepted without its
// last byte of use, and what is asked says its own length.
//
// The first byte chooses the answer.
#include "base/assert.h"
#include "bus/kafka/kafka_wire.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace flux::bus;

void CheckRequest(const std::string& request) {
    std::size_t told = 0;
    for (const char c : request.substr(0, 4))
        told = told << 8 | static_cast<unsigned char>(c);
    FLUX_ASSERT(told + 4 == request.size());
}

/// What accepts a text accepts no beginning of it that is too short to hold what was read.
template <class T>
void CheckAnswer(std::optional<T> (*read)(std::string_view), std::string_view answer) {
    if (!read(answer)) return;
    FLUX_ASSERT(!read(answer.substr(0, 4)));
    FLUX_ASSERT(read(std::string(answer) + "more"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    if (input.empty()) return 0;
    const std::string_view answer = input.substr(1);
    switch (input.front() % 7) {
        case 0:
            CheckAnswer(&ReadVersions, answer);
            CheckRequest(VersionsRequest());
            break;
        case 1:
            CheckAnswer(&ReadHandshake, answer);
            CheckRequest(HandshakeRequest(answer.substr(0, 100)));
            break;
        case 2:
            CheckAnswer(&ReadLogin, answer);
            CheckRequest(PlainLoginRequest(answer.substr(0, 100), answer.substr(0, 50)));
            break;
        case 3: {
            CheckAnswer(&ReadRights, answer);
            const std::vector<std::string> topics{std::string(answer.substr(0, 100)), "t"};
            CheckRequest(RightsRequest(topics));
            break;
        }
        case 4:
            CheckAnswer(&ReadLeadersTime, answer);
            CheckRequest(QuorumRequest());
            break;
        case 5:
            CheckAnswer(&ReadGroupOffsets, answer);
            CheckRequest(GroupOffsetsRequest(answer.substr(0, 100)));
            break;
        default:
            CheckAnswer(&ReadHeartbeat, answer);
            CheckRequest(HeartbeatRequest(answer.substr(0, 100)));
    }
    return 0;
}
