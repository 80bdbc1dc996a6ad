#include "config/secret_file.h"

#include "limits/limits.h"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <sys/stat.h>

namespace flux::config {

Result<SecretFile> ReadSecretFile(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        const bool missing = errno == ENOENT || errno == ENOTDIR;
        return Error(
            missing ? ErrorCode::kNotFound : ErrorCode::kPermission,
            Retry::kNever,
            fmt::format("the file {} could not be read: {}", path, std::strerror(errno))
        );
    }
    if (S_ISDIR(status.st_mode)) {
        return Error(
            ErrorCode::kBadInput, Retry::kNever, fmt::format("{} is a directory, not a file", path)
        );
    }
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return Error(
            ErrorCode::kPermission,
            Retry::kNever,
            fmt::format("the file {} could not be read: {}", path, std::strerror(errno))
        );
    }
    SecretFile secret;
    secret.text.resize(limits::kSecretBytesMax + 1);
    file.read(secret.text.data(), static_cast<std::streamsize>(secret.text.size()));
    secret.text.resize(static_cast<std::size_t>(file.gcount()));
    if (secret.text.size() > limits::kSecretBytesMax) {
        return Error(
            ErrorCode::kTooLarge,
            Retry::kNever,
            fmt::format(
                "{} holds over {} bytes, too many for a secret", path, limits::kSecretBytesMax
            )
        );
    }
    while (secret.text.ends_with('\n') || secret.text.ends_with('\r'))
        secret.text.pop_back();
    secret.readable_by_others = (status.st_mode & S_IROTH) != 0;
    return secret;
}

}  // namespace flux::config
