"""The French analyser."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.index.analysis import analyse, fold, mark, query_tokens

ANY_TEXT = st.text(st.characters(), max_size=200)
"""Any character at all, lone surrogates and controls too."""

FRENCHLIKE = st.text(st.sampled_from("aeéèêçœlqudtjn'’-. 0123CPBSété\u0301\u00ad+#😀"), max_size=60)
"""What the analyser's own rules are about, dense."""


def terms(text: str) -> set[str]:
    return {term for token in analyse(text) for term in token.terms}


def marked(text: str, query: str) -> list[str]:
    return [text[one.start : one.end] for one in mark(text, query)]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("les métiers de la santé", "metier sante"),
        ("les métiers de la santé", "MÉTIERS"),
        ("un me\u0301tier", "métier"),
        ("l’infirmière", "infirmières"),
        ("l'infirmiere", "infirmière"),
        ("des infirmiers", "infirmière"),
        ("aujourd’hui", "aujourd'hui"),
        ("jusqu'à l'hôpital", "hopitaux hopital"),
        ("le cœur", "coeur"),
        ("un œuf", "OEUFS"),
        ("une aide-soignante", "aide soignante"),
        ("une aide soignante", "aide-soignante"),
        ("le weekend", "week-end"),
        ("un C.A.P. cuisine", "cap"),
        ("à l'O.N.U.", "onu"),
        ("du C++", "c++"),
        ("deve\u00adloppeur", "développeurs"),
    ],
)
def test_a_word_is_found_however_it_is_written(text: str, query: str) -> None:
    """Case, accents, plural, elision, ligature, hyphen, acronym: every form meets the other."""
    assert mark(text, query) != ()


@pytest.mark.parametrize(
    ("text", "query"),
    [("du C#", "c++"), ("la boulangère", "vétérinaire"), ("l'heure", "leurre"), ("le pêcheur", "la pêche")],
)
def test_another_word_is_not_found(text: str, query: str) -> None:
    """Folding does not make different words alike."""
    assert mark(text, query) == ()


def test_elided_words_are_split_off_and_not_marked() -> None:
    """The mark covers the word, not its article."""
    assert marked("Qu'est-ce que l’école d'infirmière ?", "l'école infirmière") == ["école", "infirmière"]


def test_a_compound_gives_its_parts_and_the_whole() -> None:
    """The whole for who writes it in one word, the parts for who knows only one."""
    assert {"aidesoign", "aidsoign", "aid", "soign"} == terms("aide-soignante")
    assert {"aidessoign", "aidsoign", "aid", "soign"} == terms("aides-soignantes")


def test_a_verb_and_its_pronoun_are_no_compound() -> None:
    """« travaillez-vous » is not a word to look for."""
    assert terms("travaillez vous") == terms("travaillez-vous")


def test_function_words_are_left_out_of_a_query() -> None:
    """« le », « de », « est-ce que » say nothing of what is looked for."""
    assert [
        tuple(term[:6] for term in token.terms[:1]) for token in query_tokens("Est-ce que je suis avec l'infirmier")
    ] == [("infirm",)]


def test_a_query_of_function_words_keeps_them_all() -> None:
    """Stop words never empty a query."""
    assert [token.terms for token in query_tokens("Être ou ne pas être")] == [("etre",), ("ou",), ("ne",), ("pas",)]


@pytest.mark.parametrize("word", ["son", "or", "car", "été", "C", "combien", "pourquoi", "comment"])
def test_a_word_with_a_trade_behind_it_is_no_function_word(word: str) -> None:
    """Ingénieur du son, permis C, job d'été: these words must count beside others."""
    assert not analyse(f"{word} infirmier")[0].function_word


@pytest.mark.parametrize("text", ["", " ", "!?…", "😀", "\x00", "\ud800", "' - ’", "+", "\u0301"])
def test_a_text_without_letters_has_no_word(text: str) -> None:
    """Punctuation, emoji and broken characters are nothing to look for."""
    assert analyse(text) == ()


@given(ANY_TEXT | FRENCHLIKE)
def test_offsets_slice_the_text(text: str) -> None:
    """Each token stands where it says: it holds a letter or digit, and wholes come before their parts."""
    tokens = analyse(text)

    for token in tokens:
        assert 0 <= token.start < token.end <= len(text)
        assert fold(text[token.start : token.end])
        assert token.terms
        assert all(term and not any(char.isspace() for char in term) for term in token.terms)
    assert sorted(tokens, key=lambda token: (token.start, -token.end)) == list(tokens)


@given(ANY_TEXT | FRENCHLIKE, ANY_TEXT | FRENCHLIKE)
def test_marks_are_in_order_and_never_overlap(text: str, query: str) -> None:
    """A page can put them in the text one after the other."""
    marks = mark(text, f"{query} {text[:20]}")

    ends = [0, *(one.end for one in marks)]
    assert all(end <= one.start < one.end <= len(text) for end, one in zip(ends, marks, strict=False))


@given(FRENCHLIKE)
def test_a_text_is_found_by_itself_in_capitals(text: str) -> None:
    """Whatever is indexed can be asked for, in any case."""
    assert bool(analyse(text)) == bool(mark(text, text))
    assert fold(text) == fold(text.upper().lower())


def test_threads_analyse_alike() -> None:
    """A Snowball stemmer breaks when threads share it; the analyser does not."""
    words = [
        f"{stem}{end}" for stem in ("infirmi", "boulang", "charcut") for end in ("er", "ère", "ères", "erie", "ement")
    ]
    texts = [f"{one} {number}{other}" for number in range(40) for one in words for other in words]
    expected = [analyse(text) for text in texts]

    with ThreadPoolExecutor(8) as pool:
        assert expected == list(pool.map(analyse, texts))
