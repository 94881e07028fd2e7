"""English words without a topic, so that a meeting in English is compared by what it is about.

Takes nothing, gives one set of folded words, beside the French ones of :mod:`pipeline.segment.lexicon`; those that
mean something in French (« but », « or », « son ») are left out here, since French comes first.
"""

from __future__ import annotations

_WORDS = """
    the an and if of to in at for with by from is are was were be been being am it its this that these those you he
    she we they him her us them my your his our their what which who whom when where why how all any both each few
    more most other some such no not only own same so than too very can will just don should now do does did doing
    have has had having would could ought you re they ve ll isn aren wasn weren hasn haven hadn doesn didn won wouldn
    shouldn cannot couldn mustn let um uh mm hmm yeah okay yep right well like know think mean got get gets getting go
    gonna going really thing things kind also because then there here about out up into over again actually maybe lot
    want wanna yes good much way say said something anything everything guess sure
"""
ENGLISH_STOP_WORDS = frozenset(_WORDS.split())
