// A client's side of permessage-deflate (RFC 7692), on plain zlib: the load generator must not
// share code with what it measures.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace flux::bench {

class Inflation {
public:
    /// `keeps_context`: the server refers back to earlier messages.
    explicit Inflation(bool keeps_context);
    Inflation(const Inflation&) = delete;
    Inflation& operator=(const Inflation&) = delete;
    ~Inflation();

    /// The message behind a compressed payload; valid until the next call. Ends the program when it
    /// cannot be read.
    std::string_view Inflate(std::string_view payload);

private:
    struct Stream;
    const bool keeps_context_;
    std::unique_ptr<Stream> stream_;
    std::string out_;
};

}  // namespace flux::bench
