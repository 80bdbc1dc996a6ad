// Version-4 UUIDs for guests without an id of their own.
#pragma once

#include <string>

namespace flux::gateway {

/// A fresh random UUID, as "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx". Thread: any.
std::string NewUuid();

}  // namespace flux::gateway
