"""`flask platform`: try every call of the province's platform and say what came of it; show the breakers."""

import json
from dataclasses import asdict
from typing import Any

import click
from flask.cli import AppGroup

from app.gateways import health
from app.gateways.access import platform
from app.gateways.platform.probing import Tried, attempt, probes
from app.kernel import clock, sm2
from app.kernel.settings import settings

platform_cli = AppGroup("platform", help="The provincial platform: try every call, see what is held back.")
NO_CALL = "4.x 之外：省平台推送事件由其主动发起，无法代为尝试；接收地址 {url}，请由省平台侧推送一次联调。"


@platform_cli.command("check")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def check(as_json: bool) -> None:
    """Try each call of 4.1 to 4.8, touching nobody; status 1 where one failed."""
    told = _ground()
    if not as_json:
        _say_ground(told)
    client, done = platform().insisting(), []
    for probe in probes(client):
        tried = attempt(probe)
        done.append(tried)
        if not as_json:
            _say(tried)
    told["clock_difference_s"] = health.clock_difference()
    told["calls"], told["ok"] = [asdict(tried) for tried in done], all(tried.ok for tried in done)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        _say_end(told, sum(not tried.ok for tried in done))
    raise SystemExit(0 if told["ok"] else 1)


@platform_cli.command("breakers")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def breakers(as_json: bool) -> None:
    """Each call's breaker, the windows in force, the alarms; status 1 where anything is held back or alarmed."""
    told, holds, alarms = health.breakers(), health.holds(), health.alarms()
    if as_json:
        click.echo(json.dumps({"breakers": [asdict(one) for one in told], "holds": [asdict(one) for one in holds],
                               "alarms": alarms}, ensure_ascii=False, indent=1, default=str))
    else:
        for one in told:
            more = f"  {one.retry_in_s:g} s  {one.code}" if one.state != "closed" else ""
            click.echo(f"{one.call:20} {one.state:10} {one.failures:3}{more}")
        for hold in holds:
            click.echo(f"held {hold.call:15} {hold.code}  until {clock.rfc3339(hold.until)}")
        for alarm in alarms:
            click.echo(alarm)
    raise SystemExit(1 if holds or alarms or any(one.state != "closed" for one in told) else 0)


def _ground() -> dict[str, Any]:
    keys = platform().keys()
    return {
        "base_url": settings().PLATFORM_BASE_URL, "suite": keys.suite.name,
        "sm2_by": sm2.back_end() if keys.suite.name == "SM2-SM3" else None,
        "client_key_id": keys.client_key_id, "platform_key_ids": sorted(keys.platform_public),
        "data_key_id": keys.data_key_id, "data_key_ids": sorted(keys.data_keys), "alarms": health.alarms()}


def _say_ground(told: dict[str, Any]) -> None:
    by = f"（SM2 由 {told['sm2_by']} 计算）" if told["sm2_by"] else ""
    click.echo(f"省平台地址  {told['base_url']}")
    click.echo(f"签名套件    {told['suite']}{by}")
    click.echo(f"密钥编号    签名 {told['client_key_id']}；省平台公钥 {'、'.join(told['platform_key_ids'])}；"
               f"加密 {told['data_key_id']}（可解 {'、'.join(told['data_key_ids'])}）")
    for alarm in told["alarms"]:
        click.echo(f"告警        {alarm}")


def _say(tried: Tried) -> None:
    click.echo(f"{'通过' if tried.ok else '失败'}  {tried.section} {tried.name}：{tried.did}")
    click.echo(f"      应答 {tried.outcome}，{tried.took_ms} 毫秒。{tried.means}。")
    if tried.todo:
        click.echo(f"      处理：{tried.todo}。")


def _say_end(told: dict[str, Any], failed: int) -> None:
    click.echo(NO_CALL.format(url=f"{settings().PUBLIC_BASE_URL}/platform/v1/events"))
    difference = told["clock_difference_s"]
    click.echo("时钟差      未知（没有得到有效应答）" if difference is None else
               f"时钟差      省平台减本机 {difference} 秒（允许 300 秒以内）")
    click.echo(f"结论        {failed} 个接口未通过" if failed else "结论        全部通过")
