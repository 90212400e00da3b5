#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace tidemark {

/// What `Failure` carries. `code` is stable and dotted ("store.disk_full"); `message` says what
/// happened to what; `hint` says what to do and names the option that helps.
struct FailureFacts {
  std::string code;
  std::string message;
  std::string hint = {};
  bool retryable = false;
};

/// Something only a supervisor can act on: a full disk, corruption, a fatal broker error.
///
/// Thrown anywhere, caught in the worker loop and in the command dispatcher and nowhere else.
/// `retryable()` tells the loop whether the same step may be tried again later.
class Failure : public std::exception {
 public:
  explicit Failure(FailureFacts facts);

  [[nodiscard]] const std::string& code() const noexcept { return facts_.code; }
  [[nodiscard]] const std::string& message() const noexcept { return facts_.message; }
  [[nodiscard]] const std::string& hint() const noexcept { return facts_.hint; }
  [[nodiscard]] bool retryable() const noexcept { return facts_.retryable; }
  /// "code: message (hint)", for a log line.
  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

 private:
  FailureFacts facts_;
  std::string text_;
};

/// An error in what a person or another program gave us: which field, why, and what to do.
struct Problem {
  std::string code;     ///< stable, dotted: "config.unknown_key"
  std::string field;    ///< the offending field, empty when there is none
  std::string message;  ///< what is wrong with it
  std::string hint;     ///< what to do
};

/// "code: field: message (hint)".
std::string to_string(const Problem& problem);

}  // namespace tidemark
