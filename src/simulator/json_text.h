// Writes JSON in the order of the calls.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace flux::simulator {

/// Commas are its business. Names are literals of this program and are written as they are;
/// numbers must be finite. Thread: one at a time.
class JsonText {
public:
    JsonText& Open(char bracket);  ///< '{' or '['
    JsonText& Open(std::string_view name, char bracket) { return Name(name).Open(bracket); }
    JsonText& Close();

    JsonText& Name(std::string_view name);
    JsonText& Text(std::string_view value);
    JsonText& Integer(std::int64_t value);
    JsonText& Bool(bool value);
    JsonText& Null();
    /// With so many decimals at most, and no zeros at the end.
    JsonText& Number(double value, int decimals);
    /// With so many digits that matter; small and large ones with an exponent ("1.2e-05").
    JsonText& Digits(double value, int digits);
    /// `json` is JSON text.
    JsonText& Raw(std::string_view json);

    JsonText& Text(std::string_view name, std::string_view value) { return Name(name).Text(value); }
    JsonText& Integer(std::string_view name, std::int64_t value) {
        return Name(name).Integer(value);
    }
    JsonText& Bool(std::string_view name, bool value) { return Name(name).Bool(value); }
    JsonText& Null(std::string_view name) { return Name(name).Null(); }
    JsonText& Number(std::string_view name, double value, int decimals) {
        return Name(name).Number(value, decimals);
    }
    JsonText& Digits(std::string_view name, double value, int digits) {
        return Name(name).Digits(value, digits);
    }
    JsonText& Raw(std::string_view name, std::string_view json) { return Name(name).Raw(json); }

    /// The whole text; everything opened has been closed. The writer is empty again.
    std::string Take();

private:
    void Separate();

    std::string out_;
    std::string open_;   // the closing brackets that are due
    bool fresh_ = true;  // nothing to separate the next value from
};

}  // namespace flux::simulator
