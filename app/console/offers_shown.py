"""The page of one offer, for its merchant and for operators: its content, how its places go, who did what."""

from datetime import timedelta
from typing import Any

from werkzeug import Response

from app.benefits import counting, quotas, showing, turning
from app.console import cells
from app.console.answering import page
from app.console.tables import plain
from app.kernel import clock
from app.merchants import queries as merchants
from app.staff import queries as staff

STATES = {"draft": "草稿", "review": "待审核", "live": "已上线", "paused": "已暂停", "ended": "已结束"}
LOOKS = {"draft": "", "review": "wait", "live": "good", "paused": "wait", "ended": "bad"}
MOVES = {"make": "新建", "change": "修改", "submit": "提交审核", "take_back": "撤回", "approve": "审核通过",
         "give_back": "退回修改",
         "open": "上线", "pause": "暂停", "resume": "恢复", "end": "结束", "quota": "调整名额"}
PERIODS = {"week": "周", "month": "月", "year": "年"}


def detail(offer: Any, *, acts: list[tuple[str, str, str]], ours: bool, **told: Any) -> Response:
    """`acts`: (words, address, look) of what may be done; `ours`: an operator reads it, who sees whose it is and
    names of staff.
    """
    days = counting.burn_down(offer)
    series: dict[str, list[int]] = {"当日发放": [each.claimed for each in days]}
    if offer.quota_total is not None:
        series["剩余名额"] = [each.left or 0 for each in days]
    return page("offer.html", title=offer.title, shown=offer, facts=_facts(offer, ours), acts=acts,
                terms={each["label"]: each["value"] for each in showing.offer_detail(offer)["terms"]},
                days=[f"{each.day:%m-%d}" for each in days], series=series,
                steps=[(MOVES.get(step.move, step.move), _who(step.actor, ours), plain(step.at), step.note)
                       for step in turning.steps(offer.id)], **told)


def _facts(offer: Any, ours: bool) -> dict[str, Any]:
    left, last = quotas.left(offer), clock.shanghai_day(offer.closes_at - timedelta(microseconds=1))
    told = {
        "商户": merchants.get(offer.merchant_id).name if ours else None,
        "状态": cells.badge(STATES[offer.state], LOOKS[offer.state]), "说明": offer.summary,
        "service_id": offer.service_id, "权益编号": offer.code, "联合激励编号": offer.initiative_no,
        "适用地区": offer.region, "适用门店": "、".join(offer.store_codes) or "全部门店",
        "开放领取": f"{clock.shanghai_day(offer.opens_at)} 至 {last}",
        "领取后有效": f"{offer.valid_days} 天", "每次减免上限（元）": cells.yuan(offer.value_fen),
        "总名额": "不限" if left is None else f"{offer.quota_total}（已发放 {offer.granted}，剩余 {left}）",
        "每日名额": offer.quota_per_day, "每人次数": offer.quota_per_person,
        f"每人每{PERIODS[offer.period_kind]}次数": offer.quota_per_period}
    return {label: value for label, value in told.items() if value is not None}


def _who(actor: str, ours: bool) -> str:
    """A merchant reads its own people's log-ins, and of ours only that it was us."""
    if ours or actor.startswith("merchant:"):
        return staff.named(actor).removeprefix("merchant:")
    return "信易+ 运营方"
