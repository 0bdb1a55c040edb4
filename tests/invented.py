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


_GTD: Final = {
    "eventid": "202403050001",
    "iyear": "2024",
    "imonth": "3",
    "iday": "5",
    "approxdate": "",
    "extended": "0",
    "resolution": "",
    "country": "200",
    "country_txt": "Syria",
    "region": "10",
    "region_txt": "Middle East & North Africa",
    "provstate": "Example Governorate",
    "city": "Exampleville",
    "latitude": "36.5",
    "longitude": "40.75",
    "specificity": "1",
    "vicinity": "0",
    "location": "Near an invented bridge.",
    "summary": "03/05/2024: Invented assailants attacked an invented post.",
    "crit1": "1",
    "doubtterr": "0",
    "success": "1",
    "suicide": "0",
    "attacktype1": "3",
    "attacktype1_txt": "Bombing/Explosion",
    "attacktype2_txt": "",
    "targtype1_txt": "Military",
    "corp1": "Invented Guard",
    "target1": "Post of Somebody Invented",
    "target2": "",
    "target3": "",
    "gname": "Invented Brigade",
    "gname2": "",
    "guncertain1": "0",
    "guncertain2": "",
    "individual": "0",
    "nperps": "-99",
    "nperpcap": "0",
    "claimed": "1",
    "claim2": "",
    "weaptype1_txt": "Explosives",
    "weapsubtype1_txt": "Landmine",
    "weaptype2_txt": "",
    "weapsubtype2_txt": "",
    "nkill": "5",
    "nkillus": "0",
    "nkillter": "2",
    "nwound": "3",
    "nwoundus": "0",
    "nwoundte": "0",
    "ishostkid": "0",
    "nhostkid": "",
    "nhostkidus": "",
    "nreleased": "",
    "scite1": '"Five Killed at a Post," Example Gazette, March 6, 2024.',
    "scite2": "Invented Radio, a broadcast of the next morning",
    "scite3": "",
    "dbsource": "START Primary Collection",
    "INT_ANY": "0",
    "related": "",
}


def gtd(**cells: Any) -> dict[str, Any]:
    """Return a row as the GTD has it, with some of its columns."""
    return _GTD | cells
