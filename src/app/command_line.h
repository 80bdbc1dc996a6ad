// The words after `flux`: which command, with what.
#pragma once

namespace flux::app {

/// Parses the command line, runs the command and returns the exit code of the process.
int RunCommandLine(int argc, const char* const* argv);

}  // namespace flux::app
