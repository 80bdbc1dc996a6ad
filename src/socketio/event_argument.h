// One more argument at the end of an event that is encoded already.
#pragma once

#include "socketio/shared_frame.h"

#include <string_view>

namespace flux::socketio {

/// Whether `frame` is an event that asks for no acknowledgement and whose last element is a string:
/// the name, when it has no arguments. A client that may recover takes such a string for an offset.
/// Thread: any.
bool EndsInString(const SharedFrame& frame);

/// The event `frame` with `argument` (JSON text) as its last one, behind the placeholders of its
/// attachments. `frame` must be an event. Thread: any.
SharedFrame WithArgument(const SharedFrame& frame, std::string_view argument);

/// `frame` as a client that may recover can take it: an event that ends in a string gets a `null`
/// behind it. Thread: any.
SharedFrame WithoutLastString(const SharedFrame& frame);

}  // namespace flux::socketio
