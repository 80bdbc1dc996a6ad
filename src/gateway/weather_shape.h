// Weather as pages get it: per city, in the spelling of who asked, or why there is none.
#pragma once

#include "base/clock.h"
#include "contract/location.h"
#include "contract/replies.h"
#include "gateway/event_shape.h"

#include <chrono>
#include <string>
#include <string_view>

namespace flux::gateway {

/// E1 with `status: "success"`, as `weather.{city}.update` for the city's room.
extern const EventShape kWeatherShape;
/// E1 with `status: "unavailable"`, as `weatherError` for the city's room.
extern const EventShape kWeatherErrorShape;

/// The age up to which an observation is given to who joins.
inline constexpr std::chrono::hours kWeatherAgeMax{6};

/// The room of a place. Errors: kBadInput when it is too long for one, with a sentence for the
/// client. Thread: any.
Result<std::string> RoomOf(const contract::Location& place);

/// What `weatherError` says to one who asked about `place`. Thread: any.
std::string EncodeWeatherError(contract::ErrorReply reply, const contract::Location& place);

/// What `weatherLoading` says. Thread: any.
std::string EncodeWeatherLoading(const contract::Location& place);

}  // namespace flux::gateway
