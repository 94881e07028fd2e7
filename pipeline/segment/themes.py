"""The themes that career questions keep coming back to, and the words that give them away.

Takes a question, gives the themes it touches, most often none or one: a question on pay after an answer on studies
opens a topic, a second question on pay stays on it. Plain word stems written for this project from what young people
ask; folded text, *vous* and *tu* alike. These are no tags: they only tell whether two questions are about one thing.
"""

from __future__ import annotations

import re
from functools import lru_cache

from pipeline.segment.lexicon import fold_line

_THEMES = {
    "pay": r"gagn(?:e|es|ez|er|ait|iez)\b|salaires?|paye\w*|paie|payant|argent|euros?|remuner\w*|revenus?|"
    r"financier\w*|smic|primes?|pourboires?|emprunt\w*|rembours\w*|honoraires?|tarifs?|prix\b|cher\b|"
    r"riches?\b|"
    r"(?:touche[sz]?|verse[sz]?) combien|combien (?:tu touches|vous touchez)|tourne[rz]? autour de combien|"
    r"fin de mois",
    "studies": r"(?:pour )?y arriver|combien d'annees|selecti\w+|etudes?|etudie[rz]?|ecoles?|diplomes?|"
    r"formations?|forme[rz]?\b|bac\b|concours|apprentissage|cours\b|"
    r"cap\b|bts\b|but\b(?= )|licence|master|fac\b|universite|parcours\w*|cursus|stages?|alternance|prepa\b|"
    r"specialites?|examens?|(?:pour |on |comment )devenir|devien(?:t|s)|passee? par ou|arrive\w* (?:la|"
    r"jusque)|"
    r"ou (?:avez-vous|vous avez|tu as|t'as) appris|appris\b|appren(?:d|ds|dre|ez)\b|"
    r"(?:quel |un )niveau|brevet|scolaires?|reussi\w* (?:le|l')|matieres?|maths?\b|scolarite",
    "day": r"journees?(?: type)?|semaine type|typique|quotidien\w*|au jour le jour|"
    r"commence[rz]? (?:a quelle|le matin)|horaires?|week-ends?|weekends?|vacances|nuits?\b|(?:leve[rzs]?|"
    r"couche[rzs]?) (?:tot|tard|a)|"
    r"quelle heure|heures? (?:par|de travail|sup)|combien d'heures|dor(?:mez|s|mir)\b|feries?|dimanches?|"
    r"temps libre|35 heures|rythme|astreintes?|soirs?\b",
    "tasks": r"(?:ca |cela |il |elle |en quoi )?consist\w+|missions?|taches|concretement|a quoi (?:sert|"
    r"ca sert)|"
    r"role\b|presenter (?:votre|ton|le|ce)|(?:votre|ton) (?:metier|travail|boulot|poste|profession)"
    r"(?:,| c'est| ca| en| en quoi|$| \?)|qu'est-ce que (?:vous faites|tu fais)|c'est quoi(?: exactement|"
    r" au juste|,)? "
    r"(?:le |un |une |l'|ton |votre |etre )|vous faites quoi|tu fais quoi|"
    r"ce que (?:vous faites|tu fais)|fonctions?\b|activites?",
    "likes": r"plai(?:t|re|sait|sir)|prefer\w*|aimez\b|aimes\b|ador\w+|passion\w*|meilleurs?|plus beau|"
    r"plus belle|"
    r"souvenirs?|fiers?\b|fieres?\b|fierte|satisf\w+|positif|avantages?|bons cotes|heureu\w+|epanou\w+|"
    r"motive",
    "hard": r"(?:plus|trop|si|tres|c'est|un peu) dur|durs?\b|difficile\w*|difficultes?|pires?\b|penibles?|"
    r"stress\w*|"
    r"contraintes?|inconvenients?|peur\b|danger\w*|risque\w*|fatig\w+|marquee?s?\b|trac\b|erreurs?|"
    r"mauvais cotes|"
    r"desagreables?|negatif|pression|vertige|complique\w*|pes(?:e|ant)|moins (?:bien|agreable|drole)|"
    r"accidents?|galer\w+",
    "qualities": r"qualites?|competences?|atouts?|personnalite|caractere|tempera\w+|faut(?:-il)? etre|"
    r"faut il etre|"
    r"profil\b|etre (?:comment|doue|patient|fort|forte|bon|bonne)|savoir-etre|faut savoir|necessaires?",
    "machines": r"intelligence artificielle|\bia\b|ias\b|robots?|algorithmes?|automatis\w+|logiciels?|"
    r"numerique|"
    r"chatgpt|technologies?|ordinateurs?|remplac\w+|machines?|digital\w*",
    "women": r"femmes?|filles?|hommes?|garcons?|mixite|parite|sexis\w+|feminin\w*|masculin\w*|machis\w+|"
    r"egalite",
    "change": r"change[rz]? de (?:metier|voie|boulot|travail)|reconver\w+|(?:vous avez|tu as|t'as|"
    r"avez-vous) toujours "
    r"(?:voulu|ete|travaille|fait|su)|quitte[rz]?\b|avant (?:d'etre|de faire|ce metier|ca)|plaque[rz]?|"
    r"autre metier|recommence[rz]?",
    "calling": r"pourquoi (?:avoir choisi|(?:vous avez|tu as|t'as|avez-vous) choisi|ce (?:metier|choix)|"
    r"(?:vous etes|tu es|t'es) devenu\w*)|donne (?:l')?envie|vocation|depuis (?:quand|longtemps)|reve\w* d|"
    r"(?:quand|petite?) (?:vous etiez|tu etais|t'etais)|(?:l')?idee de|declic|choisi (?:ce|la|le|cette)|"
    r"enfance",
    "advice": r"conseils?\b|conseill(?:es|ez|eri\w+|erais)\b|recommand\w*|hesit\w+|(?:dire|diriez|"
    r"dirais) a (?:un|une|quelqu'un|ceux|des)|a refaire|"
    r"mon age|se lancer|par ou commencer|debuter|aujourd'hui a un",
    "private": r"vie (?:privee|perso\w*|de famille|familiale|sociale)|concili\w+|equilibre|(?:vos|"
    r"tes) enfants|"
    r"(?:votre|ta) famille|(?:votre|ton) (?:mari|femme|conjoint\w*)|deborde",
    "team": r"equipes?|collegues?|ambiance|(?:tout|toute) seule?|hierarchie|chefs?\b|patron\w*|entraide",
    "future": r"avenir|evolu\w+|debouches?|embauch\w*|recrut\w*|chomage|carriere|dans (?:dix|vingt|trente|"
    r"cinq) ans|"
    r"projets?|retraite|perspectives?|trouver du travail|ouvrir (?:votre|ton|sa|son)",
    "planet": r"climat|ecolog\w+|environnement\w*|planete|pollution|pesticides?|rechauffement",
    "people": r"clients?|clientele|patients?|residents?|public\b|eleves|usagers?|familles\b|fournisseurs?|"
    r"malades?",
    "odd": r"anecdotes?|insolite|drole|rigolo|bizarre|etonnant|surpren\w+|cliches?|prejuges?|idees? recues?|"
    r"imagine souvent|on dit (?:que|souvent)|c'est vrai (?:que|qu')",
}
_PATTERNS = {theme: re.compile(rf"\b(?:{words})") for theme, words in _THEMES.items()}


@lru_cache(maxsize=4096)
def themes(question: str) -> frozenset[str]:
    """The themes that a question touches; empty where none is recognised."""
    folded = fold_line(question)
    return frozenset(theme for theme, words in _PATTERNS.items() if words.search(folded))
