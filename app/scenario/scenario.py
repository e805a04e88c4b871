"""A scenario that passed every check: its words, forms, rules and life, as the core reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from marshmallow import Schema

from app.kernel import clock
from app.scenario import forms
from app.scenario.conditions import as_conditions, conditions_digest, facts_of, whys_of
from app.scenario.contract import Conditions, Document, Kind, Life
from app.scenario.facts import FACTS
from app.scenario.manifest import Commitment, Manifest, Word

Terms = Mapping[str, Any]


class BrokenRules(Exception):
    """An offer's terms lead the rules where no check went: to an unlisted fact, to a reason without words."""


@dataclass(frozen=True)
class Scenario:
    """One plugin, whole. `terms` are always those that `load_terms` gave."""

    manifest: Manifest
    folder: Path
    terms_schema: type[Schema]
    life: Life
    examples: Sequence[Terms]
    rules: Callable[[Terms], object] = field(repr=False)
    form_schema: type[Schema] | None = None
    document_rules: Callable[[Terms, Terms], Sequence[Document]] | None = field(default=None, repr=False)

    @property
    def id(self) -> str:
        """The folder's name, too, and the platform's name for the scenario."""
        return self.manifest.id

    @property
    def kind(self) -> Kind:
        """Voucher, order or application."""
        return self.manifest.kind

    # what an offer asks

    def conditions(self, terms: Terms) -> Conditions:
        """What must hold for an offer with these terms; BrokenRules where the plugin says what it may not."""
        conditions = as_conditions(self.rules(terms))
        if strange := facts_of(conditions) - FACTS.keys():
            raise BrokenRules(f"{self.id} reads {', '.join(sorted(strange))}, not on the whitelist")
        if wordless := whys_of(conditions) - self.manifest.words.keys():
            raise BrokenRules(f"{self.id} has no words for {', '.join(sorted(wordless))}")
        return conditions

    def facts(self, terms: Terms) -> frozenset[str]:
        """The facts that an offer with these terms needs."""
        return facts_of(self.conditions(terms))

    def scopes(self, terms: Terms) -> frozenset[str]:
        """The consents that an offer with these terms needs: those of its facts and of the manifest."""
        asked = {FACTS[name].scope for name in self.facts(terms)}
        return frozenset(scope for scope in asked if scope is not None) | self.manifest.scopes

    def rule_version(self, terms: Terms) -> str:
        """`<manifest version>+<first 16 of the conditions' digest>`: which rules a decision was made by."""
        return f"{self.manifest.version}+{conditions_digest(self.conditions(terms))[:16]}"

    def word(self, why: str) -> Word:
        """The words of a reason; BrokenRules where there are none."""
        try:
            return self.manifest.words[why]
        except KeyError:
            raise BrokenRules(f"{self.id} has no words for {why}") from None

    # forms

    def terms_form(self, grades: Mapping[str, str]) -> list[dict[str, Any]]:
        """The console's form of the terms; `grades` are the labels by grade, best first."""
        return forms.describe(self.terms_schema, self._choices({}, grades))

    def load_terms(self, raw: Mapping[str, object], grades: Mapping[str, str]) -> dict[str, Any]:
        """Checked terms, JSON-able; marshmallow's ValidationError where something is wrong."""
        return forms.load(self.terms_schema, raw, self._choices({}, grades))

    def form_fields(self, terms: Terms) -> list[dict[str, Any]]:
        """The form that the citizen fills in at the claim; empty where the scenario asks nothing."""
        return [] if self.form_schema is None else forms.describe(self.form_schema, self._choices(terms, {}))

    def load_form(self, raw: Mapping[str, object], terms: Terms) -> dict[str, Any]:
        """The citizen's checked answers, JSON-able; without a form, anything said is a ValidationError."""
        return forms.load(self.form_schema or Schema, raw, self._choices(terms, {}))

    # applications

    def documents(self, terms: Terms, form: Terms) -> tuple[Document, ...]:
        """Which documents an application with this form takes, and which of them may come later."""
        return () if self.document_rules is None else tuple(self.document_rules(terms, form))

    def commitment(self, terms: Terms) -> Commitment | None:
        """The undertaking that the terms choose by `template_version`, else the last; None without one.

        BrokenRules where the chosen version is gone: what offers still name has to stay in the folder.
        """
        versions = {each.version: each for each in self.manifest.commitments}
        if not versions:
            return None
        wanted = terms.get("template_version", self.manifest.commitments[-1].version)
        if wanted not in versions:
            raise BrokenRules(f"{self.id} has no commitment of version {wanted}")
        return versions[wanted]

    # time

    def hold_minutes(self, terms: Terms) -> int | None:
        """How long a claim is held unused; None: as long as the offer."""
        hold = self.manifest.hold_minutes
        return terms.get(hold) if isinstance(hold, str) else hold

    def valid_to(self, terms: Terms, at: datetime, offer_ends: datetime) -> datetime:
        """Until when what comes into hand at `at` can be used: the first of offer's end, hold and year's end.

        The moment itself no longer counts. The year is that of Asia/Shanghai.
        """
        ends = [offer_ends]
        if (hold := self.hold_minutes(terms)) is not None:
            ends.append(at + timedelta(minutes=hold))
        if self.manifest.yearly:
            ends.append(clock.day_start(date(clock.shanghai_day(at).year + 1, 1, 1)))
        return min(ends)

    def _choices(self, terms: Terms, grades: Mapping[str, str]) -> forms.Choices:
        def choices(source: str) -> Sequence[tuple[str, str]]:
            if source == "grades":
                return list(grades.items())
            if source == "commitments":
                return [(each.version, each.version) for each in self.manifest.commitments]
            return [(str(value), str(value)) for value in terms.get(source.removeprefix("terms."), ())]

        return choices
