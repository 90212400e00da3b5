#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/failure.hpp"
#include "tidemark/base/time.hpp"

namespace tidemark::kafka {
class Broker;
}

namespace tidemark::intake {

/// Longest line, in bytes without its newline.
constexpr std::uint64_t line_size_max = 64 * 1024;
/// What is kept of a line that is broken.
constexpr std::uint64_t kept_size_max = 4 * 1024;

/// One line as it was found. A view: good until the source is asked again.
struct Line {
  std::string_view text;        ///< without its newline; of one that is too long the first 4 KiB
  std::uint32_t partition = 0;  ///< see `LineSource::partition_name`
  std::int64_t offset = 0;      ///< where it begins: byte, or record
  std::int64_t next = 0;        ///< where the line behind it begins
  std::uint64_t number = 0;     ///< 1 for the source's first; 0 when the source does not count
  std::uint64_t size = 0;       ///< bytes
  bool too_long = false;
};

/// How far a source was read.
struct Reached {
  struct Place {
    std::string partition;  ///< empty for a source that has only one
    std::int64_t next = 0;  ///< where the first line that was not read begins
  };
  std::vector<Place> places;
  std::uint64_t lines = 0;  ///< lines before it, where the source counts them
  std::string fingerprint;  ///< see `LineSource::fingerprint`
};

/// Where lines come from. It reads a bounded amount at a time and never waits for more.
///
/// What it has given out it forgets: its owner remembers how far it came. Throws `Failure`
/// "intake.*" and "kafka.*". One thread at a time.
class LineSource {
 public:
  enum class Found : std::uint8_t {
    line,
    more,     ///< not a whole line yet, but there is more: ask again at once
    nothing,  ///< nothing now
    end,      ///< nothing for ever
  };

  virtual ~LineSource() = default;
  /// Whether it can go on where an earlier process came to; if not, `open` begins anew.
  [[nodiscard]] virtual bool resumable() const { return true; }
  /// Called once, before all others but `resumable`.
  virtual void open(const Reached& from) = 0;
  /// The next line; the same one until `take` is called.
  virtual Found peek(Line& line) = 0;
  /// Goes on behind the line that `peek` found.
  virtual void take() = 0;
  /// What it reads, for a person: "file /data/day.ndjson", "topic traffic".
  [[nodiscard]] virtual std::string description() const { return {}; }
  /// Which of the source's sequences a line stands in: "topic/3"; empty when there is only one.
  [[nodiscard]] virtual std::string partition_name(std::uint32_t /*partition*/) const { return {}; }
  /// Tells this input from another one under the same name; empty when it cannot.
  [[nodiscard]] virtual std::string fingerprint() { return {}; }
  /// Where it would be if all were read, in the sum of all partitions.
  [[nodiscard]] virtual std::uint64_t tail() = 0;
  /// Everything up to here is acknowledged and remembered.
  virtual void saved(const Reached& /*reached*/) {}
  /// It gives nothing before all it gave is saved: partitions are to be handed over.
  [[nodiscard]] virtual bool wants_rest() const { return false; }
  /// Why nothing comes, when something is wrong that may pass.
  [[nodiscard]] virtual std::optional<Problem> problem() const { return std::nullopt; }
  /// How soon to ask again after `nothing`.
  [[nodiscard]] virtual Micros poll_interval() const { return std::chrono::milliseconds(10); }
  virtual void stop() noexcept {}
};

struct FileSourceOptions {
  std::filesystem::path file;
  bool follow = false;  ///< at the end of the file, wait for more
};

/// The lines of a file. It goes on at the byte an earlier process came to, and refuses another file
/// ("intake.other_input") and one that got shorter ("intake.file_shrank"). A last line without a
/// newline is a line, and is read again, whole, when it has grown by the next `open`; of a file
/// that is followed it is one when its newline is there.
std::unique_ptr<LineSource> file_source(FileSourceOptions options);

/// The lines of standard input, or of what `descriptor` reads. Offsets count from the process's
/// start: what was read and not stored when the process died must be sent again.
std::unique_ptr<LineSource> standard_input(int descriptor = 0);

struct KafkaLinesOptions {
  std::string topic;
  std::string group;
  /// The topic is at its end when each partition that the group gave is read to where it ended when
  /// that was first known; otherwise it has none.
  bool end = false;
};

/// The values of a Kafka topic's records, one line each. It goes on at the offsets remembered, the
/// group's are a copy. A group with several members reads every partition it is given from where
/// *this* process knows it, so what another one stored is read again, and skipped.
std::unique_ptr<LineSource> kafka_lines(kafka::Broker& broker, const KafkaLinesOptions& options);

}  // namespace tidemark::intake
