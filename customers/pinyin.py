"""Chinese names found by what is typed on a Latin keyboard: 西街小店 by xijie, xjxd or xijxd.

A character with several readings is found by each of them, so that 重庆银行 needs no knowledge of
words: chongqingyinhang, zqyx and cqyh all find it.
"""

import os
import re
from collections.abc import Iterable
from functools import cache, lru_cache

_TYPED = re.compile(r"[a-z0-9' ]*[a-z][a-z0-9' ]*", re.IGNORECASE)
_NAMES = 20_000  # whose readings a process keeps, about 0.5 kB each


def is_typed(text: str) -> bool:
    """Whether a text can be pinyin: Latin letters, with digits, spaces and apostrophes at most."""
    return _TYPED.fullmatch(text) is not None


def fitting(names: Iterable[str], text: str) -> list[str]:
    """Those of `names` in which `text` reads one or several neighbouring characters.

    Each in full or by its initial, the last one also half typed; ü is v or u.
    """
    typed = "".join(character for character in text.lower() if character.isalnum())
    return [name for name in names if _fits(readings(name), typed)] if typed else []


@lru_cache(maxsize=_NAMES)
def readings(name: str) -> tuple[tuple[str, ...], ...]:
    """The readings of each character, without tones; what is no Chinese character reads as itself.

    Spaces and signs are left out.
    """
    found = []
    for character in name.lower():
        if character.isalnum():
            found.append(_readings(character))
    return tuple(found)


@cache  # there are some thousands of characters
def _readings(character: str) -> tuple[str, ...]:
    if character.isascii():
        return (character,)
    # Words are of no use here, and 45 MB in each process; the library asks when it is imported.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "true")
    from pypinyin import Style, pinyin

    sounds = pinyin(character, style=Style.NORMAL, heteronym=True, errors="default")[0]
    with_u = [sound.replace("v", "u") for sound in sounds if "v" in sound]
    return tuple(dict.fromkeys([*sounds, *with_u]))


def _fits(name: tuple[tuple[str, ...], ...], typed: str) -> bool:
    first = typed[0]
    return any(
        _reads(name, start, typed)
        for start, sounds in enumerate(name)
        if any(sound[0] == first for sound in sounds)
    )


def _reads(name: tuple[tuple[str, ...], ...], start: int, typed: str) -> bool:
    """Whether `typed` reads the characters from `start` on, in full, by initials or mixed."""
    # What of `typed` can be left after the characters so far.
    left = {typed}
    for sounds in name[start:]:
        after = set()
        for rest in left:
            for sound in sounds:
                if sound.startswith(rest):
                    return True
                if rest.startswith(sound):
                    after.add(rest[len(sound) :])
                if rest[0] == sound[0]:
                    after.add(rest[1:])
        if "" in after:
            return True
        if not after:
            return False
        left = after
    return False
