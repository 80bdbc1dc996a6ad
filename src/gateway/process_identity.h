// Which process this is, in words that another process can check.
#pragma once

#include "contract/gateway_claim.h"

namespace flux::gateway {

/// The claim of this process on `id`. Thread: any; asks the kernel.
contract::GatewayClaim ClaimOfThisProcess(char id);

/// Whether the process behind `other` certainly runs no more: it ran where `self` runs, and its
/// number is free or another's by now, or it only waits for its parent to take note of its end.
/// False when that cannot be seen from here. Thread: any.
bool HasEnded(const contract::GatewayClaim& other, const contract::GatewayClaim& self);

}  // namespace flux::gateway
