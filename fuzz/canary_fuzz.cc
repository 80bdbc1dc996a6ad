// Must fail: proves that a crash in a target is noticed. `./dev fuzz` expects this one to find its
// input.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (std::string_view(reinterpret_cast<const char*>(data), size).starts_with("flux"))
        std::abort();
    return 0;
}
