// One setting: what it is called, what it may be, what it is for, and how it is given its value.
#pragma once

#include "config/place.h"
#include "config/value.h"

#include <functional>
#include <optional>
#include <string>

namespace flux::config {

/// How a source wrote a value: a variable or a flag has text only ("5173", "a,b"), a file has
/// kinds.
enum class Spelling : unsigned char { kTyped, kText };

/// Most settings have a value; a switch may stand alone as a flag; a secret comes from a file.
enum class Kind : unsigned char { kValue, kSwitch, kSecret };

struct Setting {
    std::string name;      ///< dotted: "http.port"
    std::string unit;      ///< of a plain number, or the kind of value: "ms", "bytes", "text"
    std::string bounds;    ///< what it may be, for people: "1s to 1h"
    std::string sentence;  ///< what it is for, one sentence
    std::string initial;   ///< the default, as TOML writes it
    Kind kind = Kind::kValue;
    Place place;  ///< who set it

    /// Stores a value; a sentence's end ("must be ..., not ...") when it cannot be stored.
    std::function<std::optional<std::string>(const Value&, Spelling)> assign;

    /// The value in force, as TOML writes it; *** for a secret that is set.
    std::function<std::string()> show;
};

/// "http.port" -> "FLUX_HTTP_PORT".
std::string VariableOf(const std::string& name);

}  // namespace flux::config
