"""Putting a server under bounded load and counting what it costs.

``wrk`` makes the load where it is installed, else a few threads of this process. The cost is the
processor time of the server's whole process tree, which the operating system keeps.
"""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any, Final, NamedTuple

CONNECTIONS: Final = 8
THREADS: Final = 2
#: So long one request may take.
PATIENCE: Final = 10.0
STOPPING: Final = 20.0

#: Each line of the file named in BENCH_REQUESTS: a path, a tab, an entity tag or nothing.
SCRIPT: Final = """
local started = 0
function setup(thread)
  started = started + 1
  thread:set("seed", started)
end
function init(args)
  math.randomseed(seed)
  requests = {}
  for line in io.lines(os.getenv("BENCH_REQUESTS")) do
    local path, tag = line:match("^(.-)\\t(.*)$")
    local headers = {}
    if tag ~= "" then headers["If-None-Match"] = tag end
    requests[#requests + 1] = wrk.format("GET", path, headers)
  end
end
function request()
  return requests[math.random(#requests)]
end
function done(summary, latency, each)
  local errors = summary.errors
  io.write(string.format('\\nRESULT {"requests": %d, "faults": %d, "p50": %f, "p99": %f}\\n',
    summary.requests, errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
"""


class Asked(NamedTuple):
    """One request: its path, and the entity tag that the client has."""

    path: str
    tag: str = ""


class Load(NamedTuple):
    """What a load came to: completed requests, faults, latencies in microseconds."""

    requests: int
    faults: int
    p50: float
    p99: float


class Cost(NamedTuple):
    """What a load cost the server.

    Attributes:
        micros: Processor time of the whole process tree, in microseconds per request.
        rate: Requests a second.

    """

    micros: float
    rate: float
    p50: float
    p99: float


class Answer(NamedTuple):
    """What a server answered."""

    status: int
    headers: dict[str, str]
    body: bytes


class Server:
    """A server process and its address."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int) -> None:
        self.process = process
        self.port = port

    def get(self, path: str, tag: str = "") -> Answer:
        """Ask once."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("GET", path, headers={"If-None-Match": tag} if tag else {})
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()

    def processor_seconds(self) -> float:
        """Return user and system time of the process and all its descendants until now."""
        return sum(map(_seconds, _tree(self.process.pid)))

    def cost(self, asked: Sequence[Asked], seconds: float) -> Cost:
        """Put the server under load for so long, and return what it cost.

        Raises:
            RuntimeError: There were faults, or nothing was answered.

        """
        make = _wrk if shutil.which("wrk") else _threads
        before, begun = self.processor_seconds(), time.perf_counter()
        load = make(self.port, asked, seconds)
        took = time.perf_counter() - begun
        spent = self.processor_seconds() - before
        if load.faults or not load.requests:
            raise RuntimeError(f"{load.faults} faults, {load.requests} answers: {asked[0].path}")
        return Cost(spent / load.requests * 1e6, load.requests / took, load.p50, load.p99)


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        yield from _tree(int(child))


def _seconds(pid: int) -> float:
    """Return a process's user and system time; its name in the file may hold anything."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _wrk(port: int, asked: Sequence[Asked], seconds: float) -> Load:
    with tempfile.TemporaryDirectory() as folder:
        script, requests = Path(folder, "load.lua"), Path(folder, "requests")
        script.write_text(SCRIPT)
        requests.write_text("".join(f"{one.path}\t{one.tag}\n" for one in asked))
        size = ["-c", str(CONNECTIONS), "-t", str(THREADS), "-d", f"{max(1, round(seconds))}s"]
        done = subprocess.run(
            ["wrk", *size, "--latency", "-s", str(script), f"http://127.0.0.1:{port}"],
            env={**os.environ, "BENCH_REQUESTS": str(requests)},
            capture_output=True,
            text=True,
            timeout=seconds + 30,
            check=True,
        )
    found = re.search(r"RESULT (.*)", done.stdout)
    if found is None:
        raise RuntimeError(f"wrk gave no result: {done.stdout}{done.stderr}")
    return Load(**json.loads(found[1]))


def _threads(port: int, asked: Sequence[Asked], seconds: float) -> Load:
    until = time.monotonic() + seconds
    times: list[float] = []
    faults: list[int] = []

    def work(seed: int) -> None:
        random = Random(seed)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        while time.monotonic() < until:
            one = random.choice(asked)
            begun = time.perf_counter()
            headers = {"If-None-Match": one.tag} if one.tag else {}
            connection.request("GET", one.path, headers=headers)
            response = connection.getresponse()
            response.read()
            times.append((time.perf_counter() - begun) * 1e6)
            if response.status >= 400:
                faults.append(response.status)
        connection.close()

    workers = [Thread(target=work, args=(seed,)) for seed in range(CONNECTIONS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    times.sort()
    if not times:
        return Load(0, len(faults), 0, 0)
    return Load(len(times), len(faults), times[len(times) // 2], times[len(times) * 99 // 100])


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(module: str, *arguments: Any, ready: str) -> Iterator[Server]:
    """Run a server on a free port until the block ends; it is stopped by its process id.

    Args:
        module: The module to run; it takes ``--bind``.
        arguments: What else to tell it.
        ready: A path that it answers when it is ready.

    """
    port = free_port()
    command = [sys.executable, "-m", module, *map(str, arguments), "--bind", f"127.0.0.1:{port}"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("INCIDENTS_")}
    # Requests are counted, as everywhere; but a load comes from one client, and is not refused.
    environment["INCIDENTS_REQUESTS_PER_MINUTE"] = "1000000000"
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    server = Server(process, port)
    try:
        _wait(server, lambda: server.get(ready).status == 200)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOPPING)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOPPING)


def _wait(server: Server, is_ready: Callable[[], bool]) -> None:
    until = time.monotonic() + STOPPING
    while time.monotonic() < until:
        if server.process.poll() is not None:
            raise RuntimeError(f"the server ended with {server.process.returncode}")
        try:
            if is_ready():
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server does not answer")
