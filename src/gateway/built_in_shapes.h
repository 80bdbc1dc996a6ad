// The shapes of what pages and other services rely on: prices, movers, top coins, stocks, news, the
// state of services.
#pragma once

#include "gateway/event_shape.h"

namespace flux::gateway {

extern const EventShape kTickerShape;    ///< E4, by product
extern const EventShape kMoversShape;    ///< E2, both lists or nothing
extern const EventShape kTopCoinsShape;  ///< E3
extern const EventShape kStockShape;     ///< E5: its `data`
extern const EventShape kNewsShape;      ///< E6: the cards of its payload, times with a zone
extern const EventShape kStatusShape;    ///< the state of a service, by domain

}  // namespace flux::gateway
