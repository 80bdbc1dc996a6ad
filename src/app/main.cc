#include "app/command_line.h"

int main(int argc, char** argv) {
    return flux::app::RunCommandLine(argc, argv);
}
