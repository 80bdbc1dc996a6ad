#include "config/secret.h"

#include <cstring>

namespace flux::config {

Secret::~Secret() {
    // Through the string's own capacity: a shorter value may have been written over a longer one.
    text_.resize(text_.capacity());
    ::explicit_bzero(text_.data(), text_.size());
}

bool Secret::Matches(std::string_view guess) const {
    if (text_.empty()) return false;
    // Every byte of the guess is looked at, whatever the first difference: time tells nothing.
    unsigned different = guess.size() == text_.size() ? 0 : 1;
    for (std::size_t i = 0; i < guess.size(); ++i) {
        const auto mine = static_cast<unsigned char>(text_[i % text_.size()]);
        different |= static_cast<unsigned>(mine ^ static_cast<unsigned char>(guess[i]));
    }
    return different == 0;
}

}  // namespace flux::config
