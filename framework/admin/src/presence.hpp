#pragma once

#include <filesystem>
#include <optional>

namespace tidemark::admin {

/// A lock on a file that says "somebody is there"; the system releases it when the process ends,
/// however it ends.
class Presence {
 public:
  /// None when somebody else has it. Throws `Failure` "operation.lock" when the file cannot be
  /// made.
  static std::optional<Presence> take(const std::filesystem::path& file);
  /// Whether somebody has it now.
  static bool is_taken(const std::filesystem::path& file);

  Presence(Presence&& other) noexcept;
  Presence& operator=(Presence&& other) noexcept;
  ~Presence();

 private:
  explicit Presence(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace tidemark::admin
