#pragma once

#include <cstdint>
#include <initializer_list>

namespace tidemark::kafka {

/// Where a transactional producer stands. A verb out of order is a programming error and aborts:
/// real broker and loopback refuse the same orders.
class TransactionPhase {
 public:
  enum class At : std::uint8_t {
    created,       ///< `init` comes next
    initialising,  ///< `init` answered pending
    ready,         ///< `begin` comes next
    open,          ///< records may be sent
    committing,    ///< `commit` answered pending
    failed,        ///< the transaction cannot be committed: `abort` comes next
    aborting,      ///< `abort` answered pending
  };

  [[nodiscard]] At at() const { return at_; }
  void move_to(At at) { at_ = at; }

  void on_init() const { require({At::created, At::initialising}, "init comes first, and once"); }
  void on_begin() const { require({At::ready}, "begin follows a verb that answered done"); }
  void on_send() const { require({At::open, At::failed}, "send needs an open transaction"); }
  void on_commit() const {
    require({At::open, At::committing, At::failed}, "commit needs an open transaction");
  }
  void on_abort() const {
    require({At::open, At::failed, At::aborting},
            "abort needs an open transaction, and no commit that answered pending");
  }

 private:
  void require(std::initializer_list<At> allowed, const char* why) const;

  At at_ = At::created;
};

}  // namespace tidemark::kafka
