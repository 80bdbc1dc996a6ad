// Bodies made odd, field by field.
#pragma once

#include "simulator/fault.h"

#include <string>
#include <string_view>
#include <vector>

namespace flux::simulator {

/// Which fields of a source's bodies a fault may touch. A field is named by its path without array
/// indices ("results.source_icon"), or the end of it ("wind.deg").
struct BodyShape {
    std::vector<std::string_view> nullable;  ///< may be null
    std::vector<std::string_view> optional;  ///< may be absent
    std::vector<std::string_view> texts;     ///< are shown to people
};

/// `body` (JSON; anything else comes back as it is) as it looks under one of the faults of values:
/// nulls, missing_fields, exponents, infinite_numbers, wrong_types, html_texts, huge_texts,
/// broken_rows. Thread: any.
std::string Twist(std::string_view body, FaultKind kind, const BodyShape& shape);

/// `json` with `value` (JSON text) in each field that `field` names, or without the field when
/// `value` is empty. Thread: any.
std::string WithField(std::string_view json, std::string_view field, std::string_view value);

/// A JSON number with an exponent, digit for digit the same number: 31.42 -> 3.142e+01. Exposed for
/// tests.
std::string WithExponent(std::string_view number);

}  // namespace flux::simulator
