// Where a value was written, so that a complaint about it can say so.
#pragma once

#include <string>
#include <utility>

namespace flux::config {

/// A line of a file, a variable of the environment or a flag. Value type; thread: any.
class Place {
public:
    Place() = default;

    static Place Line(std::string file, int line) {
        return Place(std::move(file) + ":" + std::to_string(line), line);
    }
    static Place File(std::string file) { return Place(std::move(file)); }
    static Place Variable(std::string name) { return Place(std::move(name)); }
    static Place Flag(const std::string& name) { return Place("--" + name); }

    /// "flux.toml:12", "FLUX_HTTP_PORT" or "--http.port"; "default" when nobody wrote it.
    const std::string& text() const { return text_; }

    int line() const { return line_; }  ///< 0 when it is no line of a file

private:
    explicit Place(std::string text, int line = 0)
        : text_(std::move(text)),
          line_(line) {}

    std::string text_ = "default";
    int line_ = 0;
};

}  // namespace flux::config
