// The README and the tests know every fault.
#include "simulator/fault.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace flux::simulator {
namespace {

using ::testing::HasSubstr;

std::string ReadFile(const std::string& name) {
    std::ifstream in(std::string(FLUX_SIMULATOR_DIR) + "/" + name);
    EXPECT_TRUE(in.good()) << name;
    return {std::istreambuf_iterator<char>(in), {}};
}

TEST(FaultTable, StandsInTheReadme) {
    EXPECT_THAT(ReadFile("README.md"), HasSubstr(FaultTable()))
        << "print it with `flux simulator --faults`";
}

TEST(FaultTable, IsTestedOnTheWireRowByRow) {
    const std::string tests = ReadFile("source_faults_test.cc") + ReadFile("feed_faults_test.cc");
    for (const FaultEntry& entry : Faults()) {
        const std::string name(entry.name);
        const bool named = tests.find("\"" + name + "\"") != std::string::npos;
        EXPECT_TRUE(named) << name << " has no test";
        EXPECT_EQ(ToString(entry.kind), name);
        EXPECT_TRUE(ParseFault("{\"fault\":\"" + name + "\"}"));
    }
}

}  // namespace
}  // namespace flux::simulator
