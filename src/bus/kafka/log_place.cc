#include "bus/kafka/log_place.h"

namespace flux::bus {

LogPlace PlaceFor(std::optional<Offset> wanted, Offset oldest, Offset next) {
    LogPlace place;
    place.from = wanted.value_or(oldest);
    if (place.from < oldest) {
        place.missed = oldest.value() - place.from.value();
        place.from = oldest;
        place.remark =
            "records were deleted by the topic's retention before they were read; "
            "reading goes on at the oldest that is kept";
    } else if (place.from > next) {
        place.from = oldest;
        place.remark =
            "the position is past the end: the log was replaced or cut; everything it "
            "holds is read";
    }
    return place;
}

}  // namespace flux::bus
