"""Captions of a clip, and its sentences, from what is said in it. Pure: no file, no clock.

Takes utterances (times of the recording) and where the clip begins; gives WebVTT cues of at most 2 lines of
40 characters, and :class:`pipeline.records.Sentence` records. Where cues end is chosen by dynamic programming
over all the ways to group the words (Knuth and Plass's idea for paragraphs): sentences and clauses stay whole
where they can.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from consent.records import Frozen, PersonId, Role, Span
from pipeline.records import Sentence, Utterance
from pipeline.render.lines import MAX_CHARACTERS, MAX_LINES, broken, fits, layout
from pipeline.render.typography import Piece, ends_sentence, joined, pieces

__all__ = ["MAX_CHARACTERS", "MAX_LINES", "Caption", "cues", "sentences", "webvtt"]

CHARACTERS_PER_SECOND = 17.0
"""Comfortable reading; a caption stays longer than its speech, into a silence, to reach it."""

MIN_MS = 1000
"""Shortest display where there is room: below, a caption flashes."""

SQUEEZED_MS = 500
"""What a caption keeps when somebody speaks at once, or over it: the next one then waits."""

MAX_S = 7.0
"""Longest speech in one caption: beyond, its end is read long before it is heard."""

PAUSE_S = 0.8
"""A silence of the same speaker that ends a caption, so that no answer shows before it is said."""

SENTENCE_PAUSE_S = 2.5
"""A silence that ends a sentence even without a full stop."""

MAX_SENTENCE = 240
"""Characters above which speech without punctuation is divided: a hit must show one idea, and its second."""

_COST_CAPTION = 1.0
_COST_MID_CLAUSE = 2.5
_COST_CLAUSE = 0.5
_COST_WEAK = 2.0
_COST_FLASH = 1.5
_COST_TWO_SENTENCES = 0.6
_COST_UNEVEN = 0.7
"""Costs of a grouping, in units of "one more caption": chosen on French meeting scripts, then frozen by the
golden test."""


class Caption(Frozen):
    """One cue: milliseconds from the clip's start, and its lines as displayed (not escaped)."""

    start_ms: int
    end_ms: int
    lines: tuple[str, ...]


class _Group(Frozen):
    parts: tuple[Piece, ...]


def cues(utterances: Sequence[Utterance], offset: float, duration: float) -> tuple[Caption, ...]:
    """The captions of a clip, ordered, without overlap, inside ``[0, duration]``.

    Args:
        utterances: what is said in the clip, times from the recording's start, in order.
        offset: seconds of the recording at which the clip begins.
        duration: seconds the clip lasts.
    """
    several = len({one.speaker for one in utterances}) > 1
    groups = [group for run in _runs(utterances, PAUSE_S) for group in _grouped(run, several)]
    groups.sort(key=lambda group: group.parts[0].start)  # stable: an interjection comes where it is heard
    spans = _timed(groups, offset, round(duration * 1000))
    captions = []
    speaker = groups[0].parts[0].speaker if groups else None
    for group, (start, end) in zip(groups, spans, strict=True):
        changed = group.parts[0].speaker != speaker
        speaker = group.parts[0].speaker
        lines = layout([part.text for part in group.parts], dashed=changed)
        captions.append(Caption(start_ms=start, end_ms=end, lines=lines))
    return tuple(captions)


def webvtt(captions: Sequence[Caption]) -> str:
    """The captions as a WebVTT file."""
    blocks = ["WEBVTT\n"]
    for caption in captions:
        text = "\n".join(_escaped(line) for line in caption.lines)
        blocks.append(f"{_stamp(caption.start_ms)} --> {_stamp(caption.end_ms)}\n{text}\n")
    return "\n".join(blocks)


def sentences(
    utterances: Sequence[Utterance],
    roles: Mapping[PersonId, Role],
    offset: float,
    duration: float = float("inf"),
) -> tuple[Sentence, ...]:
    """Divide what is said in a clip into sentences, each of one speaker.

    Args:
        utterances: times from the recording's start, in order.
        roles: of the persons of the meeting; an unknown speaker has none.
        offset: seconds of the recording at which the clip begins.
        duration: seconds the clip lasts; no sentence goes beyond.
    """
    found = []
    for run in _runs(utterances, SENTENCE_PAUSE_S):
        for parts in _short(_sentences(run)):
            span = _inside(parts, offset, duration)
            role = roles.get(parts[0].speaker) if parts[0].speaker is not None else None
            found.append(Sentence(role=role, span=span, text=joined(parts)))
    return tuple(found)


def _runs(utterances: Sequence[Utterance], pause: float) -> list[list[Piece]]:
    """Consecutive pieces of one speaker, without a silence of ``pause`` seconds."""
    runs: list[list[Piece]] = []
    for parts in pieces(utterances):
        for part in parts:
            last = runs[-1][-1] if runs else None
            if last is not None and last.speaker == part.speaker and part.start - last.end < pause:
                runs[-1].append(part)
            else:
                runs.append([part])
    return runs


def _sentences(run: list[Piece]) -> list[list[Piece]]:
    found: list[list[Piece]] = [[]]
    for piece, following in zip(run, [*run[1:], None], strict=True):
        found[-1].append(piece)
        if following is not None and ends_sentence(piece, following):
            found.append([])
    return found


def _short(found: list[list[Piece]]) -> list[list[Piece]]:
    """Divide what is too long where the speaker paused most, in its middle half, clauses first."""
    result: list[list[Piece]] = []
    for parts in found:
        if len(joined(parts)) <= MAX_SENTENCE or len(parts) < 4:
            result.append(parts)
            continue
        middle = range(len(parts) // 4, max(len(parts) // 4 + 1, 3 * len(parts) // 4))
        # A clause's end is worth half a second of silence.
        cut = max(middle, key=lambda at: parts[at].start - parts[at - 1].end + 0.5 * parts[at - 1].ends_clause)
        result += _short([parts[:cut], parts[cut:]])
    return result


def _inside(parts: Sequence[Piece], offset: float, duration: float) -> Span:
    start = min(max(0.0, parts[0].start - offset), max(0.0, duration - 0.001))
    end = min(max(part.end for part in parts) - offset, duration)
    return Span(start=start, end=max(end, start + 0.001))


def _grouped(run: list[Piece], several: bool) -> list[_Group]:
    """Divide a run into captions at the least cost. ``several``: a dash may have to fit in front."""
    run = [part for piece in run for part in _unbreakable(piece)]
    best = [0.0] + [float("inf")] * len(run)
    origin = [0] * (len(run) + 1)
    for start in range(len(run)):
        for end in range(start + 1, len(run) + 1):
            texts = [part.text for part in run[start:end]]
            too_long = run[end - 1].end - run[start].start > MAX_S
            if end > start + 1 and (too_long or not fits(texts, dashed=several)):
                break
            cost = best[start] + _cost(run, start, end)
            if cost < best[end]:
                best[end], origin[end] = cost, start
    groups: list[_Group] = []
    end = len(run)
    while end > 0:
        groups.append(_Group(parts=tuple(run[origin[end] : end])))
        end = origin[end]
    return groups[::-1]


def _unbreakable(piece: Piece) -> list[Piece]:
    """The piece, or, where it is longer than a line, parts of it that share its time."""
    texts = broken(piece.text)
    step = (piece.end - piece.start) / len(texts)
    return [
        piece.model_copy(update={"text": text, "start": piece.start + i * step, "end": piece.start + (i + 1) * step})
        for i, text in enumerate(texts)
    ]


def _cost(run: list[Piece], start: int, end: int) -> float:
    cost = _COST_CAPTION
    last, following = run[end - 1], run[end] if end < len(run) else None
    if following is not None and not ends_sentence(last, following):
        cost += _COST_CLAUSE if last.ends_clause else _COST_MID_CLAUSE + _COST_WEAK * last.is_weak
    until = following.start if following is not None else last.end + 1
    if until - run[start].start < MIN_MS / 1000:
        cost += _COST_FLASH
    inner = sum(ends_sentence(one, after) for one, after in pairwise(run[start:end]))
    size = len(joined(run[start:end]))
    return cost + _COST_TWO_SENTENCES * inner + _COST_UNEVEN * (1 - size / (MAX_LINES * MAX_CHARACTERS)) ** 2


def _timed(groups: list[_Group], offset: float, duration_ms: int) -> list[tuple[int, int]]:
    """Start and end of each caption: with the speech, long enough to be read, before the next one."""
    if not groups:
        return []
    squeezed = min(SQUEEZED_MS, duration_ms // len(groups))
    starts: list[int] = []
    for group in groups:
        heard = max(0, round((group.parts[0].start - offset) * 1000))
        starts.append(max(heard, starts[-1] + squeezed) if starts else heard)
    limit = duration_ms
    for index in reversed(range(len(starts))):
        starts[index] = min(starts[index], limit - squeezed)
        limit = starts[index]
    spans = []
    for group, start, until in zip(groups, starts, [*starts[1:], duration_ms], strict=True):
        spoken = round((max(part.end for part in group.parts) - offset) * 1000)
        read = start + max(MIN_MS, round(len(joined(group.parts)) * 1000 / CHARACTERS_PER_SECOND))
        spans.append((start, min(max(spoken, read), until)))
    return spans


def _stamp(milliseconds: int) -> str:
    seconds, thousandths = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{thousandths:03}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
