#include "app/data_directory.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

namespace flux::app {
namespace {

class DataDirectoryTest : public testing::Test {
public:
    DataDirectoryTest() {
        std::string pattern = std::filesystem::temp_directory_path() / "flux-data-XXXXXX";
        root_ = ::mkdtemp(pattern.data());
    }
    ~DataDirectoryTest() override { std::filesystem::remove_all(root_); }

protected:
    static unsigned ModeOf(const std::filesystem::path& path) {
        struct stat status {};
        ::stat(path.c_str(), &status);
        return status.st_mode & 0777U;
    }

    std::filesystem::path root_;
};

TEST_F(DataDirectoryTest, IsMadeForTheOwnerAlone) {
    const auto data = DataDirectory::Open(root_ / "a" / "b");
    ASSERT_TRUE(data) << data.error().context;
    EXPECT_EQ(ModeOf(root_ / "a" / "b"), 0700U);
}

TEST_F(DataDirectoryTest, ASecondOwnerIsToldThePidOfTheFirst) {
    const auto first = DataDirectory::Open(root_);
    ASSERT_TRUE(first);
    const auto second = DataDirectory::Open(root_);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::kConflict);
    EXPECT_NE(second.error().context.find(fmt::format("process {}", ::getpid())), std::string::npos)
        << second.error().context;
}

TEST_F(DataDirectoryTest, IsFreeAgainOnceTheOwnerIsGone) {
    { ASSERT_TRUE(DataDirectory::Open(root_)); }
    EXPECT_TRUE(DataDirectory::Open(root_));
}

TEST_F(DataDirectoryTest, AFileInItsPlaceIsRefusedWithTheSettingToChange) {
    std::ofstream(root_ / "file") << "x";
    const auto data = DataDirectory::Open(root_ / "file");
    ASSERT_FALSE(data);
    EXPECT_NE(data.error().context.find("data_dir"), std::string::npos);
}

TEST_F(DataDirectoryTest, PrivateFilesAreReplacedWholeAndReadableByTheOwnerAlone) {
    const auto data = DataDirectory::Open(root_);
    ASSERT_TRUE(data);
    // A link somebody left must not be followed to its target.
    std::ofstream(root_ / "target") << "untouched";
    ASSERT_EQ(::symlink((root_ / "target").c_str(), (root_ / "token.new").c_str()), 0);
    ASSERT_TRUE(data->WritePrivate("token", "one"));
    ASSERT_TRUE(data->WritePrivate("token", "two"));
    EXPECT_EQ(ModeOf(root_ / "token"), 0600U);
    std::string text;
    std::ifstream(root_ / "token") >> text;
    EXPECT_EQ(text, "two");
    std::ifstream(root_ / "target") >> text;
    EXPECT_EQ(text, "untouched");
}

TEST_F(DataDirectoryTest, TellsWhoRunsThere) {
    EXPECT_FALSE(DataDirectory::FindRunning(root_));
    const auto data = DataDirectory::Open(root_);
    ASSERT_TRUE(data->Announce(Running{"[::1]", 9464}));
    const auto running = DataDirectory::FindRunning(root_);
    ASSERT_TRUE(running);
    EXPECT_EQ(running->admin_host, "[::1]");
    EXPECT_EQ(running->admin_port, 9464);
    data->Forget();
    EXPECT_EQ(DataDirectory::FindRunning(root_).error().code, ErrorCode::kNotFound);
}

TEST_F(DataDirectoryTest, AnAnnouncementOfOneThatIsGoneIsNone) {
    ASSERT_TRUE(DataDirectory::Open(root_)->Announce(Running{"127.0.0.1", 9464}));
    const auto running = DataDirectory::FindRunning(root_);
    ASSERT_FALSE(running);
    EXPECT_EQ(running.error().code, ErrorCode::kUnavailable);
    EXPECT_NE(
        running.error().context.find("no Flux runs on the data directory"), std::string::npos
    );
    // Nor is it the next one's, which may listen elsewhere.
    const auto next = DataDirectory::Open(root_);
    ASSERT_TRUE(next);
    EXPECT_EQ(DataDirectory::FindRunning(root_).error().code, ErrorCode::kNotFound);
}

TEST_F(DataDirectoryTest, ADamagedAnnouncementIsNone) {
    for (const char* text : {"", "localhost", "localhost 0", "localhost 65536", "localhost x"}) {
        std::ofstream(root_ / "admin.address") << text;
        EXPECT_EQ(DataDirectory::FindRunning(root_).error().code, ErrorCode::kNotFound) << text;
    }
}

}  // namespace
}  // namespace flux::app
