"""How the people of the demo look; each constant is a person of :mod:`demo.cast`."""

from __future__ import annotations

from demo.avatars import Look

_FAIR, _LIGHT, _GOLDEN, _BROWN, _DARK = "#f3cfb0", "#ecc19b", "#d9a378", "#a86f4a", "#7b4b33"

CLAIRE = Look(skin=_FAIR, hair="#6b4430", style="bun", clothes="#73bdb4", wall="#dde8f3")
MALIK = Look(skin=_BROWN, hair="#241a18", style="curly", clothes="#e2a75c", wall="#f3e4da", collar="hood")
ETIENNE = Look(
    skin=_LIGHT,
    hair="#8d8a86",
    style="short",
    clothes="#c9d3c0",
    wall="#f2e7d6",
    collar="apron",
    glasses=True,
)
ANAIS = Look(skin=_GOLDEN, hair="#3a2722", style="long", clothes="#b58ac0", wall="#e4eadf")
AWA = Look(skin=_DARK, hair="#1f1716", style="curly", clothes="#5b7fb8", wall="#e9e3f2", glasses=True)
LUCAS = Look(skin=_FAIR, hair="#b5763c", style="short", clothes="#7fa36f", wall="#dfeaec", collar="hood")
MEI = Look(skin=_LIGHT, hair="#262024", style="bob", clothes="#f7f7f4", wall="#f4dfd3", head="toque")
TOM = Look(skin=_GOLDEN, hair="#5a3a28", style="short", clothes="#d6705f", wall="#dbe7f0")
KARIM = Look(
    skin=_BROWN,
    hair="#2a211f",
    style="short",
    clothes="#e98a4b",
    wall="#dfe6ea",
    collar="shirt",
    head="helmet",
)
JADE = Look(skin=_FAIR, hair="#c98f4e", style="long", clothes="#6f9fc4", wall="#f3e9d8")
SOFIA = Look(
    skin=_GOLDEN,
    hair="#7a4a2b",
    style="long",
    clothes="#a8b27a",
    wall="#e1ecdc",
    collar="shirt",
    head="cap",
)
NOE = Look(skin=_DARK, hair="#1d1615", style="curly", clothes="#e3c35d", wall="#e6e2f0", collar="hood")
