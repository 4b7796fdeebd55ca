"""Sentences that hold nothing about any patient: all that a refused speaker may hear."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.answers.lost import give_up, how_to_name_a_patient, offer_help
from assistant.answers.messages import Answer
from assistant.messages import NothingHeardReason
from assistant.speech.delivery import VoiceChange
from nlu.vocabulary import DOCUMENT_TYPES, OBSERVATIONS

_NOTHING_HEARD = {
    NothingHeardReason.SILENCE: "Я ничего не услышал. Повторите, пожалуйста.",
    NothingHeardReason.TOO_SHORT: "Слишком коротко. Повторите, пожалуйста, целиком.",
    NothingHeardReason.NOISE: "Мешает шум. Повторите, пожалуйста, ближе к микрофону.",
    NothingHeardReason.LOOPING: "Не удалось разобрать речь. Повторите, пожалуйста.",
    NothingHeardReason.DISAGREEMENT: "Слова слышны неясно. Повторите, пожалуйста.",
    NothingHeardReason.TORN: "Часть сказанного не дошла. Повторите, пожалуйста.",
}
_VOICE_CHANGED = {
    VoiceChange.SLOWER: "Говорю медленнее.",
    VoiceChange.FASTER: "Говорю быстрее.",
    VoiceChange.LOUDER: "Говорю громче.",
    VoiceChange.QUIETER: "Говорю тише.",
    VoiceChange.NORMAL: "Говорю как обычно.",
}

ASKED_FOR = {
    "get_hospital_visits": "показать посещения",
    "get_documents_from_hospital": "показать документы",
    "get_document": "открыть документ",
    "select_patient": "открыть карту пациента",
    "get_latest_vitals": "показать измерения",
    "get_lab_result": "показать анализы",
    "get_allergies": "показать аллергии",
    "get_medications": "показать лекарства",
    "get_diagnoses": "показать диагнозы",
    "add_note": "записать заметку",
    "record_measurement": "записать измерение",
}
"""A verb and what each intent is after, as the assistant asks back and the doctor repeats it."""


def not_recognised_speaker() -> Answer:
    """The voice is not the enrolled one."""
    return Answer("Голос не распознан. Доступ закрыт.")


def insufficient_speech() -> Answer:
    """Too little speech to know the voice."""
    return Answer("Речи слишком мало, чтобы узнать голос. Повторите, пожалуйста, полной фразой.")


def locked() -> Answer:
    """Where a PIN opens the session: its time is over."""
    return Answer("Сеанс закрыт. Введите, пожалуйста, пин-код.")


def say_it_aloud() -> Answer:
    """A tap came too long after the last accepted voice, or would write."""
    return Answer("Касания сейчас недостаточно. Скажите это, пожалуйста, голосом.")


def not_permitted() -> Answer:
    """The speaker's role or patient list does not allow it."""
    return Answer("У вас нет доступа к этим данным.")


def nothing_heard(reason: NothingHeardReason) -> Answer:
    """The recogniser stands for no words."""
    return Answer(_NOTHING_HEARD[reason])


def which_intent(intents: Sequence[str]) -> Answer:
    """Which of one or two intents was meant: «Вы просите показать посещения или документы?»."""
    first, *others = (ASKED_FOR[intent] for intent in intents)
    verb = first.split()[0]
    asked = " или ".join((first, *(other.removeprefix(f"{verb} ") for other in others)))
    return Answer(f"Вы просите {asked}?")


def not_understood() -> Answer:
    """No intent is certain enough."""
    return Answer("Не удалось понять вопрос. Скажите иначе или скажите «помощь».")


def out_of_scope() -> Answer:
    """Not a question about the chart."""
    return Answer(f"{refused()} Я отвечаю на вопросы о медицинских записях пациентов.")


def refused() -> str:
    """Said before a question whom it is about, where nothing else can be done."""
    return "Этого я не умею."


def unknown_patient() -> Answer:
    """Nobody on the roster comes near the name."""
    return Answer("Такой пациент не найден. Назовите фамилию, имя и отчество или номер карты.")


def no_patient_selected() -> Answer:
    """The question needs a patient."""
    return Answer("О каком пациенте речь? Назовите фамилию или номер карты.")


def voice_changed(change: VoiceChange) -> Answer:
    """The voice is another from now on, and this is said with it."""
    return Answer(_VOICE_CHANGED[change])


def prompts() -> tuple[str, ...]:
    """The sentences here that are always the same, the likeliest first."""
    always = (
        *(not_recognised_speaker(), insufficient_speech(), listening(), stopped(), no_more()),
        *(not_understood(), out_of_scope(), no_patient_selected(), unknown_patient()),
        *(nothing_to_repeat(), no_list(), cancelled(), not_written(), say_it_otherwise()),
        *(
            nothing_to_cancel(),
            what_is_wrong(),
            new_one_not_written(),
            ask_value_instead(),
            ask_note_instead(),
        ),
        *(how_to_name_a_patient(), give_up(False), give_up(True), offer_help()),
        *(not_permitted(), wrong_digits(), goodbye()),
        *(ask_which_observation(), ask_day(), time_to_come(), ask_note(), ask_whole_note()),
        unknown_hospital(),
        *(ask_what_to_write(), nothing_written(), notes_unread(), one_patient_at_a_time()),
        *(ask_one_by_one(), lapsed()),
        *(time_not_understood(), unknown_document(), help()),
        *map(nothing_heard, NothingHeardReason),
        *map(voice_changed, VoiceChange),
    )
    return tuple(answer.text for answer in always)


def greeting(wake_word: str | None) -> Answer:
    """The microphone is open from here on."""
    if wake_word is None:
        return Answer("Помощник готов. Задайте, пожалуйста, вопрос.")
    return Answer(f"Помощник готов. Скажите «{wake_word}» и задайте, пожалуйста, вопрос.")


def listening() -> Answer:
    """The wake word was said, and nothing after it."""
    return Answer("Слушаю.")


def nothing_to_repeat() -> Answer:
    """No answer was given yet."""
    return Answer("Повторять пока нечего.")


def no_list() -> Answer:
    """A place was said, but nothing was listed."""
    return Answer("Списка сейчас нет. Скажите, что показать.")


def no_more() -> Answer:
    """The list is at its end."""
    return Answer("Больше ничего нет.")


def nothing_found(what: str) -> Answer:
    """``what`` in the nominative: «документы»."""
    return Answer(f"Ничего не найдено: {what}.")


def ask_value(code: str) -> Answer:
    """Which number to record."""
    name = OBSERVATIONS[code].name if code in OBSERVATIONS else code
    return Answer(f"Какое значение записать: {name}?")


def ask_day() -> Answer:
    """When a value was measured, where the day that was said can't be read."""
    return Answer("За какой день записать? Назовите день и час, например: вчера в 8 утра.")


def ask_hour() -> Answer:
    """When a value was measured, where only the hour that was said can't be read or kept."""
    return Answer("Не понял время. Назовите час, например: в 8 утра.")


def time_to_come() -> Answer:
    """A value can't have been measured at an hour or a part of the day of the future."""
    return Answer("Это время ещё не наступило. За какой день записать и за какой час?")


def ask_apart(others: Sequence[str]) -> str:
    """Said before an answer about one thing, where other quantities, kinds of documents or what
    other intents read was asked for as well.
    """
    return f"Спросите отдельно: {', '.join(map(_called, others))}."


def _called(what: str) -> str:
    if what in OBSERVATIONS:
        return OBSERVATIONS[what].name
    return DOCUMENT_TYPES.get(what) or ASKED_FOR[what].split(maxsplit=1)[1]


def unlisted(names: Sequence[str]) -> Answer:
    """Quantities that no record here has."""
    which = "Такого показателя" if len(names) == 1 else "Таких показателей"
    return Answer(f"{which} в записях нет: {', '.join(names)}.")


def only_latest() -> str:
    """Said before a value where the highest or an average was asked for."""
    return "Выбрать или усреднить значения не умею, говорю последнее."


def ask_which_observation() -> Answer:
    """What to record or to read."""
    return Answer("Какой показатель? Например, давление, пульс или температура.")


def ask_what_to_write() -> Answer:
    """Only whom to write of was said."""
    return Answer("Что записать: измерение или заметку?")


def ask_note() -> Answer:
    """The words of the note."""
    return Answer("Что записать в заметку?")


def notes_unread() -> Answer:
    """Notes were asked for."""
    return Answer("Заметки я только записываю, прочитать их не могу.")


def cancelled() -> Answer:
    """A question is dropped, no write having been asked for."""
    return Answer("Отменено.")


def not_written() -> Answer:
    """A write that was asked for is dropped."""
    return Answer("Отменено. Ничего не записано.")


def nothing_written() -> Answer:
    """«Не записывай …» where nothing waits to be written."""
    return Answer("Хорошо, ничего не записываю.")


def one_patient_at_a_time() -> Answer:
    """Values of two patients were dictated together."""
    return Answer("Ничего не записано. Диктуйте, пожалуйста, по одному пациенту.")


def ask_one_by_one() -> Answer:
    """Two patients were asked about together."""
    return Answer("Спрашивайте, пожалуйста, по одному пациенту.")


def lapsed() -> Answer:
    """«Да» came when what waited for it had been dropped long since; an earlier one may have been
    stored where the answer of the ledger was lost.
    """
    return Answer(
        "Вы долго молчали, этим «да» ничего не записано. Продиктуйте, пожалуйста, ещё раз."
    )


def nothing_to_cancel() -> Answer:
    """«Удали запись» where nothing waits to be written."""
    return Answer("Отменять нечего. Уже записанное голосом не стереть.")


def ask_value_instead() -> Answer:
    """«Нет, отмени» came after a value was stored."""
    return Answer("Уже записано, стереть голосом нельзя. Продиктуйте верное значение.")


def ask_whole_note() -> Answer:
    """How a dictated note should be changed was not understood."""
    return Answer("Продиктуйте заметку целиком.")


def ask_note_instead() -> Answer:
    """«Нет, отмени» came after a note was stored."""
    return Answer("Заметка уже записана, стереть голосом нельзя. Продиктуйте верную.")


def stays() -> str:
    """Said before the confirmation of what is dictated in place of what is stored."""
    return "Прежняя запись остаётся."


def what_is_wrong() -> Answer:
    """«Нет», «вы ошиблись» of an answer: either the patient was another or the question."""
    return Answer("Что не так? Назовите пациента или спросите иначе.")


def new_one_not_written() -> Answer:
    """What was dictated in place of what is stored is dropped."""
    return Answer("Новое не записано. Прежняя запись остаётся.")


def left_unwritten() -> Answer:
    """Said before an answer to something else than «да» or «нет»."""
    return Answer("Предыдущее не записано.")


def doubted() -> str:
    """Said before a question that is asked again after what may have been a correction."""
    return "Не понял, исправить ли."


def say_it_otherwise() -> Answer:
    """None of the readings that were offered was meant."""
    return Answer("Тогда скажите по-другому.")


def stopped() -> Answer:
    """Said on the screen: speech has stopped."""
    return Answer("Остановлено.")


def goodbye() -> Answer:
    """The session is over."""
    return Answer("Сеанс завершён. До свидания.")


def unknown_hospital() -> Answer:
    """A hospital was named that the ledger does not know."""
    return Answer("Такой больницы в реестре нет. Назовите больницу иначе.")


def unknown_document() -> Answer:
    """A kind of document was asked for that the assistant doesn't know."""
    return Answer("Такого вида документов не знаю. Назовите, например, выписку или рентген.")


def time_not_understood() -> Answer:
    """A time was said that can't be read, can't be or is yet to come."""
    return Answer("Не понял, за какое время. Назовите, пожалуйста, день или период иначе.")


def not_sorted(by_place: bool, by_time: bool, what: str) -> str:
    """Said before medicines, diagnoses or allergies, of which the ledger keeps no such thing."""
    sorts = " и ".join(
        sort for sort, asked in (("больницам", by_place), ("датам", by_time)) if asked
    )
    return f"По {sorts} не отбираю, вот {what}."


def ask_digits(digits: str) -> Answer:
    """The challenge before a write: digits that no recording can hold."""
    return Answer(f"Чтобы подтвердить запись, повторите цифры: {', '.join(digits)}.")


def wrong_digits() -> Answer:
    """The digits or the voice did not fit: the write is dropped."""
    return Answer("Цифры не совпали. Ничего не записано. Продиктуйте, пожалуйста, ещё раз.")


def help() -> Answer:
    """What can be asked."""
    examples = (
        "Покажи посещения пациента Иванова.",
        "Какие документы есть из второй больницы?",
        "Открой первый документ.",
        "Последнее давление.",
        "Есть ли аллергия?",
        "Запиши давление 130 на 80.",
    )
    return Answer(
        "Назовите пациента и спросите о посещениях, документах, измерениях, анализах, аллергиях, "
        "лекарствах или диагнозах. Можно записать измерение или заметку. "
        "Скажите «повтори», «медленнее», «громче», «дальше» или «стоп».",
        examples,
    )
