// kill -9 in the middle of everything: what was acknowledged is there, and the group goes on behind
// its last commit.
#include "base/random.h"
#include "bus/embedded_bus_fixture.h"

#include <array>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace flux::bus {
namespace {

using Place = std::pair<std::int32_t, std::int64_t>;

/// What a killed writer had reported.
struct Report {
    std::map<Place, std::string> stored;
    std::map<std::int32_t, std::int64_t> first_handling;  ///< per partition, of its first batch
    std::map<std::int32_t, std::int64_t> last_handling;   ///< of its newest: committed before it
    std::size_t lines = 0;
};

/// A running bus_crash_writer.
class CrashWriter {
public:
    CrashWriter(const std::filesystem::path& directory, int run) {
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        std::string program = FLUX_BUS_CRASH_WRITER;
        std::string where = directory.string();
        std::string number = std::to_string(run);
        std::array<char*, 4> arguments{program.data(), where.data(), number.data(), nullptr};
        EXPECT_EQ(
            ::posix_spawn(&pid_, program.c_str(), &actions, nullptr, arguments.data(), environ), 0
        );
        ::posix_spawn_file_actions_destroy(&actions);
        ::close(ends[1]);
        output_ = ::fdopen(ends[0], "r");
    }
    CrashWriter(const CrashWriter&) = delete;
    CrashWriter& operator=(const CrashWriter&) = delete;
    ~CrashWriter() {
        Kill();
        std::fclose(output_);
    }

    /// Reads until `lines` lines have come in all; false when the writer ended before.
    bool ReadLines(std::size_t lines) {
        while (report_.lines < lines) {
            if (!ReadLine()) return false;
        }
        return true;
    }

    /// Kills it and returns everything it had reported.
    Report KillAndCollect() {
        Kill();
        while (ReadLine()) {
        }
        return report_;
    }

private:
    void Kill() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(std::exchange(pid_, 0), nullptr, 0);
    }

    bool ReadLine() {
        std::array<char, 512> line{};
        if (std::fgets(line.data(), line.size(), output_) == nullptr) return false;
        std::istringstream words(line.data());
        std::string what;
        Place place;
        std::string payload;
        words >> what >> place.first >> place.second >> payload;
        ++report_.lines;
        if (what == "stored") {
            report_.stored[place] = payload;
        } else {
            report_.first_handling.emplace(place.first, place.second);
            report_.last_handling[place.first] = place.second;
        }
        return true;
    }

    pid_t pid_ = 0;
    std::FILE* output_ = nullptr;
    Report report_;
};

class EmbeddedBusCrash : public EmbeddedBusTest {
protected:
    /// Every record of the topic, as it reads after a restart.
    std::map<Place, std::string> ReadAll(const TopicName& topic) {
        std::map<Place, std::string> all;
        using Marks = Result<std::vector<std::pair<Offset, Offset>>>;
        const Marks marks = shards_.Await<Marks>(0, [&] { return bus_->Watermarks(topic); });
        for (std::size_t i = 0; i < marks->size(); ++i) {
            Position from;
            from.log_identity = bus_->identity();
            from.partition = Partition(static_cast<std::int32_t>(i));
            from.offset = (*marks)[i].first;
            for (;;) {
                const auto page = Read(topic, from, 1'000);
                EXPECT_TRUE(page) << ToString(page.error());
                if (!page || page->empty()) break;
                for (const Message& message : *page) {
                    const Place place(message.partition.value(), message.offset.value());
                    all[place] = message.payload.view();
                }
                from.offset = Offset(page->back().offset.value() + 1);
            }
        }
        return all;
    }

    /// Every record of `acknowledged` is in the log as it was acknowledged.
    void ExpectStored(const std::map<Place, std::string>& acknowledged) {
        Open();
        const auto found = ReadAll(TopicName("orders"));
        std::size_t lost = 0;
        for (const auto& [place, payload] : acknowledged) {
            const auto record = found.find(place);
            if (record == found.end() || record->second != payload) ++lost;
        }
        EXPECT_EQ(lost, 0u) << "of " << acknowledged.size() << " acknowledged records";
        bus_.reset();
    }
};

TEST_F(EmbeddedBusCrash, KillingTheProcessLosesNoAcknowledgedRecordAndResumesTheGroup) {
    constexpr int kRuns = 25;
    const std::uint64_t seed = SecureRandomSeed();
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Random random(seed);
    std::map<Place, std::string> acknowledged;
    std::map<std::int32_t, std::int64_t> committed;  // at least this far, per partition
    for (int run = 0; run < kRuns; ++run) {
        Report report;
        {
            CrashWriter writer(options_.directory, run);
            ASSERT_TRUE(writer.ReadLines(1 + random.Below(400))) << "the writer gave up";
            report = writer.KillAndCollect();
        }
        for (const auto& [partition, offset] : report.first_handling) {
            // Not behind what is known to be committed, and not past what was never handled: the
            // batch that was being handled comes again.
            if (!committed.contains(partition)) {
                EXPECT_EQ(offset, 0);
                continue;
            }
            EXPECT_GE(offset, committed[partition]) << "run " << run;
            // A batch has 5 records at most, and only the one after the reported can be committed.
            EXPECT_LE(offset, committed[partition] + 5) << "run " << run;
        }
        for (const auto& [partition, offset] : report.last_handling)
            committed[partition] = offset;
        acknowledged.insert(report.stored.begin(), report.stored.end());
        if (run % 5 == 4) ExpectStored(acknowledged);
    }
    EXPECT_GT(acknowledged.size(), 500u);
}

TEST_F(EmbeddedBusCrash, ATornWriteAheadLogLosesOnlyWhatWasNotAcknowledged) {
    for (int round = 0; round < 5; ++round) {
        std::filesystem::remove_all(options_.directory);
        Report report;
        {
            CrashWriter writer(options_.directory, round);
            ASSERT_TRUE(writer.ReadLines(300));
            report = writer.KillAndCollect();
        }
        const auto wal = options_.directory / "log.db-wal";
        ASSERT_TRUE(std::filesystem::exists(wal));
        // What a power cut leaves of a transaction that was being written: pages without their end,
        // or rubbish.
        std::ofstream tail(wal, std::ios::binary | std::ios::app);
        Random random(static_cast<std::uint64_t>(round) + 1);
        for (std::uint64_t i = 0; i < 4'096 * 3 + 100 * random.Below(50); ++i)
            tail.put(static_cast<char>(random.Next()));
        tail.close();
        ExpectStored(report.stored);
    }
}

TEST_F(EmbeddedBusCrash, CuttingTheWriteAheadLogBehindACommitKeepsThatCommit) {
    Open();
    const TopicName topic = MakeTopic(Durable());
    std::map<Place, std::string> before;
    for (int i = 0; i < 20; ++i) {
        const std::string payload = std::to_string(i);
        const Position position = Publish(topic, payload).value();
        before[Place(position.partition.value(), position.offset.value())] = payload;
    }
    const auto size = std::filesystem::file_size(options_.directory / "log.db-wal");
    for (int i = 0; i < 20; ++i)
        ASSERT_TRUE(Publish(topic, std::string(5'000, 'y')));
    const auto whole = std::filesystem::file_size(options_.directory / "log.db-wal");
    // Copies taken while it is open are what a crash leaves.
    std::vector<std::filesystem::path> copies;
    for (auto cut = size; cut < whole; cut += (whole - size) / 7) {
        copies.push_back(directory_.path() / fmt::format("copy-{}", copies.size()));
        std::filesystem::create_directories(copies.back());
        for (const char* name : {"log.db", "log.db-wal"})
            std::filesystem::copy_file(options_.directory / name, copies.back() / name);
        std::filesystem::resize_file(copies.back() / "log.db-wal", cut);
    }
    bus_.reset();
    for (const auto& copy : copies) {
        options_.directory = copy;
        ExpectStored(before);
    }
}

}  // namespace
}  // namespace flux::bus
