"""`python -m config` prints the reference page of the settings (docs/reference/settings.md)."""

from config.settings import SETTINGS, Setting

HEAD = """# Settings

Made by `python -m config > docs/reference/settings.md`; a test fails where it isn't up to date.
Each is an environment variable; a secret may also be given by the file that `NAME_FILE` names.
Production (`XINYI_ENV=production`, the default) refuses to start while a *needed* one is missing or insecure.

| setting | type | default | in development | secret | needed | why |
| --- | --- | --- | --- | --- | --- | --- |
"""


def page() -> str:
    return HEAD + "".join(_row(setting) for setting in SETTINGS)


def _row(s: Setting) -> str:
    kind = " \\| ".join(s.choices) if s.choices else s.kind
    if s.low is not None:
        kind += f" {s.low}–{s.high}"
    cells = [f"`{s.name}`", kind, _shown(s.default), _shown(s.development),
             "yes" if s.secret else "", "yes" if s.needed else "", s.why]
    return "| " + " | ".join(cells) + " |\n"


def _shown(value: object) -> str:
    if isinstance(value, dict):
        value = ",".join(f"{name}={told}" for name, told in value.items())
    return "" if value in (None, "") else f"`{value}`"


if __name__ == "__main__":
    print(page(), end="")
