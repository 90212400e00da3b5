"""A second service that builds the same read models from the platform's topics."""

import signal
import sqlite3
import subprocess
import time

from rows import open_live
from tool import environment

TOPICS = ("account", "billing_period", "campaign", "invoice", "traffic")
MODELS = ("account_balance", "campaign_minutes", "campaign_overview", "metered_usage")
PATIENCE_SECONDS = 120.0
STOP_SECONDS = 30.0
LOOK_SECONDS = 0.2


class Dashboard:
    def __init__(self, program, folder, broker):
        self.data = folder / "dashboard"
        self._broker = broker
        settings = {
            "data.directory": self.data,
            "projection.topics": ",".join(TOPICS),
            "kafka.bootstrap_servers": broker,
            "kafka.publish": "false",
            "log.file": folder / "dashboard.log",
        }
        command = [str(program), "run"]
        for name, value in settings.items():
            command += ["-s", f"{name}={value}"]
        self._process = subprocess.Popen(command, env=environment())

    def catch_up(self):
        """Waits until its models hold all that the topics do; how long that took, in seconds."""
        began = time.monotonic()
        ends = self._ends()
        while any(self._held(model) != ends for model in MODELS):
            if self._process.poll() is not None:
                raise subprocess.CalledProcessError(self._process.returncode, self._process.args)
            if time.monotonic() - began > PATIENCE_SECONDS:
                raise TimeoutError(f"the dashboard is behind after {PATIENCE_SECONDS:.0f} s")
            time.sleep(LOOK_SECONDS)
        return time.monotonic() - began

    def stop(self):
        """Ends it as a supervisor would; its exit code."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
        return self._process.wait()

    def _ends(self):
        """The next offset of each partition, as the broker says."""
        from confluent_kafka import Consumer, TopicPartition

        consumer = Consumer({"bootstrap.servers": self._broker, "group.id": "demo"})
        try:
            known = consumer.list_topics(timeout=30).topics
            return {
                (topic, partition): consumer.get_watermark_offsets(
                    TopicPartition(topic, partition), timeout=30
                )[1]
                for topic in TOPICS
                for partition in known[topic].partitions
            }
        finally:
            consumer.close()

    def _held(self, model):
        """The next offset of each partition, as the rows' file says."""
        try:
            file = open_live(self.data, model)
        except (sqlite3.OperationalError, TypeError):
            return None  # it is still being built for the first time
        try:
            rows = file.execute("SELECT topic, partition, next_offset FROM feed_offsets")
            return {(topic, partition): offset for topic, partition, offset in rows}
        finally:
            file.close()
