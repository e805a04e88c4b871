"""The texts: complete by law, filled without gaps, and never edited once published."""

import hashlib

import pytest

from app.consent import wording

WORDS = {"operator": "运营方", "platform": "省平台", "provider": "某店", "scenario": "信易租", "purpose": "为办理权益",
         "recipient": "示例团省委", "days": "365", "keep_days": "30", "stale_days": "7"}
# A published text is never edited: people agreed to exactly this. A change is a new version, and a new line here.
PUBLISHED = {
    "grade.nomination.1.txt": "5cfb8fe38492e2c8249332bda38a9388bb2513472080b19c5424e2598a8de58e",
    "list.publish.1.txt": "0ff38b6c45193701a0ab4f2f6bd58e18dda5b19b434650233d05f438f206433a",
    "grade.read.1.txt": "8419e160d11bc025d89f31d8c6a5c9179964f46c8815861e69dc58ca6f9c8238",
    "report.read.1.txt": "247fb65fed04ccaf4b6ed885449c968e51e758560171606741357daa76f59711",
    "usage.report.1.txt": "c8f08a1aee6978ae47e703c3df908606aa888ba0ec198d71843f934a1ff7da82",
    "volunteer.read.1.txt": "47eaed4679c640778103000cea3b2309f0713e50ad3abc430520e02adba6667c",
}


def test_published_files_are_as_they_were_published():
    """Break: any character of a file changed."""
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in wording.FOLDER.iterdir()}
    assert found == PUBLISHED


@pytest.mark.parametrize("scope", ["grade.nomination", "grade.read", "list.publish", "report.read", "usage.report",
                                   "volunteer.read"])
def test_a_text_says_all_that_the_law_asks_for(scope):
    """PIPL 14, 16, 17, 23, 29: who, what, why, to whom, how long, how to withdraw, that refusing costs nothing."""
    text = wording.fill(scope, WORDS).text
    for said in ("单独", "个人信息处理者：运营方", "为办理权益", "授权期限", "365天", "撤回", "立即生效",
                 "没有任何不利后果", "普通方式", "敏感个人信息", "有权"):
        assert said in text, said
    assert "{" not in text
    assert not text.endswith("\n")


def test_the_digest_is_of_the_exact_text():
    filled = wording.fill("grade.read", WORDS)
    assert filled.digest == hashlib.sha256(filled.text.encode("utf-8")).hexdigest()
    assert filled.digest != wording.fill("grade.read", {**WORDS, "provider": "另一店"}).digest


def test_what_the_provider_learns_is_said():
    text = wording.fill("grade.read", WORDS).text
    assert "某店（联系方式见权益详情页），只在您出示或办理时得知“可以”或“不可以”" in text


def test_a_gap_is_an_error_and_never_shown():
    with pytest.raises(KeyError):
        wording.fill("grade.read", {})
