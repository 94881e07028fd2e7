"""The tokenizer: folded French words, and pieces for those it does not know.

Takes texts, gives a ``tokenizers`` WordPiece: lower case, no accents, no punctuation. Its vocabulary holds the words
of the texts, the stems of those words (so that an unseen form begins with a known one), their endings, and pieces
that a WordPiece trainer finds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import Stemmer
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

UNKNOWN = "[UNK]"
_PREFIX = "##"
_PIECES = 6000
"""Pieces of words asked of the trainer; more only repeats whole words."""
_ENDINGS = 800


def blank(vocabulary: dict[str, int] | None = None) -> Tokenizer:
    """A tokenizer with this vocabulary, or one to be trained."""
    known = {"vocab": vocabulary} if vocabulary is not None else {}
    model = models.WordPiece(**known, unk_token=UNKNOWN, continuing_subword_prefix=_PREFIX, max_input_chars_per_word=60)
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.NFKD(),
            normalizers.Replace(Regex(r"\p{M}+"), ""),
            normalizers.Lowercase(),
            normalizers.Replace("œ", "oe"),
            normalizers.Replace("æ", "ae"),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[^\p{L}\p{N}+#]+"), "removed")
    return tokenizer


def learn(texts: Iterable[str], size: int) -> Tokenizer:
    """The tokenizer of these texts, with at most ``size`` tokens."""
    lines = list(texts)
    empty = blank()
    counts: Counter[str] = Counter()
    for line in lines:
        folded = empty.normalizer.normalize_str(line)
        counts.update(word for word, _ in empty.pre_tokenizer.pre_tokenize_str(folded))
    stem = Stemmer.Stemmer("french").stemWord
    stems: Counter[str] = Counter()
    endings: Counter[str] = Counter()
    for word in counts:
        root = stem(word)
        if word.startswith(root) and 4 <= len(root) < len(word):
            stems[root] += 1
            endings[_PREFIX + word[len(root) :]] += 1
    trainer = trainers.WordPieceTrainer(
        vocab_size=_PIECES, special_tokens=[UNKNOWN], continuing_subword_prefix=_PREFIX, show_progress=False
    )
    empty.train_from_iterator(lines, trainer)
    letters = sorted({char for word in counts for char in word})
    ordered = [
        UNKNOWN,
        *letters,
        *(_PREFIX + char for char in letters),
        *(ending for ending, _ in endings.most_common(_ENDINGS)),
        *sorted(token for token in empty.get_vocab() if token.startswith(_PREFIX)),
        *(root for root, count in stems.most_common() if count > 1),
        *(word for word, _ in counts.most_common()),
    ]
    chosen = list(dict.fromkeys(ordered))[:size]
    return blank({token: place for place, token in enumerate(chosen)})
