"""A Flask program with Flask-SQLAlchemy and marshmallow as their documentation teaches it.

PLAIN names the SQLite file; with EAGER the figures and actors of a page are loaded by
``selectinload`` and not, as is the default, each when it is asked for.
"""

import csv
import os
from collections.abc import Iterator
from datetime import date
from io import StringIO
from typing import Any
from uuid import uuid4

from flask import Flask, Response, jsonify, request, stream_with_context
from flask_marshmallow import Marshmallow
from flask_sqlalchemy import SQLAlchemy
from marshmallow import ValidationError
from sqlalchemy import Engine, ForeignKey, column, event, func, select, table, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, selectinload


class Base(DeclarativeBase):
    pass


db = SQLAlchemy(model_class=Base)
ma = Marshmallow()
app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{os.environ['PLAIN']}"
db.init_app(app)
ma.init_app(app)


@event.listens_for(Engine, "connect")
def enforce_foreign_keys(connection: Any, record: Any) -> None:
    """SQLite checks foreign keys only where it is told to, as SQLAlchemy's documentation says."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


class Actor(db.Model):
    __tablename__ = "actors"

    pk: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    actor_type: Mapped[str]
    country: Mapped[str | None]
    description: Mapped[str | None]


class Incident(db.Model):
    __tablename__ = "incidents"

    pk: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    summary: Mapped[str | None]
    event_type: Mapped[str | None]
    sub_event_type: Mapped[str | None]
    type_of_violence: Mapped[int | None]
    weapons: Mapped[str]
    date_start: Mapped[date]
    date_end: Mapped[date | None]
    date_prec: Mapped[int | None]
    status: Mapped[str | None]
    country: Mapped[str | None]
    region: Mapped[str | None]
    admin1: Mapped[str | None]
    admin2: Mapped[str | None]
    place: Mapped[str | None]
    where_prec: Mapped[int | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    conflict_id: Mapped[int | None]
    conflict_name: Mapped[str | None]
    dyad_id: Mapped[int | None]
    dyad_name: Mapped[str | None]
    number_of_sources: Mapped[int | None]
    verification_status: Mapped[str | None]
    tags: Mapped[str]
    killed_low: Mapped[int | None]
    killed_best: Mapped[int | None]
    killed_high: Mapped[int | None]
    injured_low: Mapped[int | None]
    injured_best: Mapped[int | None]
    injured_high: Mapped[int | None]
    figures: Mapped[list["Figure"]] = relationship(back_populates="incident")
    participations: Mapped[list["Participation"]] = relationship(back_populates="incident")


class Participation(db.Model):
    __tablename__ = "participations"

    pk: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True, default=lambda: uuid4().hex)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.pk"))
    actor_id: Mapped[int] = mapped_column(ForeignKey("actors.pk"))
    role: Mapped[str]
    side: Mapped[str | None]
    source_id: Mapped[int | None]
    incident: Mapped[Incident] = relationship(back_populates="participations")


class Figure(db.Model):
    __tablename__ = "figures"

    pk: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True, default=lambda: uuid4().hex)
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incidents.pk"))
    claimant_id: Mapped[int | None] = mapped_column(ForeignKey("actors.pk"))
    claimant_label: Mapped[str | None]
    claimant_stance: Mapped[str | None]
    source_id: Mapped[int | None]
    said_at: Mapped[str | None]
    as_of_date: Mapped[date | None]
    as_of_prec: Mapped[int | None]
    measure: Mapped[str]
    measure_kind: Mapped[str | None]
    value_text: Mapped[str | None]
    value_lang: Mapped[str | None]
    qualifier: Mapped[str | None]
    amount: Mapped[int | None]
    low: Mapped[int | None]
    best: Mapped[int | None]
    high: Mapped[int | None]
    incident: Mapped[Incident | None] = relationship(back_populates="figures")


class FigureSchema(ma.SQLAlchemyAutoSchema):
    class Meta:
        model = Figure
        include_fk = True
        load_instance = True
        sqla_session = db.session
        dump_only = ("pk", "id")


class ParticipationSchema(ma.SQLAlchemyAutoSchema):
    class Meta:
        model = Participation
        include_fk = True


class IncidentSchema(ma.SQLAlchemyAutoSchema):
    class Meta:
        model = Incident


class IncidentWithClaimsSchema(IncidentSchema):
    figures = ma.Nested(FigureSchema, many=True)
    participations = ma.Nested(ParticipationSchema, many=True)


incident_schema = IncidentSchema()
incidents_schema = IncidentSchema(many=True)
incidents_with_claims_schema = IncidentWithClaimsSchema(many=True)
figure_schema = FigureSchema()
figures_schema = FigureSchema(many=True)
EAGER = (
    [selectinload(Incident.figures), selectinload(Incident.participations)]
    if os.environ.get("EAGER")
    else []
)
words = table("incidents_fts", column("rowid"), column("rank"))


@app.errorhandler(ValidationError)
def refuse(fault: ValidationError) -> tuple[Any, int]:
    return {"errors": fault.messages}, 422


def newest() -> Any:
    """Return a statement for all incidents, the newest first, narrowed by the query."""
    statement = select(Incident).order_by(Incident.date_start.desc(), Incident.pk)
    if country := request.args.get("country"):
        statement = statement.where(Incident.country == country)
    if since := request.args.get("since", type=date.fromisoformat):
        statement = statement.where(Incident.date_start >= since)
    return statement


@app.get("/incidents")
def list_incidents() -> Any:
    page = db.paginate(newest(), max_per_page=1000)
    return {"items": incidents_schema.dump(page.items), "total": page.total, "pages": page.pages}


@app.get("/incidents/with-claims")
def list_incidents_with_claims() -> Any:
    page = db.paginate(newest().options(*EAGER), max_per_page=1000)
    items = incidents_with_claims_schema.dump(page.items)
    return {"items": items, "total": page.total, "pages": page.pages}


@app.get("/incidents/count")
def count_incidents() -> Any:
    statement = select(func.count()).select_from(newest().order_by(None).subquery())
    return {"total": db.session.scalar(statement)}


@app.get("/incidents/search")
def search_incidents() -> Any:
    # SQLAlchemy has no construct for the full text of SQLite; its documentation has text().
    ranked = request.args.get("sort") == "rank"
    statement = (
        select(Incident)
        .join(words, words.c.rowid == Incident.pk)
        .where(text("incidents_fts MATCH :q").bindparams(q=request.args["q"]))
        .order_by(words.c.rank if ranked else words.c.rowid)
    )
    page = db.paginate(statement, max_per_page=1000)
    return {"items": incidents_schema.dump(page.items), "total": page.total, "pages": page.pages}


@app.get("/incidents/in-box")
def list_incidents_in_box() -> Any:
    west, south, east, north = map(float, request.args["bbox"].split(","))
    inside = text(
        "incidents.pk IN (SELECT pk FROM incidents_map WHERE east >= :west AND west <= :east "
        "AND north >= :south AND south <= :north)"
    ).bindparams(west=west, east=east, south=south, north=north)
    # The map has 32-bit floats, so the real coordinates are compared too.
    statement = newest().where(
        inside, Incident.longitude.between(west, east), Incident.latitude.between(south, north)
    )
    page = db.paginate(statement, max_per_page=1000)
    return {"items": incidents_schema.dump(page.items), "total": page.total, "pages": page.pages}


@app.get("/incidents/by-month")
def count_by_month() -> Any:
    month = func.substr(Incident.date_start, 1, 7)
    statement = (
        select(Incident.country, month.label("month"), func.count().label("incidents"))
        .group_by(Incident.country, month)
        .order_by(Incident.country, month)
        .limit(request.args.get("limit", 100, type=int))
    )
    return jsonify([dict(row) for row in db.session.execute(statement).mappings()])


@app.get("/incidents.csv")
def export() -> Response:
    names = list(incident_schema.fields)

    def lines() -> Iterator[str]:
        buffer = StringIO()
        writer = csv.writer(buffer)
        writer.writerow(names)
        some = db.session.scalars(newest().execution_options(yield_per=1000))
        for partition in some.partitions():
            writer.writerows([getattr(one, name) for name in names] for one in partition)
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()

    return Response(stream_with_context(lines()), mimetype="text/csv")


@app.get("/incidents.ndjson")
def export_lines() -> Response:
    def lines() -> Iterator[str]:
        for incident in db.session.scalars(newest().execution_options(yield_per=1000)):
            yield f"{app.json.dumps(incident_schema.dump(incident))}\n"

    return Response(stream_with_context(lines()), mimetype="application/x-ndjson")


@app.get("/incidents/<int:pk>")
def show_incident(pk: int) -> Response:
    response = jsonify(incident_schema.dump(db.get_or_404(Incident, pk)))
    response.add_etag()
    return response.make_conditional(request)


@app.post("/figures")
def create_figure() -> Any:
    figure = figure_schema.load(request.get_json())
    db.session.add(figure)
    db.session.commit()
    return figure_schema.dump(figure), 201


@app.post("/figures/batch")
def create_figures() -> Any:
    figures = figures_schema.load(request.get_json())
    db.session.add_all(figures)
    db.session.commit()
    return {"total": len(figures)}, 201
