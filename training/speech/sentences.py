"""What the voices say in training: sentences of French, and what must never be among them.

Takes a file of English–French pairs (one ``[source, english, french]`` a line), other French texts where there are
any (one sentence a line), the templates of ``text/`` and the texts held out; gives sentences in ordinary writing: lower
and upper case, « ? » after a space, numbers below a thousand in words. Some sentences are joined from halves of two
others, and some are words drawn at random: a decoder that could guess what comes next would not learn to listen. Of
other texts, sentences with words that are still rare go first: most faults of a small model are words that it has
never been told how to spell.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

TEXT = Path(__file__).with_name("text")
ROOT = Path(__file__).parents[2]
SPOKEN_AT_JUDGING = ("demo/scripts", "bench/meetings", "training/speech/text/held_out")
"""Folders of this repository whose texts measure the model: none of their sentences is trained on."""

HELD_OUT_SHARE = 8
"""One occupation in so many, and one first name, is never trained on."""

_SHORTEST, _LONGEST = 6, 150
"""Characters: at most about ten seconds of speech."""

_NGRAM = 6
"""Words in a row shared with a held-out text that make a sentence too like it."""

_TEXTS_SHARE = 0.62
"""Of the sentences, where other texts are given."""

_SPOKEN_SHARE = 0.15
"""Of the sentences, those of ``text/spoken.txt``: what is said in meetings, each several times, by other voices."""

_KNOWN_WORD, _OFTEN, _ORDINARY_SHARE = 4, 12, 0.2
"""Times a word must stand in all texts; times after which it is no longer rare; sentences without a rare one kept."""

_ALLOWED = re.compile(r"[A-Za-zÀÂÇÉÈÊËÎÏÔÛÙÜàâçéèêëîïôûùüÿœŒæ ,.?!:;'…-]+")
_ENGLISH = re.compile(r"\b(the|you|is|to|they|has|was|are|my|his|her|and|of|it|that|with|have|do|be|not)\b", re.I)
_WORDS = re.compile(r"[\w-]+")
_ELIDED = re.compile(
    r"\b(de|que|le|la|je|ne|se|me|te|jusque|lorsque) (?=[aeiouyâàéèêîôûhœ])(?!huit|onz|haut|héros|yaourt|oui)", re.I
)
_CONTRACTED = ((r"\bà le ", "au "), (r"\bà les ", "aux "), (r"\bde le ", "du "), (r"\bde les ", "des "))
_TRADE = re.compile(r"[a-zéèêà'-]+(eur|euse|trice|ier|ière|ien|ienne|iste|logue|ant|ante|er|ère)\b")
"""How names of occupations end; ESCO's other names are fields of knowledge."""

_SLOT = re.compile(r"\{([^}]+)\}")


@dataclass(frozen=True, slots=True)
class Source:
    """Sentences of one origin, and how much of the training speech they are (relative to the others)."""

    name: str
    sentences: tuple[str, ...]


def held_out_word(word: str) -> bool:
    """Whether an occupation or a first name is one of those kept aside (by its spelling, always alike)."""
    return crc32(word.lower().encode()) % HELD_OUT_SHARE == 0


def tidy(text: str) -> str:
    """Ordinary French writing: plain apostrophes and spaces, one space before ``? ! : ;``, no quotation marks."""
    text = text.replace("’", "'").replace("...", "…")
    text = re.sub(r"[«»“”\"\u00a0\u202f\u2009]", " ", text)
    text = re.sub(r"\s*([?!:;])", r" \1", text)
    text = re.sub(r"\s+([,.…])", r"\1", text)
    text = re.sub(r"\s*([,])\s*", r"\1 ", text)
    return re.sub(r"\s+", " ", text).strip(" -–—,;:")


def grams(text: str) -> set[tuple[str, ...]]:
    """All runs of six words, or the whole text where it is shorter than that but longer than three words."""
    words = _WORDS.findall(text.lower().replace("’", "'"))
    if len(words) < _NGRAM:
        return {tuple(words)} if len(words) > 3 else set()
    return {tuple(words[at : at + _NGRAM]) for at in range(len(words) - _NGRAM + 1)}


def judged(folders: Iterable[Path]) -> set[tuple[str, ...]]:
    """Runs of words of everything that measures the model."""
    found: set[tuple[str, ...]] = set()
    for folder in folders:
        for file in sorted(folder.rglob("*.txt")):
            for line in file.read_text("utf-8").splitlines():
                for sentence in re.split(
                    r"(?<=[.?!…])\s+", line.partition(":")[2] if line[:2] in ("P:", "J:") else line
                ):
                    found |= grams(sentence)
    return found


def from_pairs(path: Path) -> tuple[Source, ...]:
    """The French side of the pairs, by origin: whole sentences; for ESCO, bare names of skills and occupations."""
    by_source: dict[str, list[str]] = {}
    for line in path.read_text("utf-8").splitlines():
        source, _, french = json.loads(line)
        kind = source.partition("_")[0]
        if kind == "esco":
            by_source.setdefault(kind, []).extend(part.strip() for part in french.replace("’", "'").split("/"))
        else:
            parts = re.split(r"(?<=[.?!…])\s+", tidy(french))
            by_source.setdefault(kind, []).extend(_sentence(part) for part in parts)
    kept = {
        name: tuple(dict.fromkeys(text for text in texts if _speakable(text, name)))
        for name, texts in by_source.items()
    }
    return tuple(Source(name, texts) for name, texts in kept.items())


def _sentence(text: str) -> str:
    text = tidy(text)
    return text if not text or text[-1] in ".?!…" else text + "."


def _speakable(text: str, source: str) -> bool:
    if not _SHORTEST <= len(text) <= _LONGEST or not _ALLOWED.fullmatch(text) or len(_ENGLISH.findall(text)) > 0:
        return False
    if source in ("pydoc", "gnome"):  # manuals: no bare title, no name of a function
        return len(text.split()) > 3 and not re.search(r"\.\w|\w\.\w|[a-z][A-Z]|\b[b-df-hj-np-xz]\b", text)
    return True


class Templates:
    """Sentences of career meetings with slots, filled at random from our lists and from ESCO's names."""

    def __init__(self, esco: Sequence[str], chance: random.Random) -> None:
        self._chance = chance
        self._templates = (TEXT / "templates.txt").read_text("utf-8").split("\n")[:-1]
        self._slots = dict(_slots(TEXT / "slots.txt"))
        self._slots["prenom"] = [n for n in (TEXT / "names.txt").read_text("utf-8").split() if not held_out_word(n)]
        infinitive = re.compile(r"^[a-zéèêà]+(?<!ri)(?<!ni)(?<!ti)(?<!si)(?<!chi)(?:er|ir|re)$")
        skills = [one for one in esco if infinitive.match(one.split(" ")[0]) and len(one) < 70]
        jobs = [one for one in esco if one not in set(skills) and len(one) < 60 and not held_out_word(one)]
        jobs = [one for one in jobs if _TRADE.match(one)]
        self._slots["infinitif"] += skills
        self._slots["metier"] += jobs

    def one(self) -> str:
        """One sentence."""
        return self.filled(self._chance.choice(self._templates))

    def filled(self, text: str) -> str:
        """The text with its slots filled, elided and contracted."""
        text = _SLOT.sub(lambda slot: self._value(slot.group(1)), text)
        for pattern, contracted in _CONTRACTED:
            text = re.sub(pattern, contracted, text)
        text = _ELIDED.sub(lambda found: found.group(1)[:-1] + "'", text)
        return tidy(text[0].upper() + text[1:])

    def _value(self, name: str) -> str:
        if name == "montant":
            return str(self._chance.choice((self._chance.randint(12, 60) * 100, self._chance.randint(25, 120) * 50)))
        if name == "annee":
            return str(self._chance.randint(1972, 2031))
        value = self._chance.choice(self._slots[name.lower() if name.lower() in self._slots else name])
        return value[0].upper() + value[1:] if name[0].isupper() else value


def _slots(path: Path) -> Iterator[tuple[str, list[str]]]:
    for line in path.read_text("utf-8").splitlines():
        name, _, values = line.partition(": ")
        yield name, values.split("|")


def spliced(sentences: Sequence[str], chance: random.Random) -> str:
    """The beginning of one sentence and the end of another."""
    first, second = chance.choice(sentences).split(" "), chance.choice(sentences).split(" ")
    return " ".join([*first[: max(1, len(first) // 2)], *second[len(second) // 2 :]]).replace(". ", " ")


def salad(words: Sequence[str], chance: random.Random) -> str:
    """Words that have nothing to do with one another."""
    text = " ".join(words)
    return text[0].upper() + text[1:] + chance.choice((".", ".", ".", " ?"))


def from_texts(files: Sequence[Path], chance: random.Random) -> Iterator[str]:
    """Sentences of other texts: each file's in random order, the files in turn, known words only, rare ones first.

    A file that is named twice has two turns, and its sentences come twice.

    A word that stands less than ``_KNOWN_WORD`` times in all of them is a misprint, a name, or no French: its sentences
    are left out. A sentence without any word that is still rare in what was given is mostly left out too.
    """
    read = {file: [_sentence(line) for line in file.read_text("utf-8").splitlines()] for file in files}
    read = {file: [text for text in texts if _plain(text)] for file, texts in read.items()}
    known = Counter(word for texts in read.values() for text in texts for word in _WORDS.findall(text.lower()))
    lines = [list(read[file]) for file in files]
    given: Counter[str] = Counter()
    for texts in lines:
        chance.shuffle(texts)
    while lines := [texts for texts in lines if texts]:
        for texts in lines:
            text = texts.pop()
            words = _WORDS.findall(text.lower())
            rarest = min(given[word] for word in words)
            if min(known[word] for word in words) < _KNOWN_WORD or (
                rarest >= _OFTEN and chance.random() > _ORDINARY_SHARE
            ):
                continue
            given.update(words)
            yield text


def _plain(text: str) -> bool:
    """A whole sentence: from a capital to its point, nothing but words."""
    return text[:1].isupper() and len(text.split()) > 2 and _speakable(text, "texts")


def corpus(pairs: Path, seed: int, count: int, texts: Sequence[Path] = ()) -> list[str]:
    """Sentences to speak, in random order, none like what measures the model, none but the spoken ones twice."""
    chance = random.Random(seed)
    banned = judged(ROOT / folder for folder in SPOKEN_AT_JUDGING)
    own = [text for text in (TEXT / "spoken.txt").read_text("utf-8").splitlines() if not grams(text) & banned]
    said = (chance.sample(own, len(own)) * (1 + count // len(own)))[: round(_SPOKEN_SHARE * count)]
    made: dict[str, None] = {}
    for text in _drawn({one.name: one.sentences for one in from_pairs(pairs)}, list(from_texts(texts, chance)), chance):
        if _SHORTEST <= len(text) <= _LONGEST and not grams(text) & banned:
            made[text] = None
        if len(made) == count - len(said):
            break
    found = [*said, *made]
    chance.shuffle(found)
    return found


def _drawn(sources: Mapping[str, Sequence[str]], others: Sequence[str], chance: random.Random) -> Iterator[str]:
    """Without end: other texts', the pairs', filled templates, joined halves, words at random."""
    templates = Templates(sources["esco"], chance)
    real = [*sources["tatoeba"], *sources["asp"], *sources["gnome"], *sources["pydoc"][::2], *_own_sentences()]
    whole = [*real, *others]
    words = sorted({word for text in [*whole, *sources["esco"]] for word in text.lower().strip(".?!…").split(" ")})
    words = [word for word in words if re.fullmatch(r"[a-zàâçéèêëîïôûùœ'-]{2,14}", word)]
    frequent = [word for text in sources["tatoeba"] for word in text.lower().strip(".?!…").split(" ") if word.isalpha()]
    waiting, plain = list(reversed(others)), list(real)
    chance.shuffle(plain)
    while True:
        draw = chance.random()
        if waiting and chance.random() < _TEXTS_SHARE:
            yield waiting.pop()
        elif draw < 0.42 and plain:
            yield plain.pop()
        elif draw < 0.80:
            yield templates.one()
        elif draw < 0.92:
            yield spliced(whole, chance)
        else:
            size = chance.randint(4, 9)
            yield salad([chance.choice(words if chance.random() < 0.4 else frequent) for _ in range(size)], chance)


def _own_sentences() -> list[str]:
    """Questions and definitions that the encoder's training already has, written for this project."""
    folder = ROOT / "training" / "encoder" / "text"
    found = []
    for line in (folder / "sentences.txt").read_text("utf-8").splitlines():
        found += [tidy(part) for part in line.split("|")[1:] if part.strip()[:1].isupper()]
    for line in (folder / "jobs.txt").read_text("utf-8").splitlines():
        for part in re.split(r"[.;]", line.split("|")[-1]):
            if part.strip():
                found.append(_sentence(part.strip()[0].upper() + part.strip()[1:]))
    return [text for text in found if _ALLOWED.fullmatch(text)]
