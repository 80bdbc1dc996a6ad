#include "app/record_file.h"

#include "limits/limits.h"

#include <cerrno>
#include <cstring>
#include <fmt/core.h>
#include <fstream>
#include <iostream>

namespace flux::app {
namespace {

Error Bad(std::string sentence) {
    return Error(ErrorCode::kBadInput, Retry::kNever, std::move(sentence));
}

/// At most one byte more than a record may have, which is enough to refuse it.
std::string ReadBounded(std::istream& in) {
    std::string bytes(limits::kRecordBytesMax + 1, '\0');
    in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(in.gcount()));
    return bytes;
}

}  // namespace

Result<std::string> ReadRecordFile(const std::string& name) {
    std::string payload;
    if (name == "-") {
        payload = ReadBounded(std::cin);
    } else {
        std::ifstream file(name, std::ios::binary);
        if (!file) return Bad(fmt::format("could not read {}: {}", name, std::strerror(errno)));
        payload = ReadBounded(file);
        if (file.bad()) return Bad(fmt::format("could not read {}: it is no plain file", name));
    }
    if (payload.size() > limits::kRecordBytesMax) {
        return Bad(fmt::format(
            "{} is too large: a record has at most {} bytes",
            name == "-" ? "the standard input" : name,
            limits::kRecordBytesMax
        ));
    }
    return payload;
}

}  // namespace flux::app
