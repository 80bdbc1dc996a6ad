#include "config/problems.h"

namespace flux::config {
namespace {

/// What stands in a file or a variable may hold anything; a complaint goes to a terminal.
std::string Visible(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        out += byte < 0x20 || byte == 0x7F ? '?' : c;
    }
    return out;
}

}  // namespace

void Problems::Add(const Place& place, std::string_view sentence) {
    lines_.push_back(Visible(place.text()) + ": " + Visible(sentence));
}

void Problems::Append(const Problems& others) {
    lines_.insert(lines_.end(), others.lines_.begin(), others.lines_.end());
}

std::string Problems::ToString() const {
    std::string out;
    for (const std::string& line : lines_) {
        if (!out.empty()) out += '\n';
        out += line;
    }
    return out;
}

}  // namespace flux::config
