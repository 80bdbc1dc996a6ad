#include "bus/header_codec.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace flux::bus {
namespace {

constexpr std::size_t kLengthBytes = 4;

void PutText(std::string& out, std::string_view text) {
    const auto size = static_cast<std::uint32_t>(text.size());
    for (std::size_t i = 0; i < kLengthBytes; ++i)
        out.push_back(static_cast<char>(size >> (8 * i)));
    out.append(text);
}

std::optional<std::string_view> TakeText(std::string_view& bytes) {
    if (bytes.size() < kLengthBytes) return std::nullopt;
    std::uint32_t size = 0;
    for (std::size_t i = 0; i < kLengthBytes; ++i)
        size |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
    bytes.remove_prefix(kLengthBytes);
    if (bytes.size() < size) return std::nullopt;
    const std::string_view text = bytes.substr(0, size);
    bytes.remove_prefix(size);
    return text;
}

}  // namespace

std::string EncodeHeaders(const std::vector<Header>& headers) {
    std::string out;
    for (const Header& header : headers) {
        PutText(out, header.name);
        PutText(out, header.value);
    }
    return out;
}

Result<std::vector<Header>> DecodeHeaders(std::string_view bytes) {
    std::vector<Header> headers;
    while (!bytes.empty()) {
        const auto name = TakeText(bytes);
        const auto value = name ? TakeText(bytes) : std::nullopt;
        if (!value) {
            return Error(
                ErrorCode::kCorrupt,
                Retry::kNever,
                "could not read the headers of a stored record: they end too early; restore the "
                "log or move it away"
            );
        }
        Header header;
        header.name = *name;
        header.value = *value;
        headers.push_back(std::move(header));
    }
    return headers;
}

}  // namespace flux::bus
