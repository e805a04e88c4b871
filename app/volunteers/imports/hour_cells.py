"""The columns of a spreadsheet of hours, and what a row's texts mean."""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal

from app.identity import numbers
from app.identity import sealing as citizen_sealing
from app.identity.errors import IdNumberInvalid
from app.kernel import clock
from app.kernel.fields import NUMBERS
from app.volunteers.imports import cell_texts
from app.volunteers.imports.kinds import Cells, Column, Words

COLUMNS = (
    Column("volunteer_no", "志愿者编号", ("编号", "志愿者号"), hint="与身份证号填一项即可；该列为文本格式。",
           example="3601021234567890"),
    Column("id_number", "身份证号", ("身份证号码", "证件号码", "身份证"),
           hint="没有志愿者编号的填写；该列为文本格式。"),
    Column("activity", "活动名称", ("活动", "项目名称", "服务内容"), required=True, example="社区清洁"),
    Column("place", "地点", ("服务地点", "活动地点"), hint="选填。", example="示例社区"),
    Column("served_on", "服务日期", ("日期", "活动日期"), required=True, hint="每人每天一行。", example="2026-11-20"),
    Column("begins", "开始时间", ("起始时间", "起"), hint="选填，如 09:30；填写后能核对时间重叠。", example="09:30"),
    Column("hours", "时长（小时）", ("时长", "服务时长", "小时数", "服务时长（小时）", "小时"), required=True,
           hint="如 2 或 1.5，一行最多 24。", example="2"),
    Column("unpaid", "是否无偿", ("无偿",), hint="不填为“是”。有报酬的不是志愿服务，不能导入。", example="是"),
)
NUMBER = re.compile(r"[0-9]{10,20}")
HOURS = re.compile(r"[0-9]{1,2}(?:\.[0-9]{1,4})?")
TIME = re.compile(r"([01]?[0-9]|2[0-3])[:：]([0-5][0-9])(?:[:：]00)?")
FIRST, PLACE = date(2000, 1, 1), "未注明"
LAST = date(2099, 12, 31)
NEEDED, WHO = "必填，请补上。", "志愿者编号、身份证号至少填一项。"
NUMBER_WRONG = "志愿者编号是一串数字，请核对。"
HOURS_WRONG = "请填小时数，如 2 或 1.5；一行最多 24 小时，折合须为整分钟。"
TIME_WRONG, TEXT_WRONG = "时间请写成 09:30 的样子。", "请写 1 至 100 个字，不写证件号码、手机号。"
PAID = "志愿服务是无偿的：付报酬的不能登记服务时长，请删去这一行。"


@dataclass(frozen=True)
class Served:
    """A row that is right by itself: who, by number or keyed index; `began_at` None where no time was told."""

    volunteer_no: str | None
    index: bytes | None = field(repr=False)
    activity: str
    place: str
    served_on: date
    began_at: datetime | None
    minutes: int

    @property
    def key(self) -> str:
        """The same person, day, activity and time twice in a file is one matter."""
        who = self.volunteer_no or (self.index or b"").hex()
        return f"{who}|{self.served_on}|{self.activity}|{self.began_at}"


def read(cells: Cells) -> tuple[Served | None, Words]:
    wrong = {key: NEEDED for key in ("activity", "served_on", "hours") if not cells.get(key)}
    number, index = _who(cells, wrong)
    day, minutes = _day(cells, wrong), _minutes(cells, wrong)
    began = _began(cells, day, wrong)
    for key in ("activity", "place"):
        if cells.get(key) and not _clean(cells[key]):
            wrong[key] = TEXT_WRONG
    if cell_texts.yes(cells.get("unpaid") or "是") is not True:
        wrong["unpaid"] = PAID
    if wrong or day is None or minutes is None:
        return None, wrong
    return Served(number, index, cells["activity"], cells.get("place") or PLACE, day, began, minutes), {}


def _who(cells: Cells, wrong: dict[str, str]) -> tuple[str | None, bytes | None]:
    number, identity = cells.get("volunteer_no", ""), cells.get("id_number", "")
    if not number and not identity:
        wrong["volunteer_no"] = WHO
    for key in ("volunteer_no", "id_number"):
        if cell_texts.mangled(cells.get(key, "")):
            wrong[key] = cell_texts.MANGLED_WORDS
    if number and "volunteer_no" not in wrong and not NUMBER.fullmatch(number):
        wrong["volunteer_no"] = NUMBER_WRONG
    if number or not identity or "id_number" in wrong:
        return number or None, None
    try:
        return None, citizen_sealing.identity_index(numbers.read(identity, clock.today()))
    except IdNumberInvalid as no:
        wrong["id_number"] = no.detail
        return None, None


def _day(cells: Cells, wrong: dict[str, str]) -> date | None:
    if not cells.get("served_on"):
        return None
    found = cell_texts.day(cells["served_on"])
    if found is None or not FIRST <= found <= LAST:
        wrong["served_on"] = cell_texts.DAY_WRONG
        return None
    return found


def _minutes(cells: Cells, wrong: dict[str, str]) -> int | None:
    if not cells.get("hours"):
        return None
    told = cells["hours"].removesuffix("小时").strip()
    minutes = Decimal(told) * 60 if HOURS.fullmatch(told) else Decimal(0)
    if not 1 <= minutes <= 1440 or minutes != int(minutes):
        wrong["hours"] = HOURS_WRONG
        return None
    return int(minutes)


def _began(cells: Cells, day: date | None, wrong: dict[str, str]) -> datetime | None:
    if not cells.get("begins"):
        return None
    found = TIME.fullmatch(cells["begins"])
    if found is None:
        wrong["begins"] = TIME_WRONG
        return None
    return None if day is None else datetime.combine(day, time(int(found[1]), int(found[2])),
                                                     clock.SHANGHAI).astimezone(UTC)


def _clean(text: str) -> bool:
    return 1 <= len(text) <= 100 and "\x00" not in text and not NUMBERS.search(re.sub(r"[\s-]", "", text))
