"""The keyword engine: a tantivy index of terms that our own analyser made, ranked by BM25.

It holds no text: terms with their frequency, without positions, so that nobody can read a clip back from it.
Queries are built from terms, never parsed: no character of a question has a meaning of its own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import tantivy
from tantivy import FieldType, Occur, Query

from pipeline.index.analysis import analyse, fold
from pipeline.index.facets import day_number, term
from pipeline.index.question import Wanted, root_of
from pipeline.index.ranking import RowScore
from pipeline.outputs import raise_if_full
from pipeline.records import Clip, FacetName, Filters, TagKind

BOOSTS = {"title": 1.3, "occupation": 1.3, "tags": 1.2, "body": 1.0}
"""Weight of a match by field: the title is the question that the clip answers, but two words of the question in
what is said must outweigh one in the title."""

ROOTS = "roots"
"""The field of word beginnings: what boulanger and boulangerie, enseigner and enseignement share."""

ROOT_BOOST = 0.35
"""What the same root brings: more than nothing, less than the same word."""

GUESS_BOOST = 0.35
"""What a corrected word brings beside one that was typed right: as much as a shared root. Of the words that a library
lacks, more are good words that nobody said than slips."""

_OTHER_FIELDS = 0.3
"""What a word brings that matches in a second field too: more than nothing, less than another word."""

_SATURATED = 2.2
"""The most that BM25's frequency factor can reach: tantivy's k1 is 1.2, and the factor tends to k1 + 1."""

_WRITER_BYTES = 100_000_000
"""Memory of the writer; tantivy wants 15 MB at least, and more only means fewer segments to merge."""


@dataclass(frozen=True, slots=True)
class KeywordDocument:
    """What is indexed of a clip; ``row`` is its row in the generation, ``facets`` its facet terms."""

    row: int
    clip_id: str
    title: str
    occupation: str
    tags: str
    body: str
    facets: tuple[str, ...] = ()
    day: int = 0


def keyword_document(row: int, clip: Clip, facets: Iterable[str] = ()) -> KeywordDocument:
    """The searchable text of a clip."""
    body = "\n".join(sentence.text for sentence in clip.sentences)
    day = day_number(clip.recorded_at.date())
    return KeywordDocument(row, clip.id, clip.title, clip.occupation or "", _tags(clip), body, tuple(facets), day)


def _tags(clip: Clip) -> str:
    """The labels of the tags; that of the occupation is a field of its own."""
    return "\n".join(tag.label for tag in clip.tags if tag.kind is not TagKind.OCCUPATION)


def write_keywords(documents: Iterable[KeywordDocument], folder: Path) -> dict[str, int]:
    """Write the index into an empty folder; return the folded words met, each with its number of documents.

    Raises:
        StorageFull: no room left.
    """
    schema = _schema()
    vocabulary: dict[str, int] = {}
    try:
        # One thread: documents keep the order of their rows, so equal scores always come in that order.
        writer = tantivy.Index(schema, path=str(folder)).writer(heap_size=_WRITER_BYTES, num_threads=1)
        try:
            for document in documents:
                writer.add_document(tantivy.Document.from_dict(_fields(document, vocabulary), schema))
            writer.commit()
        finally:
            writer.wait_merging_threads()  # else they would still be writing into a folder that the caller removes
    except ValueError as error:
        _raise_if_full(error)
        raise
    return vocabulary


def _fields(document: KeywordDocument, vocabulary: dict[str, int]) -> dict[str, object]:
    """The terms of a document by field; its words are counted into ``vocabulary``."""
    fields: dict[str, object] = {"row": document.row, "day": document.day, "id": document.clip_id}
    heads: list[str] = []
    words: set[str] = set()
    beginnings: list[str] = []
    for name in BOOSTS:
        text = getattr(document, name)
        tokens = analyse(text)
        fields[name] = " ".join(one for token in tokens for one in token.terms)
        folded = [fold(text[token.start : token.end]) for token in tokens]
        words.update(word for word, token in zip(folded, tokens, strict=True) if not token.function_word)
        beginnings += [root for token in tokens if (root := root_of(token))]
        if name != "body":
            heads += folded
    for word in words:
        vocabulary[word] = vocabulary.get(word, 0) + 1
    fields[ROOTS] = " ".join(beginnings)
    fields["heads"] = " ".join(heads)
    fields["facets"] = " ".join(document.facets)
    return fields


def _whole(row: float | None) -> int:
    """Every document has a row; tantivy-py's types allow for fields that some lack."""
    assert row is not None
    return int(row)


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    # Signed and raw on purpose: tantivy-py deletes on unsigned fields do nothing, should anyone ever delete.
    builder.add_integer_field("row", stored=True, indexed=True, fast=True)
    builder.add_integer_field("day", indexed=True, fast=True)
    builder.add_text_field("id", tokenizer_name="raw", index_option="basic")
    for name in (*BOOSTS, ROOTS):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    for name in ("heads", "facets"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="basic")
    return builder.build()


def _raise_if_full(error: ValueError) -> None:
    """tantivy-py gives the system's error as text only: ``… (os error 28)``."""
    code = re.search(r"\(os error (\d+)\)|code: (\d+)", str(error))
    if code:
        raise_if_full(OSError(int(code[1] or code[2]), str(error)))


class KeywordIndex:
    """An opened keyword index. Safe to search from several threads."""

    def __init__(self, folder: Path) -> None:
        """Open the folder.

        Raises:
            ValueError: it holds no tantivy index.
        """
        index = tantivy.Index.open(str(folder))
        self._schema = index.schema
        self._searcher = index.searcher()

    @property
    def count(self) -> int:
        """How many documents there are: what was written, less what was deleted."""
        return int(self._searcher.num_docs)

    def holding(self, field: str, one: str) -> int:
        """How many documents hold a term in a field."""
        return int(self._searcher.doc_freq(field, one))

    def search(self, words: Sequence[Wanted], limit: int, filters: Filters | None, among: Collection) -> list[RowScore]:
        """The ``limit`` rows that match most of the words best, best first; none without a word.

        A score is BM25's over the most it could be for these words: about 1 where every word is there, often. Words
        are as rare as they are ``among`` all documents.
        """
        wanted = min(limit, self.count)
        if wanted <= 0 or not words:
            return []
        query = Query.boolean_query([(Occur.Should, self._word(one, among)) for one in words])
        if filters is not None and not filters.is_empty:
            query = Query.boolean_query([(Occur.Must, query), (Occur.Must, self._filter(filters))])
        hits = self._searcher.search(query, limit=wanted, count=False).hits
        rows = self._searcher.fast_field_values("row", [address for _, address in hits])
        most = sum(among.rarity(one) for one in words) * _SATURATED
        return [RowScore(_whole(row), float(score) / most) for row, (score, _) in zip(rows, hits, strict=True)]

    def starting_with(self, words: Sequence[str], limit: int) -> list[int]:
        """Rows whose title, occupation or tags hold every folded word, the last of which may be unfinished."""
        if not words or self.count == 0:
            return []
        clauses = [(Occur.Must, Query.term_query(self._schema, "heads", word)) for word in words[:-1]]
        # Folded words are letters, digits, + and #: only + has a meaning in a regular expression.
        pattern = words[-1].replace("+", r"\+") + ".*"
        clauses.append((Occur.Must, Query.regex_query(self._schema, "heads", pattern)))
        hits = self._searcher.search(Query.boolean_query(clauses), limit=min(limit, self.count), count=False).hits
        return [_whole(row) for row in self._searcher.fast_field_values("row", [address for _, address in hits])]

    def _word(self, word: Wanted, among: Collection) -> Query:
        """A word counts once, in its best field and its best form."""
        alternatives = [
            self._term(name, one, boost * weight * among.correction(self, name, one))
            for name, boost in BOOSTS.items()
            for terms, weight in ((word.terms, 1.0), (word.guessed, GUESS_BOOST))
            for one in terms
        ]
        if word.root:
            alternatives.append(self._term(ROOTS, word.root, ROOT_BOOST * among.correction(self, ROOTS, word.root)))
        return Query.disjunction_max_query(alternatives, _OTHER_FIELDS)

    def _term(self, field: str, one: str, boost: float) -> Query:
        return Query.boost_query(Query.term_query(self._schema, field, one, "freq"), boost)

    def _filter(self, filters: Filters) -> Query:
        """What passes the filters; it brings no score."""
        clauses: list[tuple[Occur, Query]] = []
        for facet in FacetName:
            values = [term(facet, value) for value in filters.of(facet)]
            if values:
                clauses.append((Occur.Must, Query.term_set_query(self._schema, "facets", values)))
        if filters.since is not None or filters.until is not None:
            since = None if filters.since is None else day_number(filters.since)
            until = None if filters.until is None else day_number(filters.until)
            clauses.append((Occur.Must, Query.range_query(self._schema, "day", FieldType.Integer, since, until)))
        return Query.const_score_query(Query.boolean_query(clauses), 0.0)


class Collection:
    """Several keyword indexes counted as one: a word is as rare as it is in all of them together.

    tantivy's scores know one index only; as they are proportional to a word's rarity, they are multiplied by its rarity
    among all over its rarity there.
    """

    def __init__(self, indexes: Sequence[KeywordIndex]) -> None:
        self._indexes = tuple(indexes)
        self.count = sum(index.count for index in indexes)

    def search(self, place: int, words: Sequence[Wanted], limit: int, filters: Filters | None = None) -> list[RowScore]:
        """What the index at that place finds; see :meth:`KeywordIndex.search`."""
        return self._indexes[place].search(words, limit, filters, self)

    def rarity(self, word: Wanted) -> float:
        """Weight of a word (BM25's inverse document frequency, above 0): the rarer, the more it says."""
        terms = word.terms if word.known or not word.guessed else word.guessed
        return _rarity(self.count, max(self._holding("body", one) for one in terms))

    def correction(self, index: KeywordIndex, field: str, one: str) -> float:
        """By what the scores of a term in one index are multiplied."""
        if len(self._indexes) == 1:
            return 1.0
        return _rarity(self.count, self._holding(field, one)) / _rarity(index.count, index.holding(field, one))

    def _holding(self, field: str, one: str) -> int:
        return sum(index.holding(field, one) for index in self._indexes)


def _rarity(count: int, found: int) -> float:
    return math.log(1 + (count - found + 0.5) / (found + 0.5)) if found <= count else 1e-9
