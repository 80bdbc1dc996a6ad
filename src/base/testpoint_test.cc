#include "base/testpoint.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace flux {
namespace {

/// The folder that TESTPOINTS named when the first point of this process was passed.
const std::filesystem::path& Folder() {
    static const std::filesystem::path folder = [] {
        std::string name = (std::filesystem::temp_directory_path() / "flux-points-XXXXXX").string();
        ::mkdtemp(name.data());
        ::setenv("TESTPOINTS", name.c_str(), 1);
        return std::filesystem::path(name);
    }();
    return folder;
}

std::filesystem::path Reached(const std::string& name) {
    return Folder() / ("@" + name + "." + std::to_string(::getpid()) + ".reached");
}

void WaitFor(const std::filesystem::path& file) {
    while (!std::filesystem::exists(file))
        std::this_thread::yield();
}

TEST(Testpoint, HoldsTheFirstThatComesUntilItIsLetGo) {
    const std::filesystem::path point = Folder() / "@one.point";
    ASSERT_EQ(::mkfifo(point.c_str(), 0600), 0);
    const int harness = ::open(point.c_str(), O_RDWR);
    ASSERT_GE(harness, 0);
    std::thread held([] { FLUX_TESTPOINT("one.point"); });
    WaitFor(Reached("one.point"));
    FLUX_TESTPOINT("one.point");  // somebody is held already
    FLUX_TESTPOINT("another.point");
    ASSERT_EQ(::write(harness, "\n", 1), 1);
    held.join();
    ::close(harness);
    std::filesystem::remove(Reached("one.point"));
}

TEST(Testpoint, AHarnessThatEndsHoldsNobody) {
    const std::filesystem::path point = Folder() / "@left.point";
    ASSERT_EQ(::mkfifo(point.c_str(), 0600), 0);
    const int harness = ::open(point.c_str(), O_RDWR);
    std::thread held([] { FLUX_TESTPOINT("left.point"); });
    WaitFor(Reached("left.point"));
    ::close(harness);
    held.join();
    std::filesystem::remove(Reached("left.point"));
}

}  // namespace
}  // namespace flux
