"""What was learnt from a project, kept on disk: reading it back is quicker than learning it anew.

One file for each content of project and program, in the user's cache folder: an ``.npz`` of plain
arrays (never of pickled objects), the texts in it as JSON. A file that is damaged or can't be
written only costs the time to learn again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path
from pydantic import TypeAdapter
from scipy.sparse import csr_matrix

from nlu.classify import Terms, Weights
from nlu.messages import INTENTS
from nlu.project import Project

_PROGRAM: Final = Path(__file__).parent
_LIBRARIES: Final = (
    "pymorphy3", "pymorphy3-dicts-ru", "rapidfuzz", "num2words", "scikit-learn", "scipy", "numpy",
)  # fmt: skip
_MOST: Final = 4
"""Files kept, of some 80 MB each: the shipped model, the one in use, a new one and the last."""

Masks = list[tuple[str, ...]]
"""Masked words of each example, in the project's order."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """All that a model is made of beside its project."""

    masks: Masks
    common: frozenset[str]
    """Words that are no names."""
    weights: Weights


@dataclass(frozen=True, slots=True)
class _Texts:
    """The texts of :class:`Learnt`; the numbers lie beside them."""

    masks: Masks
    common: frozenset[str]
    intents: tuple[str, ...]
    meanings: frozenset[str]
    terms: tuple[tuple[str, ...], ...]


_TEXTS: Final = TypeAdapter(_Texts)


def load(project: Project) -> Learnt | None:
    """What was learnt from ``project``, if this program has done so before."""
    try:
        with np.load(_file(project), allow_pickle=False) as arrays:
            texts = _TEXTS.validate_json(arrays["texts"].tobytes())
            sizes, intents = [len(words) for words in texts.terms], len(texts.intents)
            every = sum(sizes)
            idf = np.split(_numbers(arrays["idf"], every), np.cumsum(sizes)[:-1])
            weights = Weights(
                texts.intents,
                texts.meanings,
                tuple(Terms(*pair) for pair in zip(texts.terms, idf, strict=True)),
                _numbers(arrays["factors"], every, intents),
                _numbers(arrays["bias"], intents),
                _sparse(arrays, every),
            )
    except Exception:  # whatever bytes the file holds, the model can be learnt anew
        return None
    whole = (
        len(texts.masks) == len(project.examples)
        and len(texts.terms) == 3
        and weights.features.shape[0] == len(set(texts.masks))
        and set(texts.intents) <= set(INTENTS)
        and all(len(set(words)) == len(words) for words in texts.terms)
    )
    return Learnt(texts.masks, texts.common, weights) if whole else None


def save(project: Project, learnt: Learnt) -> None:
    """Keep what was learnt for the next start."""
    weights = learnt.weights
    texts = _Texts(
        learnt.masks,
        learnt.common,
        weights.intents,
        weights.meanings,
        tuple(terms.terms for terms in weights.terms),
    )
    file = _file(project)
    draft = file.with_suffix(f".{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with draft.open("wb") as out:
            np.savez(
                out,
                texts=np.frombuffer(_TEXTS.dump_json(texts), np.uint8),
                idf=np.concatenate([terms.idf for terms in weights.terms]),
                factors=weights.factors,
                bias=weights.bias,
                data=weights.features.data,
                indices=weights.features.indices,
                indptr=weights.features.indptr,
            )
        draft.replace(file)
        newest = sorted(file.parent.glob("*.npz"), key=lambda path: -path.stat().st_mtime)
        for old in newest[_MOST:]:
            old.unlink(missing_ok=True)
    except OSError:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)


def _numbers(array: NDArray[np.float64], *shape: int) -> NDArray[np.float64]:
    """``array`` if it holds numbers in this shape; raises ValueError."""
    if array.dtype != np.float64 or array.shape != shape or not np.isfinite(array).all():
        raise ValueError("not the numbers of a model")
    return array


def _sparse(arrays: Mapping[str, NDArray[Any]], width: int) -> csr_matrix:
    """The kept features, ``width`` wide; raises ValueError if the arrays are none."""
    data = arrays["data"]
    if data.dtype != np.float32 or not np.isfinite(data).all():
        raise ValueError("not the features of a model")
    kept = csr_matrix(
        (data, arrays["indices"], arrays["indptr"]), shape=(len(arrays["indptr"]) - 1, width)
    )
    kept.check_format(full_check=True)
    return kept


def _file(project: Project) -> Path:
    content = hashlib.sha256(_program())
    for example in project.examples:
        content.update(f"{example.intent}\t{example.annotated}\n".encode())
    content.update(repr(project.synonyms).encode())
    return user_cache_path("clinician-voice-assistant") / "nlu" / f"{content.hexdigest()}.npz"


@cache
def _program() -> bytes:
    """What is learnt depends on this beside the project."""
    digest = hashlib.sha256(" ".join(version(name) for name in _LIBRARIES).encode())
    for source in sorted(_PROGRAM.glob("*.py")):
        digest.update(source.read_bytes())
    return digest.digest()
