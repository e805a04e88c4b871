"""A body's approval system of another origin than ours, with a strict policy, and a browser's page there."""

from collections.abc import Callable
from typing import Any

STRICT = ("default-src 'none'; script-src {ours}; frame-src {ours}; style-src 'self'; connect-src 'none'; "
          "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
          "require-trusted-types-for 'script'; trusted-types 'none'")
PAGE = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>示例审批系统</title>
<link rel="icon" href="data:,"></head><body><h1>设立登记受理</h1><div id="incentives"></div>
<script src="{ours}/embed/v1/check.js" data-token="{token}" data-target="#incentives" data-officer="W-07"></script>
</body></html>"""


class Host:
    """The approval system's one page."""

    def __init__(self) -> None:
        self.ours, self.token = "", ""

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        start("200 OK", [("Content-Type", "text/html; charset=utf-8"), ("Referrer-Policy", "no-referrer"),
                         ("Content-Security-Policy", STRICT.format(ours=self.ours)), ("X-Frame-Options", "DENY"),
                         ("Cross-Origin-Opener-Policy", "same-origin")])
        return [PAGE.format(ours=self.ours, token=self.token).encode()]


class Watched:
    """The application, with every address and Referer that it was asked by."""

    def __init__(self, app: Any) -> None:
        self.app, self.asked = app, list[str]()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        self.asked.append(f"{environ['PATH_INFO']}?{environ['QUERY_STRING']} {environ.get('HTTP_REFERER', '')}")
        return self.app(environ, start)
