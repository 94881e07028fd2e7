"""What a withdrawal does, in plain French for the person who reads it: the same sentences before and after it.

Takes what is left before and after (:class:`pipeline.aftermath.Aftermath`), as the register says it, and the person's
role; gives sentences that promise nothing else. Young people are told « tu ».
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from consent.records import Purpose, Role
from pipeline.aftermath import Aftermath
from videotheque.reviewed import Done

_VIDEO = "La vidéo de toute la rencontre"

_WHY_KEPT = {
    Role.GUARDIAN: (
        "Ce texte reste parce que de 15 à 17 ans, votre enfant décide sans vous d’enregistrer la rencontre, de "
        "l’écrire et de la découper. Pour que tout soit effacé, votre enfant peut le demander avec son propre lien."
    ),
    Role.THIRD_PARTY: (
        "L’enregistrement contient aussi d’autres personnes, et ne peut pas perdre une seule seconde : il est gardé "
        "tant qu’elles sont d’accord, et rien de votre passage n’en est montré."
    ),
}
"""Why the recording may outlast what a person takes back; of the two who speak, the word alone ends it."""

_NOT_REMADE = "La vidéo entière n’est plus gardée : cet extrait ne peut pas être refait autrement, et ne revient pas."

_THE_PROFESSIONAL = "la personne qui parle de son métier"

_AWAITED = {
    Role.YOUNG_PERSON: {
        Role.YOUNG_PERSON: "toi",
        Role.GUARDIAN: "tes parents (ou tes représentants légaux)",
        Role.PROFESSIONAL: _THE_PROFESSIONAL,
    },
    Role.GUARDIAN: {
        Role.YOUNG_PERSON: "votre enfant",
        Role.GUARDIAN: "vous, ou l’autre représentant légal",
        Role.PROFESSIONAL: _THE_PROFESSIONAL,
    },
    Role.PROFESSIONAL: {
        Role.YOUNG_PERSON: "le jeune",
        Role.GUARDIAN: "ses représentants légaux",
        Role.PROFESSIONAL: "vous",
    },
}
"""Who has yet to approve, as each reader calls them."""

_OWN = {
    Purpose.SHOW_FACE: ("qu’on voie {} visage", "visage"),
    Purpose.ORIGINAL_VOICE: ("qu’on entende {} voix", "voix"),
    Purpose.SHOW_FIRST_NAME: ("qu’on lise {} prénom", "prénom"),
}


def awaited(roles: Iterable[Role], role: Role | None) -> str:
    """Who has yet to approve a clip, told to somebody of that role; each once."""
    names = _AWAITED.get(role or Role.PROFESSIONAL, _AWAITED[Role.PROFESSIONAL])
    found = list(dict.fromkeys(names.get(one, one.french) for one in roles))
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} et {found[-1]}"


def offered(purpose: Purpose, role: Role | None) -> str:
    """What a person takes back, as they would say it themselves."""
    if purpose in _OWN:
        words, thing = _OWN[purpose]
        if role is Role.GUARDIAN:
            return words.format("la" if thing == "voix" else "le") + " de mon enfant"
        return words.format("ma" if thing == "voix" else "mon")
    return {
        Purpose.PUBLISH: "que des extraits soient montrés",
        Purpose.CUT_AND_INDEX: "que la rencontre soit découpée en extraits",
        Purpose.TRANSCRIBE: "que ce qui est dit soit écrit",
        Purpose.RETAIN_SOURCE: "que la vidéo entière soit gardée une fois les extraits faits",
    }[purpose]


def left(
    before: Aftermath, after: Aftermath, role: Role | None, *, whole: bool, remade: bool, source_kept: bool
) -> tuple[str, ...]:
    """What happens to what is shown, then to what is kept.

    Args:
        before: what is shown and kept now.
        after: the same, once the person has said it.
        role: whose word it is.
        whole: everything is taken back, so that what is kept all the same wants an explanation.
        remade: clips can be made again from the recording.
        source_kept: the recording itself is the operator's to erase.
    """
    why = _WHY_KEPT.get(role, "") if role and whole and after.written else ""
    told = (_shown(before, after, role, remade=remade), _kept(after, remade=remade, source_kept=source_kept), why)
    return tuple(filter(None, told))


def told(done: Done, role: Role | None, *, source_kept: bool) -> tuple[str, ...]:
    """What is written down of a decision just taken, and what it does."""
    young = role is Role.YOUNG_PERSON
    event = done.event
    if event is None:
        who = "tu es d’accord" if young else "vous êtes d’accord"
        return (f"C’est noté : {who} pour l’extrait « {done.approved} ».",)
    if event.scope.is_whole:
        whole = not event.purposes
        return (
            "C’est fait, et c’est noté.",
            *left(done.before, done.after, role, whole=whole, remade=done.remade, source_kept=source_kept),
        )
    if event.scope.clip_id is not None:
        return ("C’est fait : cet extrait n’est plus montré à personne, et il va être effacé.",)
    if not done.remade:
        return ("C’est fait : ces secondes ne sont plus montrées, dans aucun extrait.", _NOT_REMADE)
    again = "reviens la relire" if young else "revenez la relire"
    return (
        "C’est fait : ces secondes ne sont plus montrées, dans aucun extrait.",
        f"S’il reste assez de l’extrait, une version sans elles est faite la nuit prochaine : {again}.",
    )


def parts_left(
    now: Aftermath, parts: Mapping[Purpose, Aftermath], role: Role | None, *, remade: bool, source_kept: bool
) -> tuple[tuple[Purpose, str, str], ...]:
    """Each part that may be taken back by itself, in the person's words, and what taking it back does.

    Somebody who only passed by has one thing to say: that they do not want to be there.
    """
    if role is Role.THIRD_PARTY:
        return ()
    return tuple(
        (
            purpose,
            offered(purpose, role),
            " ".join(left(now, after, role, whole=False, remade=remade, source_kept=source_kept)),
        )
        for purpose, after in parts.items()
    )


def _shown(before: Aftermath, after: Aftermath, role: Role | None, *, remade: bool) -> str:
    if not after.shown:
        return "Plus aucun extrait de cette rencontre n’est montré, et ceux qui sont faits vont être effacés."
    if role is Role.THIRD_PARTY:
        return "Plus aucun extrait où vous êtes n’est montré, et ceux qui sont faits vont être effacés."
    if before.named and not after.named and not remade:
        return f"Un extrait où un nom est écrit n’est plus montré. {_NOT_REMADE}"
    if before.named and not after.named:
        return (
            "Un extrait où un nom est écrit n’est plus montré ; la nuit prochaine, il revient sans ce nom dans ses "
            "sous-titres et son texte. Dans le son, on entend toujours le nom : pour l’enlever, il faut cacher le "
            "passage."
        )
    return "Les extraits restent montrés." if before.shown else ""


def _kept(after: Aftermath, *, remade: bool, source_kept: bool) -> str:
    text = "reste gardé, sans être montré" if after.recorded and after.written else "va être effacé"
    if not remade:
        return f"{_VIDEO} est déjà effacée. Le texte de ce qui y est dit {text}."
    if source_kept and not (after.recorded and after.retained):
        rest = "" if after.recorded else "Tout ce qui a été écrit de la rencontre va être effacé. "
        return f"{rest}{_VIDEO} est chez l’équipe qui l’a organisée : c’est elle qui doit l’effacer."
    if not after.recorded:
        return f"{_VIDEO} et tout ce qui en a été écrit vont être effacés. Personne ne pourra les retrouver."
    if not after.retained:
        return f"{_VIDEO} va être effacée, {after.parting.value}. Le texte de ce qui y est dit {text}."
    if after.written:
        return f"{_VIDEO} et le texte de ce qui y est dit restent gardés, sans être montrés."
    return f"Le texte de ce qui est dit va être effacé. {_VIDEO} reste gardée, sans être montrée."
