#include "valkey/valkey_health.h"

#include "base/log.h"

namespace flux::valkey {

void ValkeyHealth::Away(std::string_view why) {
    if (away_.fetch_add(1) != 0) return;
    since_ = clock_.Now().time_since_epoch().count();
    outages_.Add();
    log::Warn(
        "valkey.away",
        "Valkey is not asked until it answers again; what it holds counts as missing, nothing else "
        "changes",
        {{"valkey", peer_}, {"error", why}}
    );
}

void ValkeyHealth::Back() {
    if (away_.fetch_sub(1) != 1) return;
    refusal_said_ = false;
    const SteadyTime since{SteadyTime::duration(since_.load())};
    const std::chrono::duration<double> away = clock_.Now() - since;
    log::Info(
        "valkey.back", "Valkey is used again", {{"valkey", peer_}, {"seconds", away.count()}}
    );
}

void ValkeyHealth::Gone() {
    away_.fetch_sub(1);
}

void ValkeyHealth::Refused(std::string_view sentence) {
    if (refusal_said_.exchange(true)) return;
    log::Warn(
        "valkey.refused",
        "Valkey refuses a command, which counts as a miss or is dropped; further ones are only "
        "counted (flux_valkey_refused_total)",
        {{"valkey", peer_}, {"error", sentence}}
    );
}

}  // namespace flux::valkey
