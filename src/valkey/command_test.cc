#include "valkey/command.h"

#include <gtest/gtest.h>

namespace flux::valkey {
namespace {

using std::string_view_literals::operator""sv;

TEST(Command, HoldsAnyByte) {
    const Command command = FormatCommand({"SET", "a key", "line\r\nzero\0"sv, ""});
    EXPECT_EQ(command.name, "SET");
    EXPECT_EQ(
        command.bytes, "*4\r\n$3\r\nSET\r\n$5\r\na key\r\n$11\r\nline\r\nzero\0\r\n$0\r\n\r\n"sv
    );
}

}  // namespace
}  // namespace flux::valkey
