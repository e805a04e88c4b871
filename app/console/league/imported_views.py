"""An import as its page shows it."""

from typing import Any

from flask import url_for

from app.console.parts import Act, Section, Tile
from app.volunteers.imports import papers as import_papers
from app.volunteers.imports import queries as import_queries
from app.volunteers.imports import sheets as import_sheets
from app.volunteers.imports.kinds import Kind
from app.volunteers.imports.queries import Import
from app.volunteers.imports.sheet_errors import BY_CODE, SheetRefused

STATES = {"reading": "正在读取", "refused": "未接受", "mapping": "待确认列", "checking": "正在核对",
          "ready": "待确认导入", "writing": "正在导入", "done": "已导入", "undoing": "正在撤销", "undone": "已撤销",
          "dropped": "已放弃"}
BADGES = {"done": "good", "refused": "bad", "mapping": "wait", "ready": "wait"}
CHOICES = {"all": "所有行都没有问题才导入：写入途中发现问题的，已写入的会自动撤销。",
           "valid": "只导入没有问题的行，有问题的行不写入，可以下载后改好再导入。"}
OUTCOMES = {"new": "新增", "changed": "变更", "same": "一致", "wrong": "有问题"}
STEPS = {"上传": ("reading", "refused"), "对应列": ("mapping",), "预览": ("checking", "ready", "dropped"),
         "导入": ("writing",), "完成": ("done", "undoing", "undone")}
LISTED = 100
WHOLE = 20_000  # rows of which a whole copy is written while somebody waits


def steps(job: Import) -> list[tuple[str, bool]]:
    """Each step's words, and whether it is this one."""
    return [(words, job.state in states) for words, states in STEPS.items()]


def seen(job: Import) -> dict[str, int]:
    return job.counts.get("seen") or dict.fromkeys(OUTCOMES, 0)


def became(job: Import) -> dict[str, int]:
    return job.counts.get("became") or dict.fromkeys(OUTCOMES, 0)


def line(job: Import) -> str:
    """新增 12 · 变更 3"""
    told = became(job) if job.state in {"done", "undoing", "undone"} else seen(job)
    return " · ".join(f"{words} {told[name]}" for name, words in OUTCOMES.items() if told.get(name))


def shown(job: Import, kind: Kind) -> dict[str, Any]:
    """Within the scope: alarms, text, tiles, sections, acts for the template."""
    if job.state == "refused":
        return {"alarms": [_refusal(job)], "acts": [Act("重新上传", url_for(".upload", kind=kind.name))]}
    if job.state == "mapping":
        return {"text": "有必填的列没有认出来，请选择它们在表格中的位置。",
                "acts": [Act("选择列", url_for(".columns", import_id=job.id)), _drop(job)]}
    if job.state == "ready":
        return _preview(job, kind)
    if job.state in {"done", "undone"}:
        return _result(job, kind)
    return {}


def _preview(job: Import, kind: Kind) -> dict[str, Any]:
    told = seen(job)
    right, acts = job.rows - told["wrong"], []
    if not told["wrong"]:
        acts.append(_commit(job, f"导入全部 {right:,} 行", "all"))
    elif right:
        acts.append(_commit(job, f"只导入没有问题的 {right:,} 行", "valid"))
    acts += [Act("调整列的对应", url_for(".columns", import_id=job.id)), _drop(job)]
    return {"text": "还没有写入。请核对下面的结果，再决定是否导入。", "tiles": _tiles(told), "acts": acts,
            "sections": [*_problems(job, kind), *_changes(job, kind), _mapping(job, kind)]}


def _commit(job: Import, words: str, choice: str) -> Act:
    return Act(words, url_for(".commit", import_id=job.id, choice=choice), asks=True)


def _result(job: Import, kind: Kind) -> dict[str, Any]:
    told = became(job)
    if job.state == "undone":
        left = job.counts.get("left", 0)
        tiles = [Tile("已撤销", told["new"] + told["changed"] - left), Tile("保留", left, trouble=bool(left))]
        rows = [(str(number), why) for number, why in import_queries.left(job.id, LISTED)]
        stopped = job.written < job.chunks
        text = "导入途中发现有问题的行，按所选的“全部导入”已整次撤销。" if stopped else "这次导入已撤销。"
        kept = [Section("保留未撤销的行", head=("原行号", "原因"), rows=rows)] if rows else []
        return {"text": text, "tiles": tiles, "sections": kept}
    undo = Act("撤销整次导入", url_for(".undo", import_id=job.id), asks=True, danger=True)
    acts = [undo] if job.data_key else []
    return {"tiles": _tiles(told), "acts": acts, "sections": _problems(job, kind)}


def _tiles(told: dict[str, int]) -> list[Tile]:
    return [Tile(words, told[name], trouble=name == "wrong" and bool(told[name])) for name, words in OUTCOMES.items()]


def _problems(job: Import, kind: Kind) -> list[Section]:
    rows = [(str(number), import_sheets.said(kind, words))
            for number, words in import_queries.words(job.id, "wrong", LISTED)]
    if not rows:
        return []
    files = [Act("下载有问题的行", url_for(".problems", import_id=job.id, which="rows"))]
    if job.rows <= WHOLE:
        files.append(Act("下载整张表（标注问题）", url_for(".problems", import_id=job.id, which="sheet")))
    return [Section("有问题的行", text=f"最多列出前 {LISTED} 行。改好后重新上传即可，已导入的行不会重复。",
                    head=("原行号", "问题"), rows=rows, buttons=files if job.data_key else ())]


def _changes(job: Import, kind: Kind) -> list[Section]:
    rows = [(str(number), import_sheets.said(kind, words))
            for number, words in import_queries.words(job.id, "changed", LISTED)]
    if not rows:
        return []
    return [Section("将变更的行", text=f"最多列出前 {LISTED} 行。", head=("原行号", "变更"), rows=rows)]


def _mapping(job: Import, kind: Kind) -> Section:
    head, used = import_papers.head_of(job), job.mapping or {}
    facts = {column.label: head[used[column.key]] for column in kind.columns if column.key in used}
    unused = [text for place, text in enumerate(head) if place not in used.values() and text]
    return Section("列的对应", facts=facts, text=f"没有用到的列：{'、'.join(unused)}" if unused else "")


def _refusal(job: Import) -> str:
    refusal = BY_CODE.get((job.refusal or "").removeprefix("SHEET_"), SheetRefused)
    return refusal.detail + (f"（第 {job.refused_row} 行）" if job.refused_row else "")


def _drop(job: Import) -> Act:
    return Act("放弃", url_for(".drop", import_id=job.id), asks=True, danger=True)
