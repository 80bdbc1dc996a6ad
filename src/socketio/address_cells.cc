#include "socketio/address_cells.h"

#include <cstring>

namespace flux::socketio {
namespace {

std::uint64_t Mix(std::uint64_t value) {
    value ^= value >> 30;
    value *= 0xbf58476d1ce4e5b9ULL;
    value ^= value >> 27;
    value *= 0x94d049bb133111ebULL;
    return value ^ value >> 31;
}

}  // namespace

AddressCells AddressCells::Of(const net::IpAddress& address, std::uint64_t seed) {
    std::uint64_t halves[2];
    const net::IpAddress network = address.Network();
    std::memcpy(halves, network.bytes().data(), sizeof halves);
    const std::uint64_t hash = Mix(Mix(halves[0] ^ seed) + halves[1] + seed);
    return {hash % kPerRow, (hash >> 32) % kPerRow};
}

}  // namespace flux::socketio
