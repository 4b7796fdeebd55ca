"""Illnesses by the names that doctors use, which the record mostly calls otherwise.

Each stands for blocks of ICD-10 (WHO; in Russian МКБ-10, order of the Ministry of Health No. 170
of 27 May 1997): a code that begins with one of them is such an illness or what is left of it.
Of a block with «?» it is not sure: one such is neither told to be the illness nor denied.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ledger_client.messages import Diagnosis
from nlu.canon import fold
from nlu.concepts import lemma

_BLOCKS: Final = {
    frozenset(name.split("_")): tuple(blocks.split())
    for names, blocks in (
        ("хобл", "J44"),
        ("бронхит", "J20 J40 J41 J42 J44?"),
        ("пневмония", "J12 J13 J14 J15 J16 J17 J18 J69 J85.1 P23 J10? J11? U07?"),
        ("астма бронхиальный_астма", "J45 J46"),
        ("туберкулез", "A15 A16 A17 A18 A19 B90"),
        ("инсульт", "I60 I61 I62 I63 I64 I69 G46"),
        ("инфаркт", "I21 I22 I23 I25.2 I63 I69.3"),
        ("инфаркт_миокард инфаркт_сердце", "I21 I22 I23 I25.2"),
        ("инфаркт_мозг", "I63 I69.3 G46? I64? I69?"),
        ("аритмия", "I44 I45 I47 I48 I49 R00?"),
        ("мерцательный_аритмия", "I48"),
        ("ибс ишемический ишемический_сердце", "I20 I21 I22 I23 I24 I25"),
        ("стенокардия", "I20"),
        ("гипертония гипертензия гипертонический артериальный_гипертония артериальный_гипертензия",
         "I10 I11 I12 I13 I15 O10 O13 O11? O14? O16? I27? K76.6? G93.2?"),
        ("хсн", "I50 I11.0 I13.0 I13.2"),
        ("тромбоз", "I80 I81 I82 I74? I26? O22.3 O87?"),
        ("варикоз", "I83 I85 I86 I84? O22.0"),
        ("атеросклероз", "I70 I67.2 I25.0 I25.1 I25?"),
        ("диабет сахарный_диабет", "E10 E11 E12 E13 E14 O24"),
        ("ожирение", "E66"),
        ("гипотиреоз", "E00? E01.8 E02 E03 E89.0 E06?"),
        ("тиреотоксикоз", "E05"),
        ("аденома_простата аденома_предстательный_железа", "N40"),
        ("аденома", "N40 D12? D13? D29.1? D34? D35?"),
        ("рак", "C D0"),
        ("злокачественный_опухоль", "C D0? D37? D38? D39? D4?"),
        ("онкология онкологический", "C D0 D37? D38? D39? D4?"),
        ("опухоль", "C D0 D1 D2 D3 D4"),
        ("анемия", "D5 D60 D61 D62 D63 D64 O99.0"),
        ("язва язвенный", "K25 K26 K27 K28 L97? L89? I83.0? I83.2?"),
        ("гастрит", "K29"),
        ("холецистит", "K81 K80?"),
        ("жкб", "K80"),
        ("панкреатит", "K85 K86"),
        ("гепатит", "B15 B16 B17 B18 B19 K70.1 K71 K73 K75"),
        ("цирроз", "K74 K70.3 K71.7"),
        ("грыжа", "K40 K41 K42 K43 K44 K45 K46 M51?"),
        ("хбп", "N18 N19"),
        ("пиелонефрит", "N10 N11 N12? N13.6? N20.9? O23?"),
        ("подагра", "M10"),
        ("артроз", "M15 M16 M17 M18 M19"),
        ("остеохондроз", "M42 M50? M51? M53? M54?"),
        ("псориаз", "L40 M07?"),
        ("катаракта", "H25 H26 H28"),
        ("глаукома", "H40 H42"),
        ("мигрень", "G43"),
        ("эпилепсия", "G40 G41"),
        ("депрессия", "F32 F33 F31? F06.3? F41.2?"),
        ("деменция", "F00 F01 F02 F03 G30"),
    )
    for name in names.split()
}  # fmt: skip


def is_illness(word: str) -> bool:
    """Whether a folded word in any case is one of the names."""
    return _name(word) in _BLOCKS


def may_deny(asked: str, which: Sequence[str], found: Sequence[Diagnosis]) -> bool:
    """Whether none of ``found`` is what was ``asked`` for, if none is :func:`such`.

    Of no kind of an illness but those listed: blocks are known of the others only as a whole.
    """
    blocks = _BLOCKS.get(_name(asked, *which))
    if blocks is None:
        return False
    unsure = tuple(block[:-1] for block in blocks if block.endswith("?"))
    return all(one.code and not one.code.upper().startswith(unsure) for one in found)


def such(asked: str, which: Sequence[str], diagnosis: Diagnosis) -> bool:
    """Whether the code of ``diagnosis`` is of the illness that is ``asked`` for; ``which`` are
    the words beside it: «сердца» of «инфаркт сердца».
    """
    return diagnosis.code.upper().startswith(_BLOCKS.get(_name(asked, *which), ()))


def _name(*words: str) -> frozenset[str]:
    """The words in their dictionary forms; a name that no dictionary has stays as it is."""
    folded = map(fold, words)
    return frozenset(w if frozenset((w,)) in _BLOCKS else lemma(w) for w in folded)
