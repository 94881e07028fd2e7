"""Titles: real French questions, cleaned, able to stand alone, without a word that nobody said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.segment.faithful import invented_words
from pipeline.segment.titles import MAX_TITLE, title_of

_ANSWER = ["Oui, tout à fait.", "Parce que j'aime le contact avec les patients, surtout les enfants."]
_FROM_ANSWER = "J'aime le contact avec les patients, surtout les enfants"

_CASES = [
    ("infirmière", "Bonjour Madame Dupont, est-ce qu'il y a un concours ?", "Infirmière : y a-t-il un concours ?"),
    ("infirmière", "Euh, ben du coup, vous gagnez combien ?", "Combien gagne une infirmière ?"),
    ("infirmière", "Et une journée type ?", "À quoi ressemble une journée type d'infirmière ?"),
    ("infirmière", "Mm-hm. Et le salaire ?", "Quel est le salaire d'une infirmière ?"),
    (
        "infirmière",
        "Ah oui d'accord, et c'est, c'est quoi le plus dur, Monsieur ?",
        "Qu'est-ce qui est le plus dur dans le métier d'infirmière ?",
    ),
    (
        "infirmière",
        "Est-ce que… est-ce que vous travaillez le week-end ?",
        "Est-ce qu'une infirmière travaille le week-end ?",
    ),
    ("infirmière", "Vous vous levez à quelle heure ?", "À quelle heure se lève une infirmière ?"),
    (
        "infirmière",
        "Alors moi je voulais savoir si c'était difficile de trouver un stage ?",
        "Est-ce difficile de trouver un stage ?",
    ),
    ("infirmière", "J'aimerais savoir comment on devient pompier.", "Comment devenir pompier ?"),
    (
        "infirmière",
        "Ma première question, c'est : quelles études il faut faire ?",
        "Quelles études faut-il faire pour être infirmière ?",
    ),
    (
        "développeuse web",
        "Ma première question est simple : c'est quoi, développeuse web ?",
        "En quoi consiste le métier de développeuse web ?",
    ),
    ("infirmière", "Dernière question : on peut vivre de ce métier ?", "Peut-on vivre du métier d'infirmière ?"),
    (
        "infirmière",
        "Pour finir, vous me conseillez quoi, si je veux essayer ?",
        "Infirmière : vous me conseillez quoi, si je veux essayer ?",
    ),
    (
        "infirmière",
        "Est-ce que vous pouvez me dire combien d'heures vous travaillez ?",
        "Combien d'heures travaille une infirmière ?",
    ),
    (
        "infirmière",
        "Je me demandais s'il fallait être bon en maths ?",
        "Faut-il être bon en maths pour être infirmière ?",
    ),
    (
        "infirmière",
        "Et donc, au niveau des horaires, vous finissez tard, du coup ?",
        "Au niveau des horaires, est-ce qu'une infirmière finit tard ?",
    ),
    ("architecte", "C'est quoi un architecte", "En quoi consiste le métier d'architecte ?"),
    ("infirmière", "tu gagnes combien", "Combien gagne une infirmière ?"),
    ("ébéniste", "tu gagnes combien", "Combien gagne-t-on comme ébéniste ?"),
    ("infirmière", "Pourquoi vous avez choisi ce métier ?", "Pourquoi avoir choisi le métier d'infirmière ?"),
    ("infirmière", "Et sinon, est-ce qu'on peut évoluer ?", "Infirmière : peut-on évoluer ?"),
    ("infirmière", "Y a-t-il beaucoup de concurrence ?", "Infirmière : y a-t-il beaucoup de concurrence ?"),
    (
        "infirmière",
        "Et euh… l'intelligence artificielle, elle écrit du code, non ?",
        "L'intelligence artificielle écrit-elle du code ?",
    ),
    ("infirmière", "D'accord. Et euh, ça vous plaît ?", "Est-ce que le métier d'infirmière vous plaît ?"),
    ("infirmière", "Et c'est difficile ?", "Est-ce difficile d'être infirmière ?"),
    (
        "infirmière",
        "Et vous, Camille, vous avez toujours voulu faire ça ?",
        "Infirmière : vous avez toujours voulu faire ça ?",
    ),
    ("infirmière", "Et ça ?", "J'aime le contact avec les patients, surtout les enfants"),
    ("infirmière", "Pourquoi ?", "J'aime le contact avec les patients, surtout les enfants"),
    (
        "commissaire-priseuse",
        "À quoi ressemble votre journée ?",
        "À quoi ressemble la journée d'une commissaire-priseuse ?",
    ),
    ("ébéniste", "À quoi ressemble votre journée ?", "À quoi ressemble la journée de l'ébéniste ?"),
    ("soudeur", "Parlez-moi de vos études.", "Les études d'un soudeur"),
    (
        "développeuse web",
        "Python, vous l'utilisez souvent ?",
        "Python, est-ce qu'une développeuse web l'utilise souvent ?",
    ),
    ("développeuse web", "Camille, vous aimez votre métier ?", "Est-ce qu'une développeuse web aime son métier ?"),
    ("agente d'accueil", "Vous êtes payée combien ?", "Combien une agente d'accueil est-elle payée ?"),
    ("comptable", "Qu'est-ce que vous faites concrètement ?", "Que fait-on concrètement comme comptable ?"),
    ("handballeur", "Ce métier, c'est dangereux ?", "Le métier de handballeur, c'est dangereux ?"),
    ("horlogère", "Votre plus beau souvenir ?", "Le plus beau souvenir d'une horlogère ?"),
    ("UX designer", "C'est quoi UX designer en vrai ?", "En quoi consiste le métier d'UX designer ?"),
    ("steward", "Faut parler anglais ?", "Faut-il parler anglais pour être steward ?"),
    ("boulanger", "Parcoursup, comment ça marche ?", "Boulanger : Parcoursup, comment ça marche ?"),
    (None, "Et euh, vous gagnez combien par mois ?", "Combien gagnez-vous par mois ?"),
    ("infirmier/infirmière", "Vous gagnez combien ?", "Combien gagnez-vous ?"),
    ("plombier", "Ok, et pour le salaire ?", "Quel est le salaire d'un plombier ?"),
    ("plombier", "Et vos horaires alors…", "Les horaires d'un plombier ?"),
    ("plombier", "Puis-je vous demander combien gagne un plombier ?", "Combien gagne un plombier ?"),
    (
        "plombier",
        "Comment on se démarque dans un dossier ?",
        "Comment se démarque-t-on dans un dossier comme plombier ?",
    ),
    ("plombier", "Comment on s'inscrit ?", "Comment s'inscrit-on comme plombier ?"),
    ("plombier", "Moi je voulais demander, ça gagne bien ?", "Plombier : ça gagne bien ?"),
    ("plombier", "J'aimerais savoir en quoi ça consiste, plombier.", "En quoi consiste le métier de plombier ?"),
    ("plombier", "On voulait savoir ce que vous faites le matin.", "Que fait un plombier le matin ?"),
    ("plombier", "Vous faites quoi le matin, parce que la prof l'a pas dit ?", "Que fait un plombier le matin ?"),
    ("plombier", "alors déjà comment t'es devenu plombier", "Comment es-tu devenu plombier ?"),
    ("fleuriste", "Que diriez-vous à ceux qui hésitent ?", "Fleuriste : que diriez-vous à ceux qui hésitent ?"),
    ("plombier", "Première question, de Maël : comment devient-on plombier ?", "Comment devient-on plombier ?"),
    ("plombier", "C'est Lina qui demande si on est bien payé.", "Plombier : on est bien payé ?"),
    (
        "plombier",
        "Question d'Amélie, en troisième : elle voudrait savoir où vous travaillez.",
        "Où travaille un plombier ?",
    ),
    (None, "Pourquoi vous avez choisi ce métier, c'est Karim qui demande ?", "Pourquoi avez-vous choisi ce métier ?"),
    ("plombière", "T'as déjà eu peur ?", "Plombière : tu as déjà eu peur ?"),
    # What comes before the question is about the meeting, or about who asks.
    ("géomètre", "Après je vous laisse : vous mesurez quoi ?", "Que mesure-t-on comme géomètre ?"),
    (
        "pharmacienne",
        "Moi je suis en terminale et je me demandais, il faut un bac S ?",
        "Pharmacienne : il faut un bac S ?",
    ),
    (
        "garde forestier",
        "On se demandait avec ma classe si vous étiez seul.",
        "Est-ce qu'un garde forestier est seul ?",
    ),
    ("grutière", "Je voulais savoir si vous aviez peur avant ?", "Grutière : vous aviez peur avant ?"),
    (
        "physicienne",
        "What's… pardon, c'est quoi ta planète préférée ?",
        "Quelle est la planète préférée d'une physicienne ?",
    ),
    (
        "directrice de crèche",
        "Vous étiez infirmière, et comment on devient directrice quand on vient du soin ?",
        "Comment devenir directrice quand on vient du soin ?",
    ),
    # What is said twice or left out is written.
    ("chocolatier", "Qu'est-ce que tu kiffes le plus ?", "Qu'est-ce qu'un chocolatier kiffe le plus ?"),
    ("soigneuse", "Vous nourrissez qui ?", "Qui une soigneuse nourrit-elle ?"),
    ("luthier", "Vous avez appris où à faire des violons ?", "Luthier : où avez-vous appris à faire des violons ?"),
    ("cordiste", "Faut pas avoir le vertige j'imagine ?", "Cordiste : il ne faut pas avoir le vertige ?"),
    ("cariste", "Et physiquement, c'est pas trop dur ?", "Physiquement, est-ce trop dur d'être cariste ?"),
    ("boulangère", "C'est un milieu macho la boulangerie ?", "C'est un milieu macho, la boulangerie ?"),
    ("fleuriste", "on m'a dit que fleuriste c'était fatigant c'est vrai", "Est-ce fatigant d'être fleuriste ?"),
    ("coiffeur", "Comment ça se fait que vous ayez changé ?", "Coiffeur : comment ça se fait que vous ayez changé ?"),
    ("vigile", "Vous vous êtes déjà fait frapper ?", "Vigile : vous vous êtes déjà fait frapper ?"),
    (
        "maçon",
        "Vous pensez que les robots vont vous remplacer ?",
        "Maçon : est-ce que les robots vont vous remplacer ?",
    ),
    ("factrice", "Raconte-moi ta tournée du matin.", "Factrice : ta tournée du matin"),
    ("pompière", "Moi c'est Mehdi, je voulais savoir si y'avait des tests.", "Pompière : y a-t-il des tests ?"),
    ("kiné", "Ma question elle est un peu bizarre : vous vendez quoi ?", "Que vend-on comme kiné ?"),
    (
        "avocat",
        "Si on vous dit un secret, vous êtes obligé de le dire ?",
        "Avocat : si on vous dit un secret, vous êtes obligé de le dire ?",
    ),
    ("maître-chien", "Ton chien, il dort chez toi ?", "Ton chien dort-il chez toi ?"),
    # As young people ask: a subject said twice, a hedge, something told before, « et tout ça », a stutter.
    (
        "diplomate",
        "Est-ce que l'ambassade elle peut aider un Français qui est en prison à l'étranger ?",
        "L'ambassade peut-elle aider un Français qui est en prison à l'étranger ?",
    ),
    (
        "maître-nageur",
        "L'eau de la piscine elle est chauffée à combien ?",
        "L'eau de la piscine est chauffée à combien ?",
    ),
    (
        "notaire stagiaire",
        "Il paraît que c'est super long, combien de temps t'as fait après le lycée en tout ?",
        "Notaire stagiaire : combien de temps as-tu fait après le lycée en tout ?",
    ),
    (
        "infirmier psychiatrique",
        "euh je sais pas si je peux demander mais est-ce qu'un patient vous a déjà sauté dessus",
        "Infirmier psychiatrique : est-ce qu'un patient vous a déjà sauté dessus ?",
    ),
    (
        "traductrice",
        "Avec DeepL et tout ça, vous servez encore à quelque chose, sans vouloir vous vexer ?",
        "Avec DeepL, est-ce qu'une traductrice sert encore à quelque chose ?",
    ),
    ("opticienne", "Il faut il faut il faut être bon en maths ?", "Faut-il être bon en maths pour être opticienne ?"),
    (
        "chef de rayon",
        "C'est quoi le truc, enfin, le truc qui vous saoule le plus ?",
        "Chef de rayon : quel est le truc qui vous saoule le plus ?",
    ),
    (
        "ingénieure du son",
        "Quel genre de parcours faut suivre pour être prise ?",
        "Quel genre de parcours faut-il suivre pour être prise ?",
    ),
    (
        "aide à domicile",
        "Entre deux personnes quand vous prenez la voiture, c'est payé ça ou c'est pour votre pomme ?",
        "Entre deux personnes quand vous prenez la voiture, c'est payé ça ?",
    ),
    (
        "plombier",
        "bonjour alors je voulais savoir c'est quoi une journée pour vous",
        "À quoi ressemble la journée d'un plombier ?",
    ),
    ("opticienne", "Et vous vous préférez quoi dans vot' métier ?", "Que préfère une opticienne dans son métier ?"),
    (
        "opticienne",
        "Y a des risques que votre métier il disparaisse avec internet ?",
        "Y a-t-il des risques que le métier d'opticienne disparaisse avec internet ?",
    ),
    ("fleuriste", "Moi j'ai pas de bac, je peux quand même ?", "Fleuriste : je n'ai pas de bac, je peux quand même ?"),
    ("plombier", "et est-ce que y a des trucs dégueu genre", "Plombier : y a-t-il des trucs dégueu ?"),
    # Too long: asides go, what asks stays.
    (
        "monitrice de ski",
        "Et l'été, quand y a plus de neige, tu fais comment pour vivre ?",
        "L'été, comment fait une monitrice de ski pour vivre ?",
    ),
    (
        "technicien de maintenance éolienne",
        "Quand vous êtes là-haut, à quatre-vingts mètres, et qu'il y a du vent, ça bouge pas ?",
        "Quand vous êtes là-haut, à quatre-vingts mètres, ça ne bouge pas ?",
    ),
    ("chauffeur de bus", "Y a des filles dans ce métier ?", "Y a-t-il des filles dans le métier de chauffeur de bus ?"),
    # A preposition moves with its interrogative, and what only joins clauses does not move.
    ("facteur", "Vous travaillez ici depuis quand ?", "Depuis quand un facteur travaille-t-il ici ?"),
    ("facteur", "Vous travaillez jusqu'à quand ?", "Jusqu'à quand travaille un facteur ?"),
    ("facteur", "Vous venez d'où pour travailler ici ?", "D'où vient un facteur pour travailler ici ?"),
    ("boulangère", "Vous finissez vers quelle heure ?", "Vers quelle heure finit une boulangère ?"),
    (None, "Vous avez travaillé jusqu'à quand ?", "Jusqu'à quand avez-vous travaillé ?"),
    ("maçon", "Vous restez à côté de qui ?", "Maçon : vous restez à côté de qui ?"),
    (
        "dentiste",
        "Vous avez le droit de refuser un patient qui n'a pas payé ?",
        "Dentiste : vous avez le droit de refuser un patient qui n'a pas payé ?",
    ),
    ("couvreur", "Vous travaillez quand il pleut ?", "Est-ce qu'un couvreur travaille quand il pleut ?"),
    (
        "animatrice",
        "Avec les enfants vous faites quoi comme activités ?",
        "Avec les enfants, qu'est-ce qu'une animatrice fait comme activités ?",
    ),
    # A small word before the verb is no verb.
    (
        "soudeur",
        "Pourquoi vous ne mettez pas de gants ?",
        "Soudeur : pourquoi vous ne mettez pas de gants ?",
    ),
    (
        "soudeur",
        "Pourquoi vous ne mangez pas avec vos collègues ?",
        "Soudeur : pourquoi vous ne mangez pas avec vos collègues ?",
    ),
    (None, "Pourquoi vous ne dormez pas la nuit au chantier ?", "Pourquoi vous ne dormez pas la nuit au chantier ?"),
    # An adjective stays with its noun.
    (
        "avocate",
        "Pourquoi avez-vous quitté votre cabinet parisien ?",
        "Avocate : pourquoi avez-vous quitté votre cabinet parisien ?",
    ),
    ("avocate", "Comment est votre bureau vitré ?", "Avocate : comment est votre bureau vitré ?"),
    ("coiffeuse", "Votre journée commence à quelle heure ?", "La journée d'une coiffeuse commence à quelle heure ?"),
    # Who asks is nobody's title.
    (
        "facteur",
        "moi je suis en troisième au collège Jean Moulin à Pantin et donc ma première question c'est euh en fait "
        "c'est quoi une journée type pour vous",
        "À quoi ressemble la journée d'un facteur ?",
    ),
    (
        "facteur",
        "Moi je suis en quatrième au collège Pasteur de Créteil et du coup combien vous gagnez par mois ?",
        "Combien gagne un facteur par mois ?",
    ),
    # What somebody at home says is why it is asked.
    (
        "infirmière",
        "Est-ce que c'est bien payé parce que ma mère elle dit que non ?",
        "Est-ce bien payé comme infirmière ?",
    ),
]


@pytest.mark.parametrize(("occupation", "question", "expected"), _CASES)
def test_a_question_becomes_a_title(occupation: str | None, question: str, expected: str) -> None:
    """Hesitations, courtesy, names and announcements go; « vous » becomes the trade; what points back leans on it."""
    assert expected == title_of([question], _ANSWER, occupation).replace("\u202f", " ")


@pytest.mark.parametrize(
    ("asked", "kept", "gone"),
    [
        (["Python, vous l'utilisez souvent ?"], "Python", None),
        (["Le BTS, c'est mieux que la fac ?"], "BTS", None),
        (["Parcoursup, ça vous a stressée ?"], "Parcoursup", None),
        (["Vous travaillez à Paris ou à Lyon ?"], "Paris", None),
        (["Vous avez quel logiciel préféré, Excel ?"], "Excel", None),
        (["Camille, vous avez toujours voulu faire ça ?"], None, "Camille"),
        (["Vous travaillez le dimanche matin, Yanis ?"], "dimanche", "Yanis"),
        (["Bonjour Madame Lefebvre.", "Vous gagnez combien par mois ?"], None, "Lefebvre"),
        (["Je m'appelle Inès, et je voulais savoir si vous aimez dessiner des robes ?"], None, "Inès"),
        (["Docteur Martin, le concours est difficile ?"], "concours", "Martin"),
    ],
)
def test_names_go_and_what_is_spoken_of_stays(asked: list[str], kept: str | None, gone: str | None) -> None:
    """A capital is no proof of a name: what a pronoun takes up, or acronyms and places, stay in the title."""
    title = title_of(asked, _ANSWER, "styliste")

    assert kept is None or kept in title
    assert gone is None or gone not in title


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Vous disiez quoi tout à l'heure sur les nuits de garde ?", _FROM_ANSWER),
        ("Vous parliez des machines, elles coûtent combien ?", _FROM_ANSWER),
        (
            "Comme je disais tout à l'heure, vous aimez les enfants difficiles ?",
            "Est-ce qu'une infirmière aime les enfants difficiles ?",
        ),
    ],
)
def test_a_title_does_not_say_that_something_was_said_before(question: str, expected: str) -> None:
    """What points to an earlier moment means nothing on a card: it goes, or the answer speaks."""
    assert expected == title_of([question], _ANSWER, "infirmière").replace("\u202f", " ")


@pytest.mark.parametrize("hidden", ["\u202e", "\x07", "\x1b[31m", "\x1b]0;titre\x07", "\u200b", "\ufeff", "\u2066"])
def test_what_is_not_read_is_not_written(hidden: str) -> None:
    """Control, bidirectional and invisible characters go from titles: they would reverse or colour what follows."""
    title = title_of([f"Vous {hidden}gagnez{hidden} combien par mois ?"], _ANSWER, f"mineur{hidden}")

    assert "Combien gagne un mineur par mois\u202f?" == title


def test_a_narrow_space_stands_before_the_mark() -> None:
    """French typography, whatever the transcript wrote."""
    assert "Une journée type\u202f?" == title_of(["Une journée type?"], [], None)


def test_the_last_question_with_content_wins() -> None:
    """Of several sentences in the asking turns, the last that carries content names the clip."""
    asked = ["Et les études…", "Comment on apprend ça ?", "Vous avez suivi quelle école d'art ?", "Et pourquoi ?"]

    assert "Vous avez suivi quelle école d'art\u202f?" == title_of(asked, _ANSWER, None)


def test_a_reformulation_does_not_name_the_clip() -> None:
    """« Je veux dire… » explains the question before it."""
    asked = ["Les horaires, euh… ça ne vous pèse pas ?", "Je veux dire, le soir et le week-end ?"]

    assert "Les horaires… ça ne vous pèse pas\u202f?" == title_of(asked, _ANSWER, None)


def test_a_pronoun_gets_what_it_stands_for() -> None:
    """« Elle » alone means nothing: the remark before the question tells who."""
    asked = ["Tout le monde parle de l'intelligence artificielle… Euh…", "Est-ce qu'elle peut remplacer un ébéniste ?"]

    assert "L'intelligence artificielle : est-ce qu'elle peut remplacer un ébéniste\u202f?" == title_of(asked, [], None)


def test_an_object_gets_what_it_stands_for() -> None:
    """« Vous les nourrissez »: the announcement before the question tells whom."""
    asked = ["Revenons aux tortues dont vous parliez.", "Vous les nourrissez comment l'hiver ?"]

    assert "Les tortues : comment les nourrissez-vous l'hiver\u202f?" == title_of(asked, [], "soigneuse animalière")


def test_a_long_question_is_cut_at_a_clause() -> None:
    """At most eighty characters, at a clause, never inside a word."""
    asked = ["Quels conseils vous donneriez à un jeune qui veut faire votre métier, qui hésite entre plusieurs voies ?"]

    assert "Quels conseils donneriez-vous à un jeune qui veut faire votre métier\u202f?" == title_of(asked, [], None)


def test_a_statement_about_the_meeting_names_nothing() -> None:
    """Who speaks alone begins by saying that he will speak: the first sentence of substance is the title."""
    told = ["On m'a demandé de raconter mon métier.", "Une charpente, c'est le squelette du toit."]

    assert "Une charpente, c'est le squelette du toit" == title_of([], told, "charpentier")


def test_a_clip_without_content_is_named_by_the_occupation() -> None:
    """When neither question nor answer says anything, only the occupation is left."""
    assert "Infirmière" == title_of(["Et ça ?"], ["Oui, voilà."], "infirmière")


_TEXT = st.lists(
    st.sampled_from(
        [
            "euh",
            "Bonjour",
            "Madame,",
            "Martin,",
            "est-ce",
            "que",
            "vous",
            "ça",
            "pourquoi",
            "?",
            "salaire,",
            "études…",
            "je",
            "voulais",
            "savoir",
            "si",
            "s'il",
            "merci",
            "d'accord.",
            "hôpital",
            "l'école",
            "c'est",
            "quoi",
            "elle",
            "(oui)",
            "«",
            "non",
            "»",
            "!",
            "35",
            "parce",
            "que",
            "mm-hm",
            "et",
        ]
    ),
    min_size=1,
    max_size=30,
).map(" ".join)


@given(
    asked=st.lists(_TEXT, max_size=3),
    told=st.lists(_TEXT, max_size=3),
    occupation=st.sampled_from(["sage-femme", "ébéniste", "conductrice de bus", "UX designer", "", None]),
)
def test_a_title_invents_nothing(asked: list[str], told: list[str], occupation: str | None) -> None:
    """For any text: 1 to 80 characters, on one line, no content word or number beyond the clip and the occupation."""
    title = title_of(asked, told, occupation)

    assert 1 <= len(title) <= MAX_TITLE
    assert title == title.strip()
    assert "\n" not in title
    assert () == invented_words(title, [*asked, *told], occupation)
    assert title == title_of(asked, told, occupation)


def test_a_title_that_is_taken_gives_way_to_another_of_the_same_words() -> None:
    """Two clips of one meeting that open alike have two titles, each of what its own clip says."""
    told = ["Je commence à cinq heures par le pétrissage.", "La fournée de midi part vers onze heures."]
    first = title_of([], told, "boulanger")
    second = title_of([], told, "boulanger", {first})

    assert "Je commence à cinq heures par le pétrissage" == first
    assert "La fournée de midi part vers onze heures" == second
    assert first == title_of([], told[:1], "boulanger", {first})


def test_what_a_question_points_to_is_said() -> None:
    """« Pour y arriver » is said in full, « vous le voyez ? » is no title."""
    (there, seen) = (
        title_of([asked], ["Cinq ans, après une année de prépa.", "Les fermes changent vite."], "vétérinaire")
        for asked in ("Et pour y arriver, il faut combien d'années ?", "Vous le voyez ?")
    )

    assert "devenir vétérinaire" in there
    assert "le voi" not in seen
