// Requests for files: nothing but what was loaded is ever served, in a form the client takes.
#include "base/assert.h"
#include "input.h"
#include "net/accept_encoding.h"
#include "net/http_parser.h"
#include "net/static_files.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;
using flux::net::HttpResponse;
using flux::net::StaticFiles;

constexpr std::string_view kOutside = "outside";

/// The folder's files as StaticFiles reads them once; what lies beside it must never be served.
std::shared_ptr<const StaticFiles> LoadFiles() {
    const fs::path top =
        fs::temp_directory_path() / ("flux-static-fuzz-" + std::to_string(::getpid()));
    fs::create_directories(top / "page" / "assets");
    const auto write = [&top](std::string_view name, std::string_view text) {
        std::ofstream(top / name, std::ios::binary) << text;
    };
    write("secret.txt", kOutside);
    write("page/index.html", "<p>inside</p>");
    write("page/index.html.br", "inside as br");
    write("page/index.html.gz", "inside as gz");
    write("page/assets/app-0123abcd.js", "inside()");
    write("page/assets/a b.txt", "inside");
    fs::create_symlink("../secret.txt", top / "page" / "link.txt");
    const auto files = StaticFiles::Load((top / "page").string());
    fs::remove_all(top);
    FLUX_ASSERT(files && (*files)->size() == 3);
    return *files;
}

std::string_view HeaderOf(const HttpResponse& response, std::string_view name) {
    for (const auto& [known, value] : response.headers)
        if (known == name) return value;
    return {};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const std::shared_ptr<const StaticFiles> files = LoadFiles();
    flux::fuzz::Input input(data, size);
    const std::string head =
        "GET " + std::string(input.Line()) +
        " HTTP/1.1\r\nHost: x\r\nAccept-Encoding: " + std::string(input.Line()) +
        "\r\nIf-None-Match: " + std::string(input.Line()) + "\r\n\r\n";
    flux::net::HttpRequest request;
    flux::net::RequestFraming framing;
    if (flux::net::ParseHead(head, request, framing)) return 0;

    const HttpResponse response = files->Answer(request);
    FLUX_ASSERT(response.status == 200 || response.status == 304 || response.status == 404);
    const std::string_view body = response.body.view();
    FLUX_ASSERT(body.find(kOutside) == std::string_view::npos);
    FLUX_ASSERT(response.status != 304 || body.empty());
    if (response.status != 200) return 0;
    FLUX_ASSERT(body.find("inside") != std::string_view::npos);
    const std::string_view encoding = HeaderOf(response, "Content-Encoding");
    const std::string_view accepted = request.Header("accept-encoding");
    FLUX_ASSERT(encoding.empty() || flux::net::EncodingQuality(accepted, encoding) > 0);
    FLUX_ASSERT(HeaderOf(response, "ETag").size() > 2);
    return 0;
}
