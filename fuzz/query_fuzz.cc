// Query parameters: what is found is what a naive splitter finds, and what was escaped reads the
// same. An answer is what it was made of, and an application that says nothing else takes what
// comes.
//
// The first line is a name, what follows the query.
#include "base/assert.h"
#include "input.h"
#include "net/http.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using flux::net::HttpRequest;
using flux::net::HttpResponse;

constexpr std::string_view kHex = "0123456789abcdefABCDEF";

std::vector<std::string> Split(const std::string& text, char separator) {
    std::vector<std::string> parts(1);
    for (const char c : text) {
        if (c == separator) {
            parts.emplace_back();
        } else {
            parts.back() += c;
        }
    }
    return parts;
}

/// %XX and '+', character by character.
std::string Decoded(const std::string& text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::string digits = text.substr(i + 1, 2);
        const bool escape = text[i] == '%' && digits.size() == 2 &&
                            digits.find_first_not_of(kHex) == std::string::npos;
        if (escape) {
            decoded += static_cast<char>(std::stoi(digits, nullptr, 16));
            i += 2;
        } else {
            decoded += text[i] == '+' ? ' ' : text[i];
        }
    }
    return decoded;
}

std::optional<std::string> Expected(const std::string& query, std::string_view name) {
    for (const std::string& pair : Split(query, '&')) {
        const std::size_t equals = pair.find('=');
        if (Decoded(pair.substr(0, equals)) != name) continue;
        return equals == std::string::npos ? "" : Decoded(pair.substr(equals + 1));
    }
    return std::nullopt;
}

/// The value of a parameter in a query that ends where its memory does, so that reading beyond it
/// is noticed.
std::optional<std::string> Found(std::string_view query, std::string_view name) {
    const auto exact = std::make_unique<char[]>(query.size());
    query.copy(exact.get(), query.size());
    HttpRequest request;
    request.query = {exact.get(), query.size()};
    bool found = true;
    const std::string value = request.QueryParameter(name, &found);
    FLUX_ASSERT(request.QueryParameter(name) == value);
    FLUX_ASSERT(found || value.empty());
    return found ? std::optional(value) : std::nullopt;
}

std::string Escaped(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        escaped += {'%', kHex[byte / 16], kHex[byte % 16]};
    }
    return escaped;
}

/// Nothing but what every application must say.
class PlainApp : public flux::net::HttpApp {
public:
    std::size_t BodyBytesMax(const HttpRequest&) const override { return 0; }
    void OnRequest(flux::net::HttpConnection&, const HttpRequest&) override {}
};

void CheckAnswers(std::string_view text) {
    const HttpResponse plain = HttpResponse::Text(404, text);
    FLUX_ASSERT(plain.status == 404 && plain.body.view() == text && plain.headers.empty());
    FLUX_ASSERT(plain.content_type.starts_with("text/plain") && !plain.close);
    const HttpResponse json = HttpResponse::Json(200, text);
    FLUX_ASSERT(json.status == 200 && json.body.view() == text && json.headers.empty());
    FLUX_ASSERT(json.content_type == "application/json" && !json.close);
}

void CheckDefaults(const HttpRequest& head) {
    PlainApp app;
    FLUX_ASSERT(app.WantsBody(head) && !app.HomeOf(head));
    app.OnBodyTooLarge(head);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    flux::fuzz::Input input(data, size);
    const std::string_view name = input.Line();
    const std::string_view query = input.Rest();
    // An empty name is no parameter: "a&&b" has two.
    if (!name.empty()) FLUX_ASSERT(Found(query, name) == Expected(std::string(query), name));

    const std::string made = "x=1&" + Escaped(name) + '=' + Escaped(query) + "&x=2";
    if (!name.empty() && name != "x") FLUX_ASSERT(Found(made, name) == std::string(query));
    FLUX_ASSERT(Found(made, "x") == "1");

    HttpRequest request;
    request.headers = {{name, query}, {"other", name}, {name, "second"}};
    FLUX_ASSERT(request.HasHeader(name) && request.Header(name) == query);
    FLUX_ASSERT(request.HasHeader("OTHER") && !request.HasHeader(std::string(name) + "x y"));
    FLUX_ASSERT(request.Header(std::string(name) + "x y").empty());
    CheckAnswers(query);
    CheckDefaults(request);
    return 0;
}
