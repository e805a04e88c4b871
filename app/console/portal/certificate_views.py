"""Anybody checks a certificate. The QR code's address holds its number; what identifies a person is POSTed."""

from flask import request
from flask.typing import ResponseReturnValue

from app.console.forms import Form
from app.console.portal.answering import PublicPages, shown
from app.console.portal.schemas import Check
from app.kernel.beats import on_the_beat
from app.kernel.guarding import public
from app.volunteers.certificates import checking as checking_certificates
from app.volunteers.certificates import texts as certificate_text
from app.volunteers.certificates.checking import Paper
from app.volunteers.certificates.errors import CertificateCheckFailed

pages = PublicPages("certificates")
STATES = {"issued": ("有效", "good"), "voided": ("已作废", "bad"), "superseded": ("已换发，不再有效", "bad")}


@pages.route("", methods=["GET", "POST"])
@public
def check() -> ResponseReturnValue:
    number = certificate_text.read_number(request.args.get("number", "")[:40])
    form = Form(Check(), {"number": certificate_text.shown_number(number) if number else ""})
    if request.method == "POST" and form.submit(request.form, lambda told: _looked(
            told["number"], told["tail"], told.get("name", ""))):
        words, look = STATES[form.result.state]
        return shown("certificate.html", title="证明查验结果", paper=form.result, text=form.result.text, state=words,
                     look=look, told=certificate_text)
    form.given.pop("tail", None)
    return shown("check.html", form.status, title="志愿服务记录证明查验", form=form)


@on_the_beat(CertificateCheckFailed)
def _looked(number: str, tail: str, name: str) -> Paper:
    """Every no leaves on a beat: how long it took says nothing of which part was wrong."""
    return checking_certificates.look(number, tail, name, request.remote_addr)
