"""Invented rows under the public column names of data sets whose rows may not be passed on.

No place, actor, medium or event in them exists.
"""

from typing import Any, Final

_ACLED: Final = {
    "event_id_cnty": "SYR900001",
    "event_date": "2024-03-05",
    "year": "2024",
    "time_precision": "1",
    "disorder_type": "Political violence",
    "event_type": "Battles",
    "sub_event_type": "Armed clash",
    "actor1": "Invented Front",
    "assoc_actor_1": "Invented Youth Wing; Invented Scouts",
    "inter1": "Rebel group",
    "actor2": "Military Forces of Exampleland (2000-)",
    "assoc_actor_2": "",
    "inter2": "State forces",
    "interaction": "State forces-Rebel group",
    "civilian_targeting": "",
    "iso": "760",
    "region": "Middle East",
    "country": "Syria",
    "admin1": "Example Governorate",
    "admin2": "Example District",
    "admin3": "Example Subdistrict",
    "location": "Exampleville",
    "latitude": "36.5",
    "longitude": "40.75",
    "geo_precision": "2",
    "source": "Example Gazette; Invented Radio",
    "source_scale": "Subnational-National",
    "notes": "On 5 March 2024, invented people fought over nothing at Exampleville.",
    "fatalities": "12",
    "tags": "crowd size=no report",
    "timestamp": "1710000000",
    "population_best": "1234",
}
_OLD: Final = {
    "data_id": "7000001",
    "iso": "760",
    "event_id_cnty": "SYR900002",
    "event_id_no_cnty": "900002",
    "event_date": "23 January 2012",
    "year": "2012",
    "time_precision": "2",
    "event_type": "Violence against civilians",
    "sub_event_type": "Attack",
    "actor1": "Invented Militia",
    "assoc_actor_1": "",
    "inter1": "3",
    "actor2": "Civilians (Exampleland)",
    "assoc_actor_2": "Teachers (Exampleland)",
    "inter2": "7",
    "interaction": "37",
    "region": "Middle East",
    "country": "Syria",
    "admin1": "Example Governorate",
    "admin2": "",
    "admin3": "",
    "location": "Exampleton",
    "latitude": "36.25",
    "longitude": "40.5",
    "geo_precision": "3",
    "source": "Example Gazette",
    "source_scale": "National",
    "notes": "Invented militiamen attacked invented people.",
    "fatalities": "7",
    "timestamp": "1580000000",
    "iso3": "SYR",
}


def acled(**cells: Any) -> dict[str, Any]:
    """Return a row as exports of ACLED have it since 2025."""
    return _ACLED | cells


def old_acled(**cells: Any) -> dict[str, Any]:
    """Return a row as exports of ACLED had it before."""
    return _OLD | cells
