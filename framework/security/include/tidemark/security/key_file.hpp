#pragma once

#include <filesystem>

#include "tidemark/security/signature.hpp"

namespace tidemark::security {

/// Writes a key to a file of its own that nobody but its owner may read. Durable when it returns.
/// Throws `Failure`: "key.exists" (a key is never written over), "key.io".
void write_key_file(const std::filesystem::path& file, const SigningKey& key);

/// Reads such a file. Throws `Failure`: "key.missing", "key.exposed" (others may read it),
/// "key.malformed", "key.io"; no message holds anything of the key.
SigningKey read_key_file(const std::filesystem::path& file);

}  // namespace tidemark::security
