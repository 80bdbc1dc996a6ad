// Kafka: its servers one by one, brokers, topics, permissions, clock.
#pragma once

#include "app/doctor/check.h"

namespace flux::app::doctor {

Findings CheckKafka(const Examination& examination);

}  // namespace flux::app::doctor
