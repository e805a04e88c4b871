"""Figures by their page: the numbers of each picture stand in a table beside it, also where nothing is there yet.

Break tried: `organising.within` not asked for the place in the address.
"""

import html
import json
import re

from tests.console.browsing import words
from tests.console.league.conftest import Ground

PAGE = "/console/league/figures/"


def test_each_picture_has_its_numbers_beside_it(ground: Ground) -> None:
    page = ground.there("city", "viewer").get(PAGE)
    pictures = re.findall(r'data-chart="([^"]+)".*?<tbody>(.*?)</tbody>', page.text, re.S)
    assert len(pictures) == 6
    for drawn, beside in pictures:
        told = json.loads(html.unescape(drawn))
        rows = [re.findall(r"<t[hd][^>]*>([^<]*)</t", row) for row in beside.split("<tr>")[1:]]
        assert [row[0] for row in rows] == told["labels"]
        assert [[int(cell) for cell in row[1:]] for row in rows] == [list(each) for each in
                                                                     zip(*told["series"].values(), strict=True)]
    first = json.loads(html.unescape(pictures[0][0]))
    assert dict(zip(first["labels"], first["series"]["人数"], strict=True)) == {"东县团委": 3, "西县团委": 1}


def test_a_place_below_and_none_beside(ground: Ground) -> None:
    city, east = ground.there("city"), ground.there("east")
    school, west = (str(getattr(ground.league, name).organisation_id) for name in ("school", "west"))
    assert "还没有登记的志愿者" in words(east.get(f"{PAGE}?place={school}"))
    assert city.get(f"{PAGE}?place={west}").status_code == 200
    for place in (west, "x", "00000000-0000-0000-0000-000000000000"):
        assert east.get(f"{PAGE}?place={place}").status_code == 404
