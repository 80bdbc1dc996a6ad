// The Kafka a test runs against.
#pragma once

#include "bus/kafka/kafka_options.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace flux::bus {

/// Started by whoever runs the tests, who says where it is: TEST_KAFKA_BROKERS, and
/// TEST_KAFKA_CONTROL, a command that takes `wipe`, `kill 1`, `start 1`, `pause 1`, `resume 1`.
class KafkaEngine {
public:
    static KafkaOptions Options() {
        KafkaOptions options;
        options.brokers = Environment("TEST_KAFKA_BROKERS");
        options.client_id = "test";
        options.retry_first = Milliseconds(5);
        options.retry_longest = Milliseconds(20);
        options.session_timeout = Milliseconds(6'000);
        options.request_timeout = Milliseconds(2'000);
        options.probe_interval = Milliseconds(200);
        return options;
    }

    static void Control(const std::string& what) {
        const std::string command = Environment("TEST_KAFKA_CONTROL") + " " + what;
        ASSERT_EQ(std::system(command.c_str()), 0) << command;
    }

private:
    static std::string Environment(const char* name) {
        const char* const value = std::getenv(name);
        EXPECT_NE(value, nullptr) << name << " is not set; ./dev test kafka-bus starts Kafka";
        return value == nullptr ? "" : value;
    }
};

}  // namespace flux::bus
