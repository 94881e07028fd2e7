"""The WebVTT files, as platforms write them."""

from consent.records import PersonId, Span
from demo.captions import Manner, captions
from demo.truth import TrueUtterance, TrueWord, Truth, utterance

PRO, YOUTH = PersonId("pro"), PersonId("jeune")
NAMES = {PRO: "Claire D.", YOUTH: "Malik"}


def _turn(speaker: PersonId, start: float, text: str) -> TrueUtterance:
    words = text.split(" ")
    return utterance(
        [
            TrueWord(text=word, speaker=speaker, span=Span(start=start + place, end=start + place + 0.5))
            for place, word in enumerate(words)
        ]
    )


TRUTH = Truth(
    meeting="essai",
    duration=3700,
    utterances=(_turn(YOUTH, 1.25, "Bonjour. Ça va\u202f?"), _turn(PRO, 3661, "R&D & <code>.")),
    exchanges=(),
)


def test_zoom_writes_a_byte_order_mark_carriage_returns_and_names_before_a_colon() -> None:
    """The very bytes: one numbered cue per sentence."""
    expected = (
        "\ufeffWEBVTT\r\n\r\n"
        "1\r\n00:00:01.250 --> 00:00:01.750\r\nMalik: Bonjour.\r\n\r\n"
        "2\r\n00:00:02.250 --> 00:00:03.750\r\nMalik: Ça va\u202f?\r\n\r\n"
        "3\r\n01:01:01.000 --> 01:01:03.500\r\nClaire D.: R&D & <code>.\r\n\r\n"
    )

    assert captions(TRUTH, NAMES, Manner.ZOOM).decode() == expected


def test_teams_writes_voice_tags_and_escapes_the_text() -> None:
    """The very bytes: one identified cue per sentence, WebVTT's special characters escaped."""
    expected = (
        "WEBVTT\n\n"
        "71b4e190fc7a/0-0\n00:00:01.250 --> 00:00:01.750\n<v Malik>Bonjour.</v>\n\n"
        "71b4e190fc7a/1-0\n00:00:02.250 --> 00:00:03.750\n<v Malik>Ça va\u202f?</v>\n\n"
        "71b4e190fc7a/2-0\n01:01:01.000 --> 01:01:03.500\n<v Claire D.>R&amp;D &amp; &lt;code>.</v>\n\n"
    )

    assert captions(TRUTH, NAMES, Manner.TEAMS).decode() == expected
