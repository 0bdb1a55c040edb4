"""All programs side by side: the same questions about the same world, interleaved in one run.

``python -m benchmarks.side_by_side --world PATH --folder PATH`` starts every program, asks each of
them every question in turn, round by round, and writes what it cost to ``--output``, a folder, as
JSON, as a table and as a plot. The figure is the processor time of the server's whole process tree
per request.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console

from benchmarks.facts import facts_of
from benchmarks.load import CONNECTIONS, Server, free_port, running
from benchmarks.ours import Constant, Ours
from benchmarks.peers import peers
from benchmarks.peers.plain import make
from benchmarks.programs import Program
from benchmarks.questions import QUESTIONS, Facts, Question, Request
from benchmarks.report import circumstances
from benchmarks.results import Measured, Results
from benchmarks.targets import tell

WARM_UP: Final = 1.0
#: So many different records are asked for by their entity tags.
TAGS: Final = 500
#: Writers are fewer: they wait for each other.
WRITERS: Final = 2
#: What takes longer than so many seconds is asked once a round and alone, for a load would end
#: before many of its requests had.
SLOW: Final = 0.1
#: What takes longer than so many seconds is asked in the first round only.
LONG: Final = 20.0


@dataclass
class Asked:
    """A question as one program is asked it.

    Attributes:
        program: The program.
        question: The question.
        server: Where the program runs.
        requests: The requests, to be made at random.
        found: What was measured.
        alone: Whether it is asked once a round, not under load.

    """

    program: Program
    question: Question
    server: Server
    requests: Sequence[Request]
    found: Measured = field(default_factory=Measured)
    alone: bool = False

    def prepare(self) -> None:
        """See that it is answered, note how many bytes there are, and warm up.

        Raises:
            RuntimeError: It is not answered well.

        """
        self.alone = self.question.whole
        if self.alone:
            return  # it takes long, and is measured as it comes
        self.server.cost_of_one(self.requests[0])
        cost, answer = self.server.cost_of_one(self.requests[0])
        self.found.size = len(answer.body)
        self.alone = cost.rate < 1 / SLOW
        if not self.alone:
            self.server.cost(self.requests, WARM_UP)

    def measure(self, seconds: float) -> None:
        """Measure once; what has failed, or takes long and is known, is not asked again."""
        known = self.found.costs
        if self.found.fault or (self.alone and known and known[0].rate < 1 / LONG):
            return
        try:
            if self.alone:
                cost, answer = self.server.cost_of_one(self.requests[0])
                self.found.first.append(answer.first)
                self.found.size = len(answer.body)
            else:
                connections = WRITERS if self.question.writes else CONNECTIONS
                cost = self.server.cost(self.requests, seconds, connections)
        except (RuntimeError, OSError) as fault:
            self.found.fault = str(fault)
        else:
            known.append(cost)


def tagged(server: Server, requests: Sequence[Request]) -> list[Request] | None:
    """Return requests by a client that has the answers already, if the program gives tags."""
    made = []
    for request in requests[:TAGS]:
        tag = server.ask(request).headers.get("etag")
        if tag is None:
            return None
        made.append(request._replace(headers=(*request.headers, ("If-None-Match", tag))))
    return made if made and server.ask(made[0]).status == 304 else None


def asked_of(
    program: Program, server: Server, questions: Sequence[Question], facts: Facts
) -> Iterator[Asked]:
    """Yield the questions that a program can be asked."""
    for question in questions:
        requests = program.requests(question.key, facts)
        if question.key == "unchanged":
            requests = tagged(server, requests or program.requests("one", facts) or ())
        if requests:
            yield Asked(program, question, server, requests)


@contextmanager
def serving(programs: Sequence[Program], folder: Path) -> Iterator[list[tuple[Program, Server]]]:
    """Run the server of each program until the block ends."""
    with ExitStack() as stack:
        servers = []
        for program in programs:
            port = free_port()
            command, environment = program.command(folder, port)
            log = folder / f"{program.name}.log"
            server = running(command, environment, port, program.ready, log)
            servers.append((program, stack.enter_context(server)))
        yield servers


def say(words: str) -> None:
    """Say how far it is."""
    Console(stderr=True).print(words, style="dim", highlight=False)


def measured(
    servers: Sequence[tuple[Program, Server]],
    questions: Sequence[Question],
    about: Callable[[Program], Facts],
    rounds: int,
    seconds: float,
) -> list[Asked]:
    """Ask every program every question once a round, and return what was found.

    Args:
        servers: The programs and where they run.
        questions: What to ask.
        about: Returns what a program is asked about.
        rounds: How often.
        seconds: So long each load lasts.

    """
    every = [
        asked
        for program, server in servers
        for asked in asked_of(program, server, questions, about(program))
    ]
    # By question, so that what is compared is measured within seconds.
    every.sort(key=lambda asked: questions.index(asked.question))
    for asked in every:
        say(f"warming up: {asked.program.name}, {asked.question.words}")
        try:
            asked.prepare()
        except (RuntimeError, OSError) as fault:
            asked.found.fault = str(fault)
    for number in range(1, rounds + 1):
        for asked in every:
            say(f"round {number} of {rounds}: {asked.program.name}, {asked.question.words}")
            asked.measure(seconds)
    return every


def chosen(names: Sequence[str], there: Mapping[str, Any]) -> list[Any]:
    """Return what was chosen by name, or everything.

    Raises:
        click.BadParameter: There is no such thing.

    """
    if unknown := set(names) - set(there):
        raise click.BadParameter(f"no {', '.join(unknown)}; there are {', '.join(there)}")
    return [there[name] for name in there if not names or name in names]


@click.command()
@click.option("--world", required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--folder", required=True, type=click.Path(path_type=Path, file_okay=False))
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1, 100))
@click.option("--seconds", default=2.0, show_default=True, type=click.FloatRange(1, 60))
@click.option("--program", "names", multiple=True, help="Only this one; repeat for more.")
@click.option("--question", "keys", multiple=True, help="Only this one; repeat for more.")
@click.option("--output", required=True, type=click.Path(path_type=Path, file_okay=False))
def main(
    world: Path,
    folder: Path,
    rounds: int,
    seconds: float,
    names: Sequence[str],
    keys: Sequence[str],
    output: Path,
) -> None:
    """Measure all programs side by side."""
    folder.mkdir(parents=True, exist_ok=True)
    facts = facts_of(world)
    plain = folder / f"plain-{world.stem}.db"
    known: list[Program] = [Constant(world), Ours(world), *peers(plain)]
    there = {program.name: program for program in known}
    programs = chosen(names, there)
    questions = chosen(keys, {question.key: question for question in QUESTIONS})
    if not plain.exists() and any(not isinstance(one, Constant | Ours) for one in programs):
        say(f"making {plain}")
        make(world, plain)
    for program in programs:
        say(f"setting up {program.name}")
        program.set_up(folder)
    with serving(programs, folder) as servers:
        every = measured(servers, questions, lambda _: facts, rounds, seconds)
        memory = {program.name: server.memory() for program, server in servers}
    results = Results(
        circumstances(f"median of {rounds} rounds of {seconds:g} s each."),
        facts.size,
        {program.name: program.told for program in programs},
        memory,
        {question.key: question.words for question in questions},
    )
    for asked in every:
        results.add(asked.program.name, asked.question.key, asked.found)
    results.write(output)
    tell(results, output / f"targets-{results.incidents}.md")


if __name__ == "__main__":
    main()
