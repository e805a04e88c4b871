"""What a run prints once it is ready: where to look and who can log in."""

import json
from collections.abc import Mapping
from typing import Any

from supervisor.places import Places


def words(places: Places, env: Mapping[str, str]) -> str:
    """Addresses and the demo's people, staff and merchants; all of them are made up."""
    web, sandbox = env["PUBLIC_BASE_URL"], f"http://127.0.0.1:{env['SANDBOX_PORT']}"
    lines = [
        "信易+ is running  已启动",
        f"  API 接口文档      {web}/docs    ready? {web}/readyz",
        f"  sandbox 沙箱      {sandbox}/    WeChat and the provincial platform, played here 模拟微信与省平台",
        f"  logs 日志         {places.log}",
    ]
    if places.demo.exists():
        lines += _demo(json.loads(places.demo.read_text("utf-8")))
        lines.append(f"  all of it 全部    {places.demo}")
    lines.append("Ctrl-C ends everything  按 Ctrl-C 全部停止")
    return "\n".join(lines)


def _demo(demo: Mapping[str, Any]) -> list[str]:
    lines = ["  who can log in 可登录的人（全部虚构）:"]
    for one in demo.get("people", []):
        grade, note = one.get("grade") or "-", one.get("note", "")
        lines.append(f"    citizen 公民   {one['key']:<10} {one['name']}  {grade}  {note}")
    for one in demo.get("staff", []):
        place = one.get("organisation", "")
        lines.append(f"    staff 工作人员 {one['login']:<17} {one['password']}  {one['role']}  {place}")
    for one in demo.get("merchants", []):
        manager = one.get("manager") or {}
        login = f"{manager.get('login', '')} {manager.get('password', '')}"
        lines.append(f"    merchant 商户  {one['mchid']:<10} {one['name']}  {login}")
    return lines
