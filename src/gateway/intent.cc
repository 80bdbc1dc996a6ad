#include "gateway/intent.h"

#include "contract/events.h"
#include "contract/rooms.h"

namespace flux::gateway {

std::vector<Intent> DefaultIntents() {
    Intent location;
    location.event = contract::events::kUserLocationUpdate;
    location.intake = Intake::kLocation;
    for (const std::string_view room :
         {contract::rooms::kCrypto, contract::rooms::kNews, contract::rooms::kStock}) {
        location.rooms.push_back(RoomTemplate::Literal(room));
    }
    std::vector<Intent> intents;
    intents.push_back(std::move(location));
    return intents;
}

}  // namespace flux::gateway
