"""The keyword engine: a tantivy index of terms that our own analyser made, ranked by BM25.

It holds no text: terms with their frequency, without positions, so that nobody can read a clip back from it.
Queries are built from terms, never parsed: no character of a question has a meaning of its own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import tantivy
from tantivy import Occur, Query

from pipeline.index.analysis import Token, analyse, query_tokens
from pipeline.index.ranking import RowScore
from pipeline.outputs import raise_if_full
from pipeline.records import Clip, TagKind

BOOSTS = {"title": 1.3, "occupation": 1.3, "tags": 1.2, "body": 1.0}
"""Weight of a match by field: the title is the question that the clip answers, but two words of the question in
what is said must outweigh one in the title. Set by hand, not yet learned."""

_OTHER_FIELDS = 0.3
"""What a word brings that matches in a second field too: more than nothing, less than another word."""

_WRITER_BYTES = 50_000_000
"""Memory of the writer; tantivy wants 15 MB at least, and more only means fewer segments to merge."""


@dataclass(frozen=True, slots=True)
class KeywordDocument:
    """What is indexed of a clip; ``row`` is its row in the generation."""

    row: int
    clip_id: str
    title: str
    occupation: str
    tags: str
    body: str


def keyword_document(row: int, clip: Clip) -> KeywordDocument:
    """The searchable text of a clip."""
    body = "\n".join(sentence.text for sentence in clip.sentences)
    return KeywordDocument(row, clip.id, clip.title, clip.occupation or "", _tags(clip), body)


def _tags(clip: Clip) -> str:
    """The labels of the tags; that of the occupation is a field of its own."""
    return "\n".join(tag.label for tag in clip.tags if tag.kind is not TagKind.OCCUPATION)


def write_keywords(documents: Iterable[KeywordDocument], folder: Path) -> None:
    """Write the index into an empty folder.

    Raises:
        StorageFull: no room left.
    """
    schema = _schema()
    try:
        # One thread: documents keep the order of their rows, so equal scores always come in that order.
        writer = tantivy.Index(schema, path=str(folder)).writer(heap_size=_WRITER_BYTES, num_threads=1)
        for document in documents:
            fields: dict[str, object] = {"row": document.row, "id": document.clip_id}
            for name in BOOSTS:
                tokens = analyse(getattr(document, name))
                fields[name] = " ".join(term for token in tokens for term in token.terms)
            writer.add_document(tantivy.Document.from_dict(fields, schema))
        writer.commit()
        writer.wait_merging_threads()
    except ValueError as error:
        _raise_if_full(error)
        raise


def _whole(row: float | None) -> int:
    """Every document has a row; tantivy-py's types allow for fields that some lack."""
    assert row is not None
    return int(row)


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    # Signed and raw on purpose: tantivy-py deletes on unsigned fields do nothing, should anyone ever delete.
    builder.add_integer_field("row", stored=True, indexed=True, fast=True)
    builder.add_text_field("id", tokenizer_name="raw", index_option="basic")
    for name in BOOSTS:
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
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

    def search(self, query: str, limit: int) -> list[RowScore]:
        """The ``limit`` rows that match most of the query's words best, best first; none without a word."""
        wanted = min(limit, int(self._searcher.num_docs))
        tokens = query_tokens(query)
        if wanted <= 0 or not tokens:
            return []
        built = Query.boolean_query([(Occur.Should, self._word(token)) for token in tokens])
        hits = self._searcher.search(built, limit=wanted, count=False).hits
        rows = self._searcher.fast_field_values("row", [address for _, address in hits])
        return [RowScore(_whole(row), float(score)) for row, (score, _) in zip(rows, hits, strict=True)]

    def rarity(self, token: Token) -> float:
        """Weight of a word (BM25's inverse document frequency, above 0): the rarer, the more it says."""
        count = int(self._searcher.num_docs)
        found = max(self._searcher.doc_freq("body", term) for term in token.terms)
        return math.log(1 + (count - found + 0.5) / (found + 0.5))

    def _word(self, token: Token) -> Query:
        """A word counts once, in its best field and its best form."""
        alternatives = [
            Query.boost_query(Query.term_query(self._schema, name, term, "freq"), boost)
            for name, boost in BOOSTS.items()
            for term in token.terms
        ]
        return Query.disjunction_max_query(alternatives, _OTHER_FIELDS)
