"""What people write into cells, read generously: days, yes and no."""

import re
from datetime import date

DAY = re.compile(r"([0-9]{4})(?:-|/|\.|年)([0-9]{1,2})(?:-|/|\.|月)([0-9]{1,2})日?|([0-9]{4})([0-9]{2})([0-9]{2})")
YES, NO = {"是", "有", "√", "y", "yes", "true", "1"}, {"", "否", "无", "×", "n", "no", "false", "0"}
DAY_WRONG, YES_WRONG = "日期请写成 2026-09-01 的样子。", "请填“是”或“否”。"
MANGLED = re.compile(r"[0-9](?:\.[0-9]+)?E\+?[0-9]+", re.IGNORECASE)
MANGLED_WORDS = "号码被表格软件改成了科学计数，末几位已丢失；请把该列设为“文本”格式后重新填写。"


def day(text: str) -> date | None:
    """2026-09-01, 2026/9/1, 2026.9.1, 2026年9月1日, 20260901; None for all else."""
    found = DAY.fullmatch(text.removesuffix(" 00:00"))
    if found is None:
        return None
    year, month, of_month = (int(each) for each in found.groups() if each is not None)
    try:
        return date(year, month, of_month)
    except ValueError:
        return None


def yes(text: str) -> bool | None:
    """None for what is neither yes nor no; nothing is no."""
    told = text.lower()
    return True if told in YES else False if told in NO else None


def mangled(text: str) -> bool:
    """Whether a spreadsheet has made a number of what was a long row of digits."""
    return bool(MANGLED.fullmatch(text))
