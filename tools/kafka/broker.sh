#!/bin/bash
# One Apache Kafka broker (KRaft, no ZooKeeper) on 127.0.0.1, for tests and for trying things out.
#
#   broker.sh fetch          downloads the broker with Maven, once
#   broker.sh start [DIR]    starts it and prints its address when it answers; again after stop or
#                            kill: on the same ports, with the same data
#   broker.sh status [DIR]   prints the address, or fails when the broker does not run
#   broker.sh stop [DIR]     ends it cleanly
#   broker.sh kill [DIR]     ends it at once, as a power cut does
#
# DIR holds data, configuration and log; without it: $KAFKA_HOME_DIR. Environment:
#   KAFKA_PORT        port of the first start; 0 or unset: a free one. A taken port is refused.
#   KAFKA_OWNER_PID   the broker and DIR go when this process is gone
#   KAFKA_EXTRA       file with further broker properties
# Exit codes: 1 it failed, 2 wrong usage, 3 Java, Maven or the broker cannot be had here.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
version=$(sed -n 's:.*<kafka.version>\(.*\)</kafka.version>.*:\1:p' "$here/pom.xml")
jars=${XDG_CACHE_HOME:-$HOME/.cache}/tidemark/kafka-$version
verb=${1:-}
dir=${2:-${KAFKA_HOME_DIR:-}}
java_options=(-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=64m -Xss512k
  -Djava.awt.headless=true -Dorg.slf4j.simpleLogger.defaultLogLevel=warn
  -Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info)

say() { echo "broker.sh: $*" >&2; }
fail() { say "$1"; exit "${2:-1}"; }

fetch() {
  command -v java >/dev/null || fail "there is no Java: install openjdk-17-jre-headless" 3
  [ -d "$jars" ] && return
  command -v mvn >/dev/null || fail "there is no Maven to download the broker: install maven" 3
  mkdir -p "$(dirname "$jars")"
  local part
  part=$(mktemp -d "$jars.XXXXXX")
  # Into a folder of its own, then renamed: two that fetch at once do not meet half of it.
  if ! mvn -q -B -ntp -f "$here/pom.xml" dependency:copy-dependencies \
    -DoutputDirectory="$part" >"$part.log" 2>&1; then
    tail -5 "$part.log" >&2
    rm -rf "$part" "$part.log"
    fail "Maven could not download Kafka $version" 3
  fi
  rm -f "$part.log"
  mv -T "$part" "$jars" 2>/dev/null || rm -rf "$part"
}

is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

free_port() { # below the ephemeral range, so that no client's socket is in the way
  local port
  for _ in $(seq 100); do
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
    is_taken "$port" || { echo "$port"; return; }
  done
  fail "no free port found"
}

broker_pid() { # only a process that runs our configuration is ours
  local pid
  pid=$(cat "$dir/pid" 2>/dev/null) || return 1
  tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF "$dir/broker.properties" || return 1
  echo "$pid"
}

configure() {
  local port=${KAFKA_PORT:-0} controller
  [ "$port" != 0 ] || port=$(free_port)
  controller=$(free_port)
  while [ "$controller" = "$port" ]; do controller=$(free_port); done
  cat >"$dir/broker.properties" <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$port
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$dir/data
num.network.threads=2
num.io.threads=2
num.recovery.threads.per.data.dir=1
background.threads=2
log.cleaner.threads=1
log.cleaner.dedupe.buffer.size=2097152
log.segment.bytes=16777216
auto.create.topics.enable=false
default.replication.factor=1
min.insync.replicas=1
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.abort.timed.out.transaction.cleanup.interval.ms=500
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
PROPERTIES
  [ -z "${KAFKA_EXTRA:-}" ] || cat "$KAFKA_EXTRA" >>"$dir/broker.properties"
  java -Xmx128m "${java_options[@]}" -cp "$jars/*" kafka.tools.StorageTool format \
    -t TidemarkTestBrokerAAAA -c "$dir/broker.properties" >"$dir/format.log" 2>&1 ||
    { cat "$dir/format.log" >&2; rm -f "$dir/broker.properties"; fail "formatting failed"; }
}

ports() { sed -n 's/^listeners=.*:\([0-9]*\),.*:\([0-9]*\)$/\1 \2/p' "$dir/broker.properties"; }
address() { sed -n 's:^advertised.listeners=PLAINTEXT\://::p' "$dir/broker.properties"; }

watch_owner() { # pid of the broker, pid of its owner
  while kill -0 "$2" 2>/dev/null && kill -0 "$1" 2>/dev/null; do sleep 0.5; done
  kill -0 "$2" 2>/dev/null && return
  kill -KILL "$1" 2>/dev/null || true
  while kill -0 "$1" 2>/dev/null; do sleep 0.1; done
  rm -rf "$dir"
}

start() {
  fetch
  mkdir -p "$dir"
  dir=$(cd "$dir" && pwd)
  if broker_pid >/dev/null; then fail "the broker of $dir runs already"; fi
  [ -f "$dir/broker.properties" ] || configure
  local port pid
  # Another program's broker on our port would look exactly like ours.
  for port in $(ports); do
    if is_taken "$port"; then fail "port $port is taken"; fi
  done
  : >"$dir/broker.log"
  setsid java -Xms32m -Xmx256m "${java_options[@]}" -cp "$jars/*" kafka.Kafka \
    "$dir/broker.properties" </dev/null >>"$dir/broker.log" 2>&1 &
  pid=$!
  echo "$pid" >"$dir/pid"
  if [ -n "${KAFKA_OWNER_PID:-}" ]; then
    watch_owner "$pid" "$KAFKA_OWNER_PID" </dev/null >/dev/null 2>&1 &
  fi
  for _ in $(seq 600); do
    if ! kill -0 "$pid" 2>/dev/null; then break; fi
    if grep -q "Kafka Server started" "$dir/broker.log"; then
      address
      return
    fi
    sleep 0.1
  done
  tail -20 "$dir/broker.log" >&2
  kill -KILL "$pid" 2>/dev/null || true
  fail "the broker did not start"
}

finish() { # signal, seconds until it is killed
  local pid
  pid=$(broker_pid) || { rm -f "$dir/pid"; return 0; }
  kill "-$1" "$pid"
  for _ in $(seq $(($2 * 10))); do
    if ! kill -0 "$pid" 2>/dev/null; then break; fi
    sleep 0.1
  done
  kill -KILL "$pid" 2>/dev/null || true
  while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
  rm -f "$dir/pid"
}

case $verb in
  fetch) fetch; exit ;;
  start | status | stop | kill) ;;
  *) sed -n '2,17s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
[ -n "$dir" ] || fail "which folder? broker.sh $verb DIR, or set KAFKA_HOME_DIR" 2
case $verb in
  start) start ;;
  status) broker_pid >/dev/null || fail "the broker of $dir does not run"; address ;;
  stop) finish TERM 20 ;;
  kill) finish KILL 5 ;;
esac
