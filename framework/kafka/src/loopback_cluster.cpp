#include "loopback_cluster.hpp"

namespace tidemark::kafka::loopback {

void Cluster::tick() {
  if (is_down) return;
  transactions.expire(now(), topics);
  for (auto& [name, group] : groups) group.expire(now(), topics);
}

void Cluster::set_down(bool down) {
  if (is_down && !down)
    for (auto& [name, group] : groups) group.restart_timers(now());
  is_down = down;
}

}  // namespace tidemark::kafka::loopback
