#pragma once

#include <filesystem>

namespace tidemark::app {

/// Makes the folder that the application keeps everything in, unless it is there. Throws `Failure`
/// "app.data_directory" when it cannot be.
void make_data_directory(const std::filesystem::path& directory);

}  // namespace tidemark::app
