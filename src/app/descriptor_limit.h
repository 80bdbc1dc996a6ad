// How many files and sockets the kernel lets this process open.
#pragma once

#include <cstddef>

namespace flux::app {

/// Raises the soft limit to the hard one and returns the limit in force.
std::size_t RaiseDescriptorLimit();

/// How many client connections fit `descriptors`: some are kept for databases, logs, event loops
/// and upstream connections.
std::size_t ConnectionsThatFit(std::size_t descriptors, std::size_t shards);

}  // namespace flux::app
