// A file that holds one secret.
#pragma once

#include "base/result.h"

#include <string>

namespace flux::config {

struct SecretFile {
    std::string text;                 ///< without the newline at its end; empty: there is none
    bool readable_by_others = false;  ///< by users other than the owner and its group
};

/// Reads `path`, at most limits::kSecretBytesMax. Errors: kNotFound, kPermission, kTooLarge,
/// kBadInput (a directory); the sentence never holds anything of the content. Thread: any, blocks.
Result<SecretFile> ReadSecretFile(const std::string& path);

}  // namespace flux::config
