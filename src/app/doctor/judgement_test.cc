#include "app/doctor/data_check.h"
#include "app/doctor/machine_check.h"
#include "app/doctor/report.h"
#include "base/units.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace flux::app::doctor {
namespace {

using testing::HasSubstr;

DataFacts GoodData() {
    DataFacts facts;
    facts.path = "d";
    facts.exists = true;
    facts.file_system = "ext4";
    facts.free = 10 * GiB;
    facts.keeps_records = true;
    return facts;
}

TEST(DoctorReport, SaysWhatIsWrongAndWhatToDo) {
    const Finding finding = Wrong("web port", "5173 is taken", "choose another");
    EXPECT_EQ(
        ToText(finding, false), "wrong    web port: 5173 is taken\n         to do: choose another\n"
    );
    EXPECT_EQ(ToText(Ok("a", "b"), false), "ok       a: b\n");
    EXPECT_EQ(ToText(Ok("a", "b"), true), "\x1b[32mok\x1b[0m       a: b\n");
}

TEST(DoctorReport, EndsWithOneLine) {
    EXPECT_EQ(Summary({Ok("a", "b"), Ok("a", "b")}), "2 checks: all well\n");
    const Findings bad{Ok("a", "b"), Warning("a", "b", "c"), Wrong("a", "b", "c")};
    EXPECT_EQ(Summary(bad), "1 wrong, 1 warning\n");
    EXPECT_TRUE(AnythingWrong(bad));
    EXPECT_FALSE(AnythingWrong({Warning("a", "b", "c")}));
}

TEST(DoctorReport, IsJsonForMachines) {
    EXPECT_EQ(
        ToJson({Warning("a", "say \"b\"", "c")}),
        "{\"checks\":[{\"check\":\"a\",\"verdict\":\"warning\",\"text\":\"say \\\"b\\\"\","
        "\"remedy\":\"c\"}],\"wrong\":0,\"warnings\":1}\n"
    );
}

TEST(DoctorMachine, TooFewOpenFilesAreSaidWithTheNumberThatWouldDo) {
    EXPECT_EQ(JudgeOpenFiles(20'000, 16'384, 2).verdict, Verdict::kOk);
    const Finding few = JudgeOpenFiles(1'024, 16'384, 2);
    EXPECT_EQ(few.verdict, Verdict::kWarning);
    EXPECT_THAT(few.text, HasSubstr("only 1024 may be open, enough for 944 connections"));
    EXPECT_THAT(few.remedy, HasSubstr("ulimit -Hn 16464"));
    EXPECT_THAT(few.remedy, HasSubstr("LimitNOFILE=16464"));
    EXPECT_EQ(JudgeOpenFiles(16'464, 16'384, 2).verdict, Verdict::kOk)
        << "what it advises is enough";
    EXPECT_EQ(JudgeOpenFiles(50, 100, 2).verdict, Verdict::kWrong);
}

TEST(DoctorMachine, MemoryThatTheBoundsMayExceedIsAWarning) {
    EXPECT_EQ(JudgeMemory({4 * GiB, 1 * GiB, 1 * GiB}).verdict, Verdict::kOk);
    EXPECT_EQ(JudgeMemory({4 * GiB, 100 * MiB, 112 * MiB}).verdict, Verdict::kWarning);
}

TEST(DoctorData, ADirectoryThatCannotBeWrittenIsWrong) {
    EXPECT_EQ(JudgeData(GoodData()).verdict, Verdict::kOk);
    DataFacts facts = GoodData();
    facts.refusal = "/x: Permission denied";
    EXPECT_EQ(JudgeData(facts).verdict, Verdict::kWrong);
    EXPECT_THAT(JudgeData(facts).text, HasSubstr("Permission denied"));
}

TEST(DoctorData, LittleRoomIsSaidWhereRecordsAreKept) {
    DataFacts facts = GoodData();
    facts.free = 500 * MiB;
    EXPECT_EQ(JudgeData(facts).verdict, Verdict::kWarning);
    facts.free = 10 * MiB;
    EXPECT_EQ(JudgeData(facts).verdict, Verdict::kWrong);
    facts.keeps_records = false;  // on Kafka
    EXPECT_EQ(JudgeData(facts).verdict, Verdict::kOk);
}

TEST(DoctorData, MemoryAndNetworksAreNoPlaceForDurableTopics) {
    for (const char* const file_system : {"tmpfs", "nfs", "cifs"}) {
        DataFacts facts = GoodData();
        facts.file_system = file_system;
        EXPECT_EQ(JudgeData(facts).verdict, Verdict::kWarning) << file_system;
    }
}

TEST(DoctorData, WhoHoldsTheDirectoryIsNamed) {
    DataFacts facts = GoodData();
    facts.holder = "4711";
    EXPECT_EQ(JudgeData(facts).verdict, Verdict::kOk);
    EXPECT_THAT(JudgeData(facts).text, HasSubstr("process 4711 uses it now"));
}

}  // namespace
}  // namespace flux::app::doctor
