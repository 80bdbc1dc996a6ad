#include "socketio/engine_shared.h"

#include "base/random.h"

namespace flux::socketio {

EngineShared::EngineShared(const SocketIoOptions& server_options, std::size_t shard_count)
    : options(server_options),
      shards(shard_count),
      origins(options.origins),
      handshakes(options.handshakes_per_second, options.handshakes_burst, SecureRandomSeed()),
      messages(options.messages_per_second, options.messages_burst, SecureRandomSeed()),
      bytes(options.bytes_per_second, options.bytes_burst, SecureRandomSeed()),
      total_handshakes(options.total_handshakes_per_second, options.total_handshakes_burst),
      total_messages(options.total_messages_per_second, options.total_messages_burst),
      total_bytes(options.total_bytes_per_second, options.total_bytes_burst),
      sessions_of_address(options.sessions_per_address_max, SecureRandomSeed()),
      reassembly(options.reassembly_bytes_max, options.reassembly_bytes_per_address_max) {}

// An address's own budget comes first: what it refuses must not be taken from the others.

std::optional<Refusal> EngineShared::SpendHandshake(
    const net::IpAddress& client, const Clock& clock
) {
    if (!Budgeted(client)) return std::nullopt;
    const SteadyTime now = clock.Now();
    if (!handshakes.Admit(client, 1, now)) return Refusal::kHandshakeBudget;
    if (!total_handshakes.Admit(1, now)) return Refusal::kTotalHandshakeBudget;
    return std::nullopt;
}

std::optional<Budget> EngineShared::SpendMessage(
    const net::IpAddress& client, std::size_t message_bytes, const Clock& clock
) {
    if (!Budgeted(client)) return std::nullopt;
    const SteadyTime now = clock.Now();
    if (!messages.Admit(client, 1, now)) return Budget::kMessages;
    if (!bytes.Admit(client, message_bytes, now)) return Budget::kBytes;
    if (!total_messages.Admit(1, now)) return Budget::kTotalMessages;
    if (!total_bytes.Admit(message_bytes, now)) return Budget::kTotalBytes;
    return std::nullopt;
}

}  // namespace flux::socketio
