#include "app/command_line.h"

#include <csignal>

int main(int argc, char** argv) {
    // Some parents leave SIGPIPE ignored. A command whose reader is gone (`| head -1`) shall end
    // quietly; those that run until a signal ignore it themselves (StopSignals).
    std::signal(SIGPIPE, SIG_DFL);
    return flux::app::RunCommandLine(argc, argv);
}
