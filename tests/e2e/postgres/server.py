"""A real PostgreSQL for one test program, on 127.0.0.1, with a password."""

import ctypes
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

PROGRAMS = pathlib.Path("/usr/lib/postgresql/15/bin")
PATIENCE_SECONDS = 180
PASSWORD = "open-sesame-4711"
LIBC = ctypes.CDLL(None)


def give_up(why):
    """As ctest counts it: skipped here, failed where everything must be there."""
    in_ci = os.environ.get("CI") == "true"
    print(f"{'failed' if in_ci else 'skipped'}: no PostgreSQL could be started: {why}")
    sys.exit(1 if in_ci else 77)


def stop_with_parent():
    LIBC.prctl(1, signal.SIGQUIT)  # PR_SET_PDEATHSIG


def free_port():
    """Below the ephemeral range, so that no client's socket is in the way."""
    for port in random.sample(range(20_000, 30_000), 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    return give_up("no free port")


class Server:
    def __init__(self):
        if not (PROGRAMS / "postgres").exists():
            give_up("postgresql-15 is not installed")
        # It refuses to run as root.
        self._as_user = {"user": "postgres", "group": "postgres", "extra_groups": []}
        if os.geteuid() != 0:
            self._as_user = {}
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="tidemark-pg-"))
        if self._as_user:
            shutil.chown(self._folder, "postgres", "postgres")
        self.port = free_port()
        self._process = None
        self._start()

    def _start(self):
        password = self._folder / "password"
        password.write_text(PASSWORD, encoding="utf-8")
        password.chmod(0o644)
        data = self._folder / "data"
        self._run("initdb", "-D", data, "-U", "tidemark", "-A", "scram-sha-256",
                  f"--pwfile={password}", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
        settings = ["fsync=off", "full_page_writes=off", "shared_buffers=64MB",
                    "listen_addresses=127.0.0.1", f"port={self.port}",
                    f"unix_socket_directories={self._folder}"]
        command = [PROGRAMS / "postgres", "-D", data]
        for setting in settings:
            command += ["-c", setting]
        with open(self._folder / "log", "wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self._folder,
                                             preexec_fn=stop_with_parent, **self._as_user)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self._ran("pg_isready", "-h", "127.0.0.1", "-p", str(self.port)) != 0:
            if time.monotonic() > deadline or self._process.poll() is not None:
                said = (self._folder / "log").read_text(errors="replace").splitlines()[-10:]
                give_up("\n  ".join(["the server does not answer", *said]))
            time.sleep(0.02)

    def _ran(self, program, *arguments):
        return subprocess.run([PROGRAMS / program, *arguments], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, check=False, cwd=self._folder,
                              **self._as_user).returncode

    def _run(self, program, *arguments):
        if self._ran(program, *arguments) != 0:
            give_up(f"{program} failed")

    def address(self, schema, password=True):
        """Of a store in a schema of its own."""
        user = f"tidemark:{PASSWORD}" if password else "tidemark"
        return f"postgresql://{user}@127.0.0.1:{self.port}/postgres?schema={schema}"

    def shown(self, schema):
        """The address as it may be shown."""
        return self.address(schema, password=False)

    def close(self):
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(PATIENCE_SECONDS)
        shutil.rmtree(self._folder, ignore_errors=True)
