"""The model card: what the encoder is, what it was made of and by whom, and what each seed was worth."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence

from consent.records import Frozen
from training.encoder.material import Material


class Candidate(Frozen):
    """A table that may be shipped (a seed's best, or the mean of several), and its mean reciprocal ranks."""

    name: str
    score: float
    ranks: dict[str, float]


_TEXT = """---
language: fr
license: apache-2.0
library_name: sentence-transformers
tags: [sentence-similarity, static-embeddings, french]
---
# videotheque-encoder-fr

A static French sentence encoder for retrieval: one vector a token, a text is their mean, made unit length. It was
made for the clips of a career library, where no model hub can be reached. Case, accents and punctuation are folded;
misspellings and text-message French were part of the training. It knows nothing of word order, and only French.

```python
from sentence_transformers import SentenceTransformer  # 6.2 or later: numbers are stored in one byte

model = SentenceTransformer("encoder_fr")
model.encode(["c koi le salaire d'une infirmière", "On débute à deux mille euros net par mois."])
```

- {tokens} vectors of {dimension} numbers, one byte each with a scale a row. No prompts. No maximum length.
- Trained by `python -m training.encoder` (see `training/encoder/README.md`): distilled from English
  [all-MiniLM-L6-v2](https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2) (Apache-2.0; projected on its
  first {dimension} principal directions) over English–French pairs, and contrasted on couples of French texts; each
  row is then weighed by how rare its token is in spoken and written French.
- Recipe: `{recipe}`

## Figures

Mean reciprocal rank within ten, on dev sets written for this project (checkpoints were chosen on them, and the mean
of the seeds rather than one of them; `bench/results/search.json` holds all figures, held-out halves, intervals and
comparisons):

{figures}

## Data and attribution

| Texts | Source and licence |
|---|---|
{sources}

## Limits

- The authors of the dev sets also wrote part of the training text: figures on their sets flatter the model.
- It compares words, not sentences: negation, who does what to whom, and irony escape it.
- Its teacher is English and carries the biases of the web; so do occupations and genders in it.
"""

_LICENCES = {
    "tatoeba": "Tatoeba sentences, CC BY 2.0 FR, © the contributors of tatoeba.org",
    "esco": "ESCO, © European Union, reuse with attribution: this service uses the ESCO classification",
    "esco_alt": "ESCO, alternative labels, the same",
    "pydoc": "Python documentation and its French translation, © Python Software Foundation, PSF licence",
    "gnome": "GNOME user documentation, © the GNOME Documentation Project, CC BY 3.0 (some pages: CC BY-SA 3.0)",
    "asp": "African Storybook, © its authors and translators, CC BY",
    "lexicon": "names of things, written for this project, licence of this project",
    "job": "occupations and their definitions, written for this project",
    "sentences": "sentences in several wordings, written for this project",
}


def card(results: Sequence[Candidate], chosen: Candidate, recipe: Mapping[str, object], material: Material,
         tokens: int) -> str:  # fmt: skip
    """The card in Markdown."""
    counts = Counter(one.source for one in material.lessons)
    meetings = sum(one.source == "meeting" for one in material.couples)
    rows = [f"| {count} | {_LICENCES[name]} |" for name, count in counts.items()]
    rows.append(f"| {meetings} | questions and answers of the scripted meetings of this project |")
    rows.append(
        f"| {len(material.spoken)} | what is said in them, and answers written for this project: for weighing only |"
    )
    names = list(chosen.ranks)
    figures = ["| table | mean | " + " | ".join(names) + " |", "|" + "---|" * (len(names) + 2)]
    for one in results:
        mark = " (this model)" if one.name == chosen.name else ""
        values = " | ".join(f"{one.ranks[name]:.3f}" for name in names)
        figures.append(f"| {one.name}{mark} | {one.score:.3f} | {values} |")
    return _TEXT.format(
        tokens=tokens,
        dimension=recipe["dimension"],
        recipe=json.dumps(recipe, sort_keys=True),
        figures="\n".join(figures),
        sources="\n".join(rows),
    )
