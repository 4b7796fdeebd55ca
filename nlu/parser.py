"""The in-process parser: no server, trained in seconds from the Rasa project's files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from nlu.canon import clean
from nlu.extract import Readings
from nlu.gazetteer import Gazetteer
from nlu.messages import ACTS, Entity, Parse, PatientMention
from nlu.model import Model, Understood
from nlu.notes import without_note
from nlu.project import HOME

_WHO = frozenset(("patient_name", "patient_id"))
_WHERE_WHEN = frozenset(("hospital", "period", "date"))
_DOCUMENTS = _WHERE_WHEN | {"document_type", "ordinal"}
_RESULTS = _WHERE_WHEN | {"observation", "document_type"}
_USEFUL = {
    "get_hospital_visits": _WHERE_WHEN,
    "get_documents_from_hospital": _DOCUMENTS,
    "get_document": _DOCUMENTS,
    "select_patient": frozenset(("ordinal", "date", "period")),
    "get_latest_vitals": _RESULTS,
    "get_lab_result": _RESULTS,
    "get_allergies": frozenset(("hospital",)),
    "get_medications": _WHERE_WHEN,
    "get_diagnoses": _WHERE_WHEN,
    "record_measurement": frozenset(("observation", "value", "date")),
    "next": frozenset(("ordinal",)),
    "previous": frozenset(("ordinal",)),
    "repeat": frozenset(("ordinal",)),
}
"""The entities that each intent can use, beside who it is about."""


class InProcessParser:
    """Implements :class:`nlu.messages.Parser`: a trained model and one roster."""

    def __init__(self, model: Model, gazetteer: Gazetteer, today: Callable[[], date]) -> None:
        self._model = model
        self._gazetteer = gazetteer
        self._extractor = model.extractor(gazetteer, today)

    @classmethod
    def load(
        cls,
        gazetteer: Gazetteer,
        today: Callable[[], date] = date.today,
        home: Path = HOME,
    ) -> InProcessParser:
        """Train from the Rasa project in ``home``; raises :class:`nlu.project.ProjectError`."""
        return cls(Model.load(home), gazetteer, today)

    def parse(self, text: str, alternatives: Sequence[str] = ()) -> Parse:
        """Read ``text``; the other recognitions have their say on the intent and on a name."""
        return self.read(self.readings(text, alternatives))

    def readings(self, text: str, alternatives: Sequence[str] = ()) -> Readings:
        """The first half of :meth:`parse`: entities, and the words with entities masked."""
        return Readings(self._extractor, text, alternatives)

    def read(self, readings: Readings, intent: str | None = None) -> Parse:
        """The second half of :meth:`parse`; with ``intent`` given, as that intent reads it."""
        understood = self._model.intent(readings) if intent is None else Understood(intent, 0.0)
        found = self._settle(readings)
        entities = _fitting(understood.intent, found)
        if understood.intent == "add_note":  # nothing in a note's words tells whose it is
            outside = Readings(
                self._extractor,
                without_note(clean(readings.text)),
                [without_note(clean(text)) for text in readings.alternatives],
            )
            entities = _fitting("add_note", self._settle(outside))
        doubt = understood.doubt if understood.intent in ACTS else None
        if "select_patient" in (understood.intent, doubt):
            doubt = None  # to choose whom reads nothing, and who is asked about is chosen as well
        return Parse(
            clean(readings.text),
            understood.intent,
            round(understood.confidence, 4),
            entities,
            disagreement=self.read(readings, doubt) if doubt else None,
            unexplained=self._model.unexplained(readings.first),
            like_surname=readings.first.like_surname,
            beside=tuple(entity for entity in found if entity not in entities),
            unsaid=readings.first.unsaid,
            refused=readings.first.refused,
        )

    def _settle(self, readings: Readings) -> tuple[Entity, ...]:
        """Let the other recognitions speak on the patient's name.

        A name that is uncertain becomes certain where they agree on one of its candidates and say
        more than a surname, or on the one that is likelier than all others: two who are named in
        one breath stay two. It becomes uncertain where they name another, and a man's surname
        alone where any of them doesn't have it: the ending of a woman's may not have been heard.
        """
        first = readings.first
        mine = next((e for e in first.entities if isinstance(e.value, PatientMention)), None)
        if mine is None or not isinstance(mine.value, PatientMention):
            return first.entities
        sure = [
            (entity, entity.value)
            for other in readings.others()
            for entity in other.entities
            if isinstance(entity.value, PatientMention)
            and entity.value.candidates
            and not entity.value.ambiguous
        ]
        mention = mine.value
        if self._may_be_hers(mine) and len(sure) < len(readings.alternatives):
            settled = replace(mine, value=replace(mention, ambiguous=True))
            return tuple(settled if e is mine else e for e in first.entities)
        if not sure:
            return first.entities
        mine_cards = [c.card for c in mention.candidates]
        entity, named = sure[0]
        card = named.candidates[0].card
        fuller = len(entity.text.split()) > 1 and card in mine_cards
        one = all(other.candidates[0].card == card for _, other in sure)
        likeliest = [c.card for c in mention.candidates if c.score == mention.candidates[0].score]
        if one and (not mine_cards or likeliest == [card] or fuller):
            if mention.ambiguous or not mine_cards:
                mention = named
        else:
            known = {c.card: c for m in (mention, *(m for _, m in sure)) for c in m.candidates}
            mention = PatientMention(tuple(known.values()), True)
        settled = Entity(mine.name, mine.text, mention, mine.start, mine.end)
        return tuple(settled if e is mine else e for e in first.entities)

    def _may_be_hers(self, named: Entity) -> bool:
        """Whether ``named`` is a man, by his surname alone, of which a woman has another form."""
        mention = named.value
        if not isinstance(mention, PatientMention) or mention.ambiguous or not mention.candidates:
            return False
        alone = len(named.text.split()) == 1
        return alone and self._gazetteer.may_be_a_relative(mention.candidates[0].card)


def _fitting(intent: str, entities: Sequence[Entity]) -> tuple[Entity, ...]:
    """Only what the intent can use: the words of a note or of a goodbye are no dates."""
    useful = _WHO | _USEFUL.get(intent, frozenset())
    if intent == "select_patient" and any(e.name == "patient_name" for e in entities):
        useful -= {"period"}  # the year of birth has told namesakes apart already
    return tuple(e for e in entities if e.name in useful)
