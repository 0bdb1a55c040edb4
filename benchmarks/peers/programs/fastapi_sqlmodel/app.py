"""A FastAPI program with SQLModel as their tutorials teach it: one session a request, data models.

PLAIN names the SQLite file; with EAGER the figures and actors of a page are loaded by
``selectinload`` and not, as in the tutorial, each when it is asked for.
"""

import csv
import os
from collections.abc import Iterable, Iterator
from datetime import date
from io import StringIO
from typing import Annotated, Any
from uuid import uuid4

from fastapi import Depends, FastAPI, HTTPException, Query
from fastapi.responses import StreamingResponse
from sqlalchemy import Engine, column, event, table, text
from sqlalchemy.orm import selectinload
from sqlmodel import Field, Relationship, Session, SQLModel, col, create_engine, func, select

engine = create_engine(
    f"sqlite:///{os.environ['PLAIN']}", connect_args={"check_same_thread": False}
)


@event.listens_for(Engine, "connect")
def enforce_foreign_keys(connection: Any, record: Any) -> None:
    """SQLite checks foreign keys only where it is told to, as SQLAlchemy's documentation says."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


class Actor(SQLModel, table=True):
    __tablename__ = "actors"

    pk: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    name: str
    actor_type: str
    country: str | None = None
    description: str | None = None


class IncidentBase(SQLModel):
    id: str = Field(unique=True)
    title: str
    summary: str | None = None
    event_type: str | None = None
    sub_event_type: str | None = None
    type_of_violence: int | None = None
    weapons: str = "[]"
    date_start: date
    date_end: date | None = None
    date_prec: int | None = None
    status: str | None = None
    country: str | None = None
    region: str | None = None
    admin1: str | None = None
    admin2: str | None = None
    place: str | None = None
    where_prec: int | None = None
    latitude: float | None = None
    longitude: float | None = None
    conflict_id: int | None = None
    conflict_name: str | None = None
    dyad_id: int | None = None
    dyad_name: str | None = None
    number_of_sources: int | None = None
    verification_status: str | None = None
    tags: str = "[]"
    killed_low: int | None = None
    killed_best: int | None = None
    killed_high: int | None = None
    injured_low: int | None = None
    injured_best: int | None = None
    injured_high: int | None = None


class Incident(IncidentBase, table=True):
    __tablename__ = "incidents"

    pk: int | None = Field(default=None, primary_key=True)
    figures: list["Figure"] = Relationship(back_populates="incident")
    participations: list["Participation"] = Relationship(back_populates="incident")


class IncidentPublic(IncidentBase):
    pk: int


class ParticipationBase(SQLModel):
    incident_id: int = Field(foreign_key="incidents.pk")
    actor_id: int = Field(foreign_key="actors.pk")
    role: str
    side: str | None = None
    source_id: int | None = None


class Participation(ParticipationBase, table=True):
    __tablename__ = "participations"

    pk: int | None = Field(default=None, primary_key=True)
    id: str = Field(default_factory=lambda: uuid4().hex, unique=True)
    incident: Incident = Relationship(back_populates="participations")


class ParticipationPublic(ParticipationBase):
    pk: int
    id: str


class FigureBase(SQLModel):
    incident_id: int | None = Field(default=None, foreign_key="incidents.pk")
    claimant_id: int | None = Field(default=None, foreign_key="actors.pk")
    claimant_label: str | None = None
    claimant_stance: str | None = None
    source_id: int | None = None
    said_at: str | None = None
    as_of_date: date | None = None
    as_of_prec: int | None = None
    measure: str
    measure_kind: str | None = None
    value_text: str | None = None
    value_lang: str | None = None
    qualifier: str | None = None
    amount: int | None = None
    low: int | None = None
    best: int | None = None
    high: int | None = None


class Figure(FigureBase, table=True):
    __tablename__ = "figures"

    pk: int | None = Field(default=None, primary_key=True)
    id: str = Field(default_factory=lambda: uuid4().hex, unique=True)
    incident: Incident = Relationship(back_populates="figures")


class FigureCreate(FigureBase):
    pass


class FigurePublic(FigureBase):
    pk: int
    id: str


class IncidentPublicWithClaims(IncidentPublic):
    figures: list[FigurePublic] = []
    participations: list[ParticipationPublic] = []


class MonthPublic(SQLModel):
    country: str | None
    month: str
    incidents: int


class CountPublic(SQLModel):
    total: int


def get_session() -> Iterator[Session]:
    """Give each request a session of its own."""
    with Session(engine) as session:
        yield session


SessionDep = Annotated[Session, Depends(get_session)]
Limit = Annotated[int, Query(le=1000)]
EAGER = (
    [selectinload(Incident.figures), selectinload(Incident.participations)]
    if os.environ.get("EAGER")
    else []
)

words = table("incidents_fts", column("rowid"), column("rank"))

app = FastAPI()


def some_of(statement: Any, country: str | None, since: date | None) -> Any:
    """Narrow a statement by what the query says."""
    if country is not None:
        statement = statement.where(Incident.country == country)
    if since is not None:
        statement = statement.where(Incident.date_start >= since)
    return statement


def newest() -> Any:
    """Return a statement for all incidents, the newest first."""
    return select(Incident).order_by(col(Incident.date_start).desc(), col(Incident.pk))


@app.get("/incidents/", response_model=list[IncidentPublic])
def read_incidents(
    session: SessionDep,
    country: str | None = None,
    since: date | None = None,
    offset: int = 0,
    limit: Limit = 100,
) -> Any:
    statement = some_of(newest(), country, since)
    return session.exec(statement.offset(offset).limit(limit)).all()


@app.get("/incidents/with-claims", response_model=list[IncidentPublicWithClaims])
def read_incidents_with_claims(
    session: SessionDep, country: str | None = None, offset: int = 0, limit: Limit = 100
) -> Any:
    statement = some_of(newest(), country, None).options(*EAGER)
    return session.exec(statement.offset(offset).limit(limit)).all()


@app.get("/incidents/count", response_model=CountPublic)
def count_incidents(
    session: SessionDep, country: str | None = None, since: date | None = None
) -> Any:
    statement = some_of(select(func.count()).select_from(Incident), country, since)
    return {"total": session.exec(statement).one()}


@app.get("/incidents/search", response_model=list[IncidentPublic])
def search_incidents(
    session: SessionDep, q: str, ranked: bool = False, offset: int = 0, limit: Limit = 100
) -> Any:
    # SQLAlchemy has no construct for the full text of SQLite; its documentation has text().
    statement = select(Incident).join(words, words.c.rowid == Incident.pk)
    statement = statement.where(text("incidents_fts MATCH :q"))
    statement = statement.order_by(words.c.rank if ranked else words.c.rowid)
    return session.exec(statement.offset(offset).limit(limit), params={"q": q}).all()


@app.get("/incidents/in-box", response_model=list[IncidentPublic])
def read_incidents_in_box(
    session: SessionDep, west: float, south: float, east: float, north: float, limit: Limit = 100
) -> Any:
    inside = text(
        "incidents.pk IN (SELECT pk FROM incidents_map WHERE east >= :west AND west <= :east "
        "AND north >= :south AND south <= :north)"
    )
    # The map has 32-bit floats, so the real coordinates are compared too.
    statement = newest().where(
        inside,
        col(Incident.longitude).between(west, east),
        col(Incident.latitude).between(south, north),
    )
    sides = {"west": west, "south": south, "east": east, "north": north}
    return session.exec(statement.limit(limit), params=sides).all()


@app.get("/incidents/by-month", response_model=list[MonthPublic])
def count_by_month(session: SessionDep, limit: Limit = 100) -> Any:
    month = func.substr(Incident.date_start, 1, 7)
    statement = (
        select(Incident.country, month.label("month"), func.count().label("incidents"))
        .group_by(Incident.country, month)
        .order_by(Incident.country, month)
    )
    return session.exec(statement.limit(limit)).all()


@app.get("/incidents.csv")
def read_csv(session: SessionDep) -> StreamingResponse:
    names = list(IncidentPublic.model_fields)

    def lines() -> Iterator[str]:
        buffer = StringIO()
        writer = csv.writer(buffer)
        writer.writerow(names)
        some = session.exec(newest().execution_options(yield_per=1000))
        for partition in some.partitions():
            writer.writerows([getattr(one, name) for name in names] for one in partition)
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()

    return StreamingResponse(lines(), media_type="text/csv")


@app.get("/incidents.jsonl")
def read_lines(session: SessionDep) -> Iterable[IncidentPublic]:
    yield from session.exec(newest().execution_options(yield_per=1000))


@app.get("/incidents/{pk}", response_model=IncidentPublic)
def read_incident(pk: int, session: SessionDep) -> Any:
    incident = session.get(Incident, pk)
    if not incident:
        raise HTTPException(status_code=404, detail="Incident not found")
    return incident


@app.post("/figures/", response_model=FigurePublic, status_code=201)
def create_figure(figure: FigureCreate, session: SessionDep) -> Any:
    made = Figure.model_validate(figure)
    session.add(made)
    session.commit()
    session.refresh(made)
    return made


@app.post("/figures/batch", response_model=CountPublic, status_code=201)
def create_figures(figures: list[FigureCreate], session: SessionDep) -> Any:
    made = [Figure.model_validate(figure) for figure in figures]
    session.add_all(made)
    session.commit()
    return {"total": len(made)}
