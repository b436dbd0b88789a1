"""How alike two column names are, after their words are spelled out."""

import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

_PIECES: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_IDLE: Final = frozenset({"the", "of", "and", "a", "code", "number", "id", "cents"})
_ALIKE_WORDS: Final = 0.97
_MOST: Final = 0.93


@cache
def lexicon() -> Mapping[str, Any]:
    """What words.yaml says."""
    path = Path(__file__).parent / "words.yaml"
    found: dict[str, Any] = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    return found


def words(written: str) -> tuple[str, ...]:
    """A name as words: cut at capitals, digits and signs, shortened words spelled out."""
    pieces = [it.lower() for it in _PIECES.findall(written)]
    return tuple(word for it in pieces for word in lexicon()["words"].get(it, it).split())


def likeness(written: str, canonical: str) -> tuple[float, str]:
    """How well a file's name fits a canonical column, from 0 to 1, and the name that fits best."""
    own = canonical.removesuffix("_cents").replace("_", " ")
    known = [own, *lexicon()["names"].get(canonical, ())]
    return max((_alike(words(written), words(it)), it) for it in known)


def _alike(left: tuple[str, ...], right: tuple[str, ...]) -> float:
    if left == right:
        return 1.0
    if sorted(left) == sorted(right):
        return _ALIKE_WORDS
    ours, theirs = set(left), set(right)
    weights = {it: 0.4 if it in _IDLE else 1.0 for it in ours | theirs}
    shared = sum(weights[it] for it in ours & theirs) / sum(weights.values() or [1.0])
    spelled = SequenceMatcher(None, "".join(left), "".join(right)).ratio()
    return min(_MOST, 0.55 * shared + 0.45 * spelled)
