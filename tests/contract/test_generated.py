"""Calls that schemathesis makes up from /openapi.json, right and wrong ones, by those who may and by nobody.

Fails, as tried: when a refusal isn't named by its route (`refuses`), when an answer has null where its schema says
text, when a guard lets those by who show nothing, when a view breaks. (Unknown fields let through: test_hostile.py.)
"""

import math
import os
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.contract.scene import Scene
from tests.contract.signers import Signing

FULL = os.environ.get("PROOF") == "full"
CASES = 12_000 if FULL else 1_000
SEED = int(os.environ.get("CONTRACT_SEED") or (random.SystemRandom().randrange(1, 2**32) if FULL else 20261123))
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
          response_schema_conformance, negative_data_rejection, ignored_auth]


@pytest.mark.timeout(3600 if FULL else 600)
def test_every_answer_keeps_the_contract(signing: Signing, scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    schema = schemathesis.openapi.from_wsgi("/openapi.json", signing)
    operations = [found.ok() for found in schema.get_all_operations()]
    share = math.ceil(CASES / len(operations))
    answers: Counter[str] = Counter()
    broken = [told for operation in operations for told in _tried(operation, scene, share, answers)]
    with capsys.disabled():
        print(f"\n{answers.total()} generated calls, {len(operations)} operations, CONTRACT_SEED={SEED}: "
              f"{dict(sorted(Counter(key.split()[0] for key in answers.elements()).items()))}")
    assert not broken, "\n\n".join(broken)
    assert answers.total() >= CASES


def _tried(operation: Any, scene: Scene, share: int, answers: Counter[str]) -> Iterator[str]:
    """Call one operation `share` times; what broke, with how to repeat it."""
    name, security = operation.definition.raw["operationId"], operation.definition.raw["security"]
    right = scene.bodies().get(name)
    # without X-Signature a push has not even the form of one: BAD_REQUEST, before any question of who (platform.md)
    checks = [check for check in CHECKS if name != "platform_api_event" or check is not ignored_auth]

    @seed(SEED)
    @settings(max_examples=share, database=None, deadline=None, phases=[Phase.generate], print_blob=False,
              suppress_health_check=list(HealthCheck))
    @given(case=_cases(operation, scene.path(name, {one.name for one in operation.path_parameters})),
           somebody=st.sampled_from([True, True, True, False]), sound=st.booleans())
    def call(case: Any, somebody: bool, sound: bool) -> None:
        if sound and right and case.meta.generation.mode is GenerationMode.POSITIVE:
            case.body = right()
        headers = scene.headers(name, security) if somebody else {}
        answer = case.call(headers=headers)
        answers[f"{answer.status_code} {name}"] += 1
        case.validate_response(answer, checks=checks, headers=headers)

    try:
        call()
    except (Exception, BaseExceptionGroup) as failure:
        yield f"{operation.label} ({name}): {failure}"


def _cases(operation: Any, real: dict[str, str]) -> st.SearchStrategy[Any]:
    """Right and wrong calls to things that are there, and right ones to things that aren't."""
    ways = [operation.as_strategy(GenerationMode.POSITIVE, path_parameters=real)]
    if real:
        ways.append(operation.as_strategy(GenerationMode.POSITIVE))
    wrong = operation.as_strategy(GenerationMode.NEGATIVE, path_parameters=real)
    try:
        wrong.validate()
        ways.append(wrong)
    except Unsatisfiable:
        pass
    return st.one_of(ways)
