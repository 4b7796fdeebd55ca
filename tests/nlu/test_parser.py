"""The in-process parser on real transcripts, the held-out sets and single safe decisions."""

import csv
from pathlib import Path

import pytest
import yaml

from assistant.cli import main
from nlu import generate
from nlu.canon import fold
from nlu.declension import Part, decline
from nlu.evaluate import (
    BLIND_SETS,
    FORMER_SETS,
    HELDOUT,
    HELDOUT_TODAY,
    TUNED_SETS,
    Case,
    Tally,
    evaluate,
    labelled_slots,
    read_cases,
    read_roster,
    written,
)
from nlu.gazetteer import Gazetteer
from nlu.messages import ACTS, ENTITIES, INTENTS, PatientMention
from nlu.model import Model
from nlu.notes import note_body
from nlu.parser import InProcessParser
from nlu.places import UNKNOWN_PLACE
from nlu.project import HOME, Example, Project, ProjectError, load_project
from nlu.vocabulary import DOCUMENT_TYPES, OBSERVATIONS

FIXTURES = Path(__file__).parent.parent / "fixtures"


@pytest.fixture(scope="module")
def parser() -> InProcessParser:
    return InProcessParser.load(Gazetteer(*read_roster(HELDOUT.parent)), lambda: HELDOUT_TODAY)


def table(name: str) -> list[dict[str, str]]:
    with (FIXTURES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.mark.parametrize("code", OBSERVATIONS)
def test_every_quantity_is_understood_by_its_bare_name(parser: InProcessParser, code: str) -> None:
    """The first synonym in observations.yml is what it is called; the answers use the other."""
    called = next(phrase for phrase, key in load_project().synonyms if key == code)
    for name in (called, OBSERVATIONS[code].name):
        for said in (name, f"{name.capitalize()}?", f"{name} громова"):
            parse = parser.parse(said)
            assert parse.intent in ("get_latest_vitals", "get_lab_result"), said
            assert [e.value for e in parse.entities if e.name == "observation"] == [code], said
        dictated = parser.parse(f"запиши громову {name} семьдесят два")
        assert [e.value for e in dictated.found if e.name == "observation"] == [code], name


@pytest.mark.parametrize("name", ["heldout.tsv", "heldout_fresh.tsv"])
def test_targets_on_the_held_out_sets(parser: InProcessParser, name: str) -> None:
    report = evaluate(parser, read_cases(HELDOUT.with_name(name)))
    assert report.accuracy("clean") >= 0.97
    assert report.accuracy("asr") >= 0.95
    assert report.refused[0] >= 0.95 * report.refused[1]
    assert report.patients[0] + report.patients_offered >= 0.98 * report.patients[1]
    assert report.patients_wrong == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", BLIND_SETS)
def test_the_blind_sets_do_not_get_worse(parser: InProcessParser, name: str) -> None:
    """A guard at later runs (no longer blind); nlu/README.md has the first ones."""
    report = evaluate(parser, read_cases(BLIND_SETS[name]))
    assert report.accuracy("clean") >= 0.96
    assert report.accuracy("asr") >= 0.9
    assert report.refused[0] >= 0.95 * report.refused[1]
    assert report.patients_wrong == 0
    assert report.wrong_actions <= 0.02 * report.cases


@pytest.mark.slow
def test_the_labelled_slots_of_the_former_sets(parser: InProcessParser) -> None:
    """What they say is learnt, their entities are not."""
    report = evaluate(parser, (), labelled_slots())
    right = sum(tally.right for tally in report.entities.values())
    wrong = sum(tally.wrong for tally in report.entities.values())
    assert (right + sum(t.missed for t in report.entities.values()), report.cases) == (417, 0)
    assert right >= 390
    assert wrong <= 2


def test_of_slots_only_the_entities_count(parser: InProcessParser) -> None:
    case = Case("clean", "пульс громова", "get_diagnoses", "1235", ("observation=weight",))
    report = evaluate(parser, (), (case,))
    assert (report.cases, report.patients, report.confusions) == (0, (0, 0), {})
    assert report.entities["observation"] == Tally(0, 1, 1)
    assert report.entities["observation"].f1 == 0


@pytest.mark.slow
def test_whom_the_former_sets_mean(parser: InProcessParser) -> None:
    """They are trained with, so that what they are read as tells nothing here."""
    cases = [c for path in FORMER_SETS.values() for c in read_cases(path) if c.intent in ACTS]
    report = evaluate(parser, cases)
    right, named = report.patients
    assert report.patients_wrong == 0
    assert right >= 0.88 * named


def test_the_recorded_commands(parser: InProcessParser) -> None:
    for row in table("commands_expected.tsv"):
        parse = parser.parse(row["text"])
        assert parse.intent == row["intent"], row["text"]
        mention = parse.get("patient_name")
        cards = (
            [c.card for c in mention.value.candidates[:1]]
            if mention and isinstance(mention.value, PatientMention)
            else []
        )
        assert cards == ([row["patient"]] if row["patient"] else []), row["text"]
        if parse.intent != "out_of_scope":
            found = {written(e) for e in parse.entities if e.name != "patient_name"}
            assert found == {e for e in row["entities"].split(";") if e}, row["text"]


def test_real_transcripts_never_choose_a_wrong_patient(parser: InProcessParser) -> None:
    """What Whisper base made of the recordings of both voices, greedy and with five beams."""
    expected = {row["number"]: row for row in table("commands_expected.tsv")}
    rows = table("whisper_transcripts.tsv")
    right = 0
    for row in rows:
        answer = expected[row["number"]]
        parse = parser.parse(row["text"])
        right += parse.intent == answer["intent"]
        mention = parse.get("patient_name")
        if mention and isinstance(mention.value, PatientMention) and not mention.value.ambiguous:
            for candidate in mention.value.candidates[:1]:
                assert candidate.card == answer["patient"], row["text"]
    assert right >= 0.95 * len(rows)


@pytest.mark.parametrize("unit", ["процентов", "градусов", "ударов в минуту", "кг", ""])
def test_a_number_is_never_a_yes(parser: InProcessParser, unit: str) -> None:
    for number in ("сто", "девяносто шесть", "36,6"):
        assert parser.parse(f"{number} {unit}").intent != "affirm"


def test_what_the_intent_cannot_use_is_kept_beside(parser: InProcessParser) -> None:
    parse = parser.parse("да, вчера, давление сто тридцать на восемьдесят")
    assert {e.name for e in parse.found} >= {"date", "observation", "value"}
    assert [e.start for e in parse.found] == sorted(e.start for e in parse.found)


def test_no_utterance_is_both_for_training_and_for_evaluation() -> None:
    def plain(text: str) -> str:
        return "".join(c for c in text.lower().replace("ё", "е") if c.isalnum() or c == " ")

    trained = {plain(example.text) for example in load_project().examples}
    cases = [c.text for path in (TUNED_SETS | BLIND_SETS).values() for c in read_cases(path)]
    cases += [row["text"] for row in table("commands_expected.tsv")]
    assert not {plain(text) for text in cases} & trained


def test_of_examples_that_look_the_same_most_decide() -> None:
    said = ["экг за март", "узи за май", "выписи больничные до пятницы", "нет"]
    intents = ["get_document", "get_document", "out_of_scope", "deny"]
    synonyms = load_project().synonyms
    project = Project(tuple(map(Example, intents, said)), synonyms)
    assert Model.fit(project).examples == {("D", "T"): "get_document", ("нет",): "deny"}


def test_the_project_is_complete() -> None:
    project = load_project()
    counts = {i: sum(e.intent == i for e in project.examples) for i in INTENTS}
    assert min(counts.values()) >= 40
    assert {key for _, key in project.synonyms} == set(OBSERVATIONS) | set(DOCUMENT_TYPES)
    domain = yaml.safe_load((HOME / "domain.yml").read_text(encoding="utf-8"))
    assert (set(domain["intents"]), set(domain["entities"])) == (set(INTENTS), set(ENTITIES))


def test_the_generated_file_is_what_the_generator_writes(tmp_path: Path) -> None:
    generate.write(tmp_path / "again.yml")
    assert (tmp_path / "again.yml").read_text() == generate.OUTPUT.read_text()


@pytest.mark.parametrize(
    "content", ["nlu: [", "- a list", "nlu:\n- intent: unheard_of\n  examples: |\n    - да\n"]
)
def test_a_broken_project_names_its_file(tmp_path: Path, content: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "broken.yml").write_text(content, encoding="utf-8")
    with pytest.raises(ProjectError, match=r"broken\.yml"):
        load_project(tmp_path)


@pytest.mark.parametrize("text", ["", "   ", "…", "?!", "123456789012345", "a" * 500])
def test_noise_is_refused(parser: InProcessParser, text: str) -> None:
    assert parser.parse(text).intent == "out_of_scope"


@pytest.mark.parametrize("said", ["цэ эр бэ", "це эр бе", "ЦРБ"])
def test_an_abbreviation_may_be_said_letter_by_letter(parser: InProcessParser, said: str) -> None:
    hospital = parser.parse(f"документы из {said}").get("hospital")
    assert hospital is not None and hospital.value == "h7"


def test_an_unknown_hospital_is_said_to_be_unknown(parser: InProcessParser) -> None:
    hospital = parser.parse("документы из больницы номер девять").get("hospital")
    assert hospital is not None and hospital.value == UNKNOWN_PLACE


def test_another_recognition_can_settle_a_name(parser: InProcessParser) -> None:
    heard = "Поценках метов огульнара расшедов на 972 года рождения."
    other = "Пациентка Ахметова Гульнара Рашидовна 1972 года рождения."
    entity = parser.parse(heard, (other,)).get("patient_name")
    assert entity is not None and isinstance(entity.value, PatientMention)
    assert (entity.value.candidates[0].card, entity.value.ambiguous) == ("652", False)


def test_recognitions_that_disagree_on_the_patient_ask(parser: InProcessParser) -> None:
    entity = parser.parse("пациент громов", ("пациент смирнов",)).get("patient_name")
    assert entity is not None and isinstance(entity.value, PatientMention)
    assert entity.value.ambiguous
    assert {c.card for c in entity.value.candidates} == {"2002", "512"}


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("была ли смирнова у нас", "?512"),
        ("поступала ли раньше смирнова", "?512"),
        ("сколько раз лежала смирнова", "?512"),
        ("принимает ли смирнова аспирин", "?512"),
        ("а смирнова", "?512"),
        ("а анализы смирнова", "512"),
        ("упала сатурация смирнова", "512"),
        ("поступал ли раньше смирнов", "512"),
        ("поступала ли раньше лебедева", "2001"),
        ("принимает ли лебедева аспирин", "2001"),
        ("лебедева с чем поступила", "2001"),
        ("орлова в весе прибавила", "2110"),
        ("смирнова в весе прибавила", "?512"),
        ("смирнова температура поднялась", "?512"),
    ],
)
def test_a_verb_tells_a_woman_from_a_man_in_the_genitive(
    parser: InProcessParser, said: str, found: str
) -> None:
    """The roster has one Смирнов and one Лебедева, of the other sex nobody."""
    entity = parser.parse(said).get("patient_name")
    assert entity is not None
    assert isinstance(entity.value, PatientMention)
    question = "?" if entity.value.ambiguous else ""
    assert question + ",".join(c.card for c in entity.value.candidates) == found


@pytest.mark.parametrize(
    "before", ["креатинин", "анализы", "направление у", "документы из госпиталя"]
)
def test_a_surname_beside_a_phrase_is_no_part_of_it(parser: InProcessParser, before: str) -> None:
    """«креатинин Орловой» is no «креатинин крови»."""
    for person in read_roster(HELDOUT.parent)[0]:
        for form in decline(person.last, Part.LAST, person.sex):
            entities = parser.readings(f"{before} {form}").first.entities
            named = [fold(e.text) for e in entities if e.name == "patient_name"]
            assert named == [fold(form)]


def test_a_phrase_keeps_a_word_that_may_be_a_surname(parser: InProcessParser) -> None:
    """Both Белых and Жук are on the roster."""
    parse = parser.parse("белые клетки крови у белых")
    assert [e.text for e in parse.entities] == ["белые клетки крови", "белых"]
    assert parser.parse("сколько белых клеток крови").get("patient_name") is None


def test_spans_point_at_the_words(parser: InProcessParser) -> None:
    parse = parser.parse("  Покажи   визиты Громова Виктора за   2023 год ")
    for entity in parse.entities:
        assert parse.text[entity.start : entity.end] == entity.text
    assert {e.text for e in parse.entities} == {"Громова Виктора", "за 2023 год"}


@pytest.mark.parametrize(
    ("said", "note"),
    [
        ("Запиши в карту, что жалоб нет.", "жалоб нет."),
        ("добавь заметку спал хорошо", "спал хорошо"),
        ("отметь улучшение", "улучшение"),
    ],
)
def test_note_body(said: str, note: str) -> None:
    assert note_body(said) == note


def test_a_wrong_patient_fails_the_test_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = Case("clean", "пациент громов", "select_patient", "-", ())
    cases = tmp_path / "cases.tsv"
    cases.write_text(
        "kind\ttext\tintent\tpatient\tentities\n"
        f"{case.kind}\t{case.text}\t{case.intent}\t{case.patient}\t\n",
        encoding="utf-8",
    )
    assert main(["nlu", "test", "--cases", str(cases)]) == 1
    assert "wrong patient" in capsys.readouterr().out


def test_no_utterance_is_an_example_of_two_intents() -> None:
    intents: dict[str, set[str]] = {}
    for example in load_project().examples:
        intents.setdefault(example.text.strip(), set()).add(example.intent)
    assert {text: found for text, found in intents.items() if len(found) > 1} == {}


def test_other_readings_help_but_neither_take_a_yes_nor_give_one(parser: InProcessParser) -> None:
    heard = ("Деверно.", "Доверно.", "Дыверно.")
    assert parser.parse("Да, верно.", heard).intent == "affirm"
    assert parser.parse("Доверно", ("да верно", "да, верно", "верно")).intent != "affirm"
    torn = "Исуть-то островского был."
    assert parser.parse(torn).intent == "out_of_scope"
    told = ("Инструльт у Астравского был.", "Инсульт у Островского был.")
    assert parser.parse(torn, told).intent == "get_diagnoses"


@pytest.mark.parametrize("said", ["Громова 63 года", "Громова 1963", "Громова 1963 года рождения"])
def test_a_year_of_birth_after_the_name_leaves_the_question(
    parser: InProcessParser, said: str
) -> None:
    assert parser.parse(f"давление {said}").intent == "get_latest_vitals"


@pytest.mark.parametrize("year", ["1964", "64 года"])
def test_another_year_of_birth_makes_a_name_uncertain(parser: InProcessParser, year: str) -> None:
    name = parser.parse(f"давление Громова {year}").get("patient_name")
    assert name is not None
    assert isinstance(name.value, PatientMention)
    assert name.value.ambiguous


@pytest.mark.parametrize(
    ("said", "intent"),
    [
        ("пациентка шевчинко анализ мочи", "get_lab_result"),
        ("пациентка лебидева давление", "get_latest_vitals"),
        ("морозова женщина давление", "get_latest_vitals"),
        ("пациентка лебидева давление 120 на 80", "record_measurement"),
        ("открой историю болезни громова", "select_patient"),
        ("посмотрим громова", "select_patient"),
    ],
)
def test_what_is_asked_beside_a_misheard_name(
    parser: InProcessParser, said: str, intent: str
) -> None:
    assert parser.parse(said).intent == intent


@pytest.mark.parametrize(
    ("said", "intent"),
    [
        ("запиши бондаренко дала парацетамол пятьсот", "add_note"),
        ("запиши бондаренко капельница двести миллилитров", "add_note"),
        ("запиши позвонить дочери маше", "add_note"),
        ("запиши выписан доктором васильевой", "add_note"),
        ("запиши у бондаренко аллергия на новокаин", "add_note"),
        ("запиши громову измерила давление 120 на 80", "record_measurement"),
        ("запиши бондаренко на приём к кардиологу", "out_of_scope"),
        ("запиши аллергию на новокаин", "out_of_scope"),
        ("дала парацетамол пятьсот", "out_of_scope"),
        ("запиши пульс", "record_measurement"),
    ],
)
def test_what_was_done_is_a_note_after_an_explicit_wish(
    parser: InProcessParser, said: str, intent: str
) -> None:
    assert parser.parse(said).intent == intent


@pytest.mark.parametrize(
    ("said", "intent"),
    [
        ("отменённые", "get_medications"),
        ("какое отменено", "get_medications"),
        ("что ему отменили", "get_medications"),
        ("отмени", "stop"),
        ("отмени аспирин", "out_of_scope"),
        ("варфарин отменён сегодня", "add_note"),
    ],
)
def test_what_was_cancelled_is_asked_for(parser: InProcessParser, said: str, intent: str) -> None:
    assert parser.parse(said).intent == intent


@pytest.mark.parametrize(
    "said",
    [
        "антибиотики закончила",
        "лучевую закончила",
        "цефтриаксон закончили",
        "курс завершён",
        "операция закончена",
        "закончили операцию",
        "закончили с лечением",
        "а что уже закончил",
        "громов гормоны закончил",
    ],
)
def test_a_treatment_that_is_over_ends_no_session(parser: InProcessParser, said: str) -> None:
    assert parser.parse(said).intent != "end_session"


@pytest.mark.parametrize(
    "said",
    [
        "закончили",
        "я закончила",
        "обход закончен",
        "мы закончили на сегодня",
        "осмотр завершён",
        "закончил осмотр",
        "ну всё на сегодня закончили девочки",
        "пятиминутка закончена",
        "смена закончена",
        "всё, с громовым закончили, выходим",
        "работа закончена, спасибо",
    ],
)
def test_a_round_that_is_over_ends_the_session(parser: InProcessParser, said: str) -> None:
    assert parser.parse(said).intent == "end_session"


@pytest.mark.parametrize("said", ["сахар и давление какие", "давление и креатинин"])
def test_a_vital_sign_and_a_laboratory_value_are_one_question(
    parser: InProcessParser, said: str
) -> None:
    assert parser.parse(said).disagreement is None


@pytest.mark.parametrize(
    ("alternatives", "sure"),
    [
        (("когда морозов лежал в роддоме",), True),
        (("когда мороза вылежала в роддоме", "когда морозов лежал в роддоме"), False),
        ((), True),
    ],
)
def test_a_mans_surname_is_sure_where_every_reading_has_it(
    parser: InProcessParser, alternatives: tuple[str, ...], sure: bool
) -> None:
    mention = parser.parse("когда морозов лежал в роддоме", alternatives).get("patient_name")
    assert mention is not None
    assert isinstance(mention.value, PatientMention)
    assert mention.value.ambiguous is not sure
