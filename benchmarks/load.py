"""Putting a server under bounded load and counting what it costs.

``wrk`` makes the load. The cost is the processor time of the server's whole process tree, which
the operating system keeps; beside it stand rates and latencies, and the memory that it holds.
"""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.questions import Request

CONNECTIONS: Final = 8
THREADS: Final = 2
#: So long one request may take, in seconds, and a server to begin or to end.
PATIENCE: Final = 600.0
BEGINNING: Final = 90.0
STOPPING: Final = 20.0
#: A server has come to rest if for so long it used no more processor time than that.
RESTING: Final = 0.2
AT_REST: Final = 0.03

#: Takes requests from the file named in BENCH_REQUESTS: the length of each in a line, then the
#: request as it is sent.
SCRIPT: Final = """
local started = 0
function setup(thread)
  started = started + 1
  thread:set("seed", started)
end
function init(args)
  math.randomseed(seed)
  requests = {}
  local file = io.open(os.getenv("BENCH_REQUESTS"), "rb")
  local length = file:read("*l")
  while length do
    requests[#requests + 1] = file:read(tonumber(length))
    length = file:read("*l")
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
        p50: Half of the requests took at most so many microseconds.
        p99: And 99 of 100 so many.

    """

    micros: float
    rate: float
    p50: float
    p99: float


class Answer(NamedTuple):
    """What a server answered.

    Attributes:
        status: The status.
        headers: Its headers, by their names in small letters.
        body: Its body.
        first: After so many seconds the first piece of the body had come.

    """

    status: int
    headers: dict[str, str]
    body: bytes
    first: float = 0.0


class Server:
    """A server process and its address."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int) -> None:
        self.process = process
        self.port = port

    def ask(self, request: Request, *, kept: bool = True) -> Answer:
        """Ask once.

        Args:
            request: What to ask.
            kept: Whether the body is kept; of one that is not, there is as many zeros.

        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            begun = time.perf_counter()
            connection.request(
                request.method, request.path, request.body or None, dict(request.headers)
            )
            response = connection.getresponse()
            some = response.read1(65_536)
            first = time.perf_counter() - begun
            pieces, size = [some], len(some)
            while some := response.read(1_048_576):
                size += len(some)
                if kept:
                    pieces.append(some)
            headers = {name.lower(): value for name, value in response.getheaders()}
            body = b"".join(pieces) if kept else bytes(size)
            return Answer(response.status, headers, body, first)
        finally:
            connection.close()

    def processor_seconds(self) -> float:
        """Return user and system time of the process and all its descendants until now."""
        return sum(map(_seconds, _tree(self.process.pid)))

    def memory(self) -> float:
        """Return the memory that the process tree holds for itself, in MB; mapped files are not."""
        return sum(map(_anonymous, _tree(self.process.pid))) / 1024

    def rest(self) -> None:
        """Wait until the server has nothing left to do."""
        until, before = time.monotonic() + STOPPING, self.processor_seconds()
        while time.monotonic() < until:
            time.sleep(RESTING)
            now = self.processor_seconds()
            if now - before <= AT_REST:
                return
            before = now

    def cost(
        self, asked: Sequence[Request], seconds: float, connections: int = CONNECTIONS
    ) -> Cost:
        """Put the server under load for so long, and return what it cost.

        Raises:
            RuntimeError: There were faults, or nothing was answered.

        """
        self.rest()
        before, begun = self.processor_seconds(), time.perf_counter()
        load = _wrk(self.port, asked, seconds, connections)
        took = time.perf_counter() - begun
        spent = self.processor_seconds() - before
        if load.faults or not load.requests:
            raise RuntimeError(f"{load.faults} faults, {load.requests} answers: {asked[0].path}")
        return Cost(spent / load.requests * 1e6, load.requests / took, load.p50, load.p99)

    def cost_of_one(self, request: Request) -> tuple[Cost, Answer]:
        """Ask once, and return what it cost and what was answered.

        Raises:
            RuntimeError: It was not answered well.

        """
        self.rest()
        before, begun = self.processor_seconds(), time.perf_counter()
        answer = self.ask(request, kept=False)
        took = time.perf_counter() - begun
        spent = self.processor_seconds() - before
        if answer.status >= 400:
            raise RuntimeError(f"{answer.status}: {request.method} {request.path}")
        return Cost(spent * 1e6, 1 / took, took * 1e6, took * 1e6), answer


def _tree(pid: int) -> Iterator[int]:
    """Yield a process and its descendants; children may be those of any of its threads."""
    yield pid
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in file.read_text().split():
            yield from _tree(int(child))


def _seconds(pid: int) -> float:
    """Return a process's user and system time; its name in the file may hold anything."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _anonymous(pid: int) -> int:
    """Return the memory of a process that is no file's, in KiB; what is shared, by its share."""
    told = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(told.partition("Pss_Anon:")[2].split()[0])


def sent(request: Request, port: int) -> bytes:
    """Return a request as it is sent (RFC 9112)."""
    lines = [f"{request.method} {request.path} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
    lines += [f"{name}: {value}" for name, value in request.headers]
    if request.body:
        lines.append(f"Content-Length: {len(request.body)}")
    return "\r\n".join([*lines, "", ""]).encode() + request.body


def _wrk(port: int, asked: Sequence[Request], seconds: float, connections: int) -> Load:
    with tempfile.TemporaryDirectory() as folder:
        script, requests = Path(folder, "load.lua"), Path(folder, "requests")
        script.write_text(SCRIPT)
        with requests.open("wb") as file:
            for one in asked:
                body = sent(one, port)
                file.write(b"%d\n" % len(body) + body)
        threads = min(THREADS, connections)
        size = ["-c", str(connections), "-t", str(threads), "-d", f"{max(1, round(seconds))}s"]
        done = subprocess.run(
            ["wrk", *size, "--timeout", "60s", "--latency", "-s", str(script),
             f"http://127.0.0.1:{port}"],
            env={**os.environ, "BENCH_REQUESTS": str(requests)},
            capture_output=True,
            text=True,
            timeout=seconds + 120,
            check=True,
        )  # fmt: skip
    found = re.search(r"RESULT (.*)", done.stdout)
    if found is None:
        raise RuntimeError(f"wrk gave no result: {done.stdout}{done.stderr}")
    return Load(**json.loads(found[1]))


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    command: Sequence[str], environment: Mapping[str, str], port: int, ready: str, log: Path
) -> Iterator[Server]:
    """Run a server until the block ends; it is stopped by its process id.

    Args:
        command: What to run.
        environment: What to add to the environment, of which our own settings are no part.
        port: The port on 127.0.0.1 that it is told.
        ready: A path that it answers with 200 when it is ready.
        log: Where to write what it says.

    """
    own = {k: v for k, v in os.environ.items() if not k.startswith("INCIDENTS_")}
    with log.open("wb") as file:
        process = subprocess.Popen(
            list(command), env={**own, **environment}, stdout=file, stderr=subprocess.STDOUT
        )
    server = Server(process, port)
    try:
        _wait(server, ready, log)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOPPING)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOPPING)


def _wait(server: Server, ready: str, log: Path) -> None:
    until = time.monotonic() + BEGINNING
    while time.monotonic() < until:
        if server.process.poll() is not None:
            code = server.process.returncode
            raise RuntimeError(f"the server ended with {code}: {log.read_text()[-2000:]}")
        try:
            if server.ask(Request(ready)).status == 200:
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise RuntimeError(f"the server does not answer: {log.read_text()[-2000:]}")
