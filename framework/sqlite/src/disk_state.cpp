#include "tidemark/sqlite/disk_state.hpp"

#include <algorithm>
#include <set>

#include "tidemark/base/random.hpp"

namespace tidemark::sqlite {

void DiskState::happened(const DiskOperation& operation) {
  using Kind = DiskOperation::Kind;
  switch (operation.kind) {
    case Kind::create:
      files_[operation.file];
      entries_.push_back({.name = operation.name, .file = operation.file});
      return;
    case Kind::remove:
      entries_.push_back({.name = operation.name});
      return;
    case Kind::sync_directory:
      sync_directory();
      return;
    default:
      break;
  }
  const auto found = files_.find(operation.file);
  if (found == files_.end()) return;  // removed for good, but still open
  auto& file = found->second;
  if (operation.kind == Kind::sync) {
    for (const auto& change : file.unsynced) apply(change, file.synced);
    file.unsynced.clear();
  } else if (operation.kind == Kind::failed_sync) {
    // The worst of what systems do: the pages count as written, and no later sync looks at them.
    file.unsynced.clear();
  } else {
    file.unsynced.push_back({.is_write = operation.kind == Kind::write,
                             .offset = operation.offset,
                             .bytes = operation.bytes});
  }
}

void DiskState::sync_directory() {
  for (auto& entry : entries_) {
    if (entry.file == 0) directory_.erase(entry.name);
    if (entry.file != 0) directory_[entry.name] = entry.file;
  }
  entries_.clear();
  std::set<std::uint64_t> named;
  for (const auto& [name, file] : directory_) named.insert(file);
  std::erase_if(files_, [&](const auto& file) { return !named.contains(file.first); });
}

void DiskState::apply(const Change& change, std::string& bytes) {
  if (!change.is_write) {
    bytes.resize(change.offset);
    return;
  }
  bytes.resize(std::max(bytes.size(), change.offset + change.bytes.size()));
  bytes.replace(change.offset, change.bytes.size(), change.bytes);
}

FileImages DiskState::after(const PowerLoss& loss) const {
  SeededRandom random(loss.seed);
  auto entries = entries_.size();
  if (loss.survivors == PowerLoss::Survivors::none) entries = 0;
  if (loss.survivors == PowerLoss::Survivors::prefix ||
      loss.survivors == PowerLoss::Survivors::subset) {
    entries = random.below(entries + 1);
  }
  auto directory = directory_;
  for (std::size_t at = 0; at < entries; ++at) {
    if (entries_[at].file == 0) directory.erase(entries_[at].name);
    if (entries_[at].file != 0) directory[entries_[at].name] = entries_[at].file;
  }
  FileImages images;
  for (const auto& [name, file] : directory) {
    images.emplace(name, survived(files_.at(file), loss, random));
  }
  return images;
}

std::string DiskState::survived(const File& file, const PowerLoss& loss, Random& random) {
  auto bytes = file.synced;
  switch (loss.survivors) {
    case PowerLoss::Survivors::none:
      break;
    case PowerLoss::Survivors::all:
      for (const auto& change : file.unsynced) apply(change, bytes);
      break;
    case PowerLoss::Survivors::prefix:
      survive_prefix(file, loss, random, bytes);
      break;
    case PowerLoss::Survivors::subset:
      survive_subset(file, loss, random, bytes);
      break;
  }
  return bytes;
}

void DiskState::survive_prefix(const File& file, const PowerLoss& loss, Random& random,
                               std::string& bytes) {
  if (file.unsynced.empty()) return;
  // As often as not it is the very last one that is torn: what a commit ends with.
  const auto last = file.unsynced.size() - 1;
  const auto whole = random.below(2) == 0 ? last : random.below(last + 1);
  for (std::size_t at = 0; at < whole; ++at) apply(file.unsynced[at], bytes);
  const auto& torn = file.unsynced[whole];
  if (!torn.is_write) {
    if (random.below(2) == 0) apply(torn, bytes);
    return;
  }
  const auto first_piece = torn.offset / loss.piece_bytes;
  const auto end_piece = (torn.offset + torn.bytes.size()) / loss.piece_bytes + 1;
  const auto end = (first_piece + random.below(end_piece - first_piece + 1)) * loss.piece_bytes;
  if (end <= torn.offset) return;
  apply({.offset = torn.offset, .bytes = torn.bytes.substr(0, end - torn.offset)}, bytes);
}

void DiskState::survive_subset(const File& file, const PowerLoss& loss, Random& random,
                               std::string& bytes) {
  for (const auto& change : file.unsynced) {
    if (!change.is_write) {
      if (random.below(2) == 0) apply(change, bytes);
      continue;
    }
    for (std::size_t at = 0; at < change.bytes.size();) {
      const auto offset = change.offset + at;
      const auto size = loss.piece_bytes - offset % loss.piece_bytes;
      if (random.below(2) == 0) {
        apply({.offset = offset, .bytes = change.bytes.substr(at, size)}, bytes);
      }
      at += size;
    }
  }
}

}  // namespace tidemark::sqlite
