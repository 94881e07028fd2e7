"""The ``videotheque`` command: argument parsing, and errors told in one French sentence."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from pydantic import ValidationError
from pydantic_settings import SettingsError

from consent.errors import ConsentError
from consent.records import Purpose
from pipeline.errors import PipelineError, StorageFull
from pipeline.outputs import raise_if_full
from pipeline.records import FacetName, Mode, Stage
from pipeline.settings import Settings
from pipeline.validation import french_problems
from videotheque import __version__
from videotheque.consents import add_proof_commands, names_a_person
from videotheque.french import FrenchParser, speak_french

_MODES = "hybrid (mots et sens, par défaut), keyword (mots), semantic (sens)"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0 when all is well, 1 when something is not, 2 for a bad command."""
    speak_french()
    _write_anything()
    given = sys.argv[1:] if arguments is None else arguments
    # A byte that is no UTF-8 arrives as a lone surrogate, which neither the database nor a terminal can take.
    options = build_parser().parse_args([one.encode(errors="replace").decode() for one in given])
    try:
        return int(options.run(options, _settings()))
    except (PipelineError, ConsentError) as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(_system_error(error))
    except KeyboardInterrupt:
        _fail("Interrompu ; ce qui était terminé est gardé, relancez pour continuer.")
        return 130


def build_parser() -> argparse.ArgumentParser:
    """The command line. Each command is a function of :mod:`videotheque.commands`, imported when it runs."""
    parser = FrenchParser(prog="videotheque", description="La vidéothèque d'orientation.")
    version = f"videotheque {__version__}"
    parser.add_argument("--version", action="version", version=version, help="affiche la version")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMANDE", parser_class=FrenchParser)
    _run_commands(commands)
    _reading_commands(commands)
    _segment_command(commands)
    _speech_commands(commands)
    _consent_commands(commands)
    _erasure_commands(commands)
    _referential_commands(commands)
    return parser


def _run_commands(commands: argparse._SubParsersAction[FrenchParser]) -> None:
    add = commands.add_parser("add", help="enregistrer des dossiers de rencontre")
    add.add_argument("folders", nargs="+", type=Path, metavar="DOSSIER", help="dossier qui contient meeting.json")
    _runs(add, "add")

    nightly = commands.add_parser("nightly", help="traiter tout ce qui est nouveau ou changé")
    _waits(nightly)
    _runs(nightly, "nightly")

    again = commands.add_parser("reprocess", help="refaire une rencontre")
    again.add_argument("recording", metavar="RENCONTRE", help="son identifiant")
    again.add_argument(
        "--from",
        dest="stage",
        choices=[stage.value for stage in Stage],
        default=Stage.INGEST.value,
        metavar="ÉTAPE",
        help="première étape à refaire : " + ", ".join(stage.value for stage in Stage),
    )
    _waits(again)
    _runs(again, "reprocess")

    remove = commands.add_parser("remove", help="retirer une rencontre, ses extraits et ses fichiers dérivés")
    remove.add_argument("recording", metavar="RENCONTRE")
    _runs(remove, "remove")


def _reading_commands(commands: argparse._SubParsersAction[FrenchParser]) -> None:
    find = commands.add_parser("search", help="chercher dans les extraits publiés")
    find.add_argument("query", nargs="?", metavar="QUESTION")
    find.add_argument("--mode", choices=[mode.value for mode in Mode], default="hybrid", metavar="MODE", help=_MODES)
    find.add_argument(
        "--limit", "--top", dest="limit", type=int, metavar="N", help="nombre de réponses (1 à 50 ; 5 par défaut)"
    )
    find.add_argument("--json", action="store_true", help="réponse en JSON")
    _filters(find)
    find.add_argument("--index", type=Path, metavar="DOSSIER", help="chercher dans un index fait par « index »")
    find.add_argument("--queries", type=Path, metavar="FICHIER", help="questions {id, text}, une en JSON par ligne")
    _runs(find, "search")
    _text_command(commands)

    site = commands.add_parser("serve", help="servir la page de recherche et l'API")
    site.add_argument("--host", metavar="ADRESSE", help="adresse d'écoute")
    site.add_argument("--port", type=int, metavar="PORT", help="port d'écoute")
    _runs(site, "serve")

    status = commands.add_parser("status", help="voir ce que sont devenues les rencontres")
    status.add_argument("recording", nargs="?", metavar="RENCONTRE", help="une seule, étape par étape")
    _runs(status, "status")

    schema = commands.add_parser("schema", help="afficher un schéma JSON")
    schema.add_argument("--example", action="store_true", help="plutôt un exemple à recopier")
    schema.add_argument("name", choices=["meeting"], metavar="meeting", help="le schéma de meeting.json")
    _runs(schema, "schema")


def _filters(parser: argparse.ArgumentParser) -> None:
    for facet in FacetName:
        parser.add_argument(
            f"--{facet.value}", action="append", default=[], metavar="VALEUR", help=f"filtre : {facet.french.lower()}"
        )
    for name, help_text in (("since", "enregistrés depuis ce jour"), ("until", "enregistrés jusqu'à ce jour")):
        parser.add_argument(f"--{name}", metavar="AAAA-MM-JJ", help=help_text)
    parser.add_argument("--facets", action="store_true", help="compter ce qui est trouvé, par facette")


def _text_command(commands: argparse._SubParsersAction[FrenchParser]) -> None:
    texts = commands.add_parser("index", help="indexer des textes, hors de la vidéothèque")
    texts.add_argument(
        "file", type=Path, metavar="FICHIER", help="un {id, text, title?, tags?, occupation?} en JSON par ligne"
    )
    texts.add_argument("--out", type=Path, required=True, metavar="DOSSIER", help="où écrire l'index")

    def run(options: argparse.Namespace, settings: Settings) -> int:
        from videotheque import texting  # the flows are no use here

        return texting.index(options, settings)

    texts.set_defaults(run=run)


def _segment_command(commands: argparse._SubParsersAction[FrenchParser]) -> None:
    segment = commands.add_parser("segment", help="découper des transcriptions en sujets")
    segment.add_argument("file", type=Path, metavar="FICHIER", help="une transcription en JSON par ligne")
    segment.add_argument("--count", type=int, metavar="N", help="nombre de sujets (par défaut : décidé par le texte)")
    segment.add_argument("--min", type=float, metavar="SECONDES", help="longueur minimale d'un sujet")
    segment.add_argument("--ideal", type=float, metavar="SECONDES", help="longueur idéale d'un sujet")
    segment.add_argument("--max", type=float, metavar="SECONDES", help="longueur maximale d'un sujet")
    segment.add_argument("--no-embedder", action="store_true", help="comparer les mots seulement, sans modèle")
    segment.add_argument("--json", action="store_true", help="réponse en JSON : {id: [index, …]}")

    def run(options: argparse.Namespace, settings: Settings) -> int:
        from videotheque import segmenting  # as above; the flows are no use here

        return segmenting.segment(options, settings)

    segment.set_defaults(run=run)


def _speech_commands(commands: argparse._SubParsersAction[FrenchParser]) -> None:
    speech = commands.add_parser("transcribe", help="transcrire un fichier, hors de la vidéothèque")
    speech.add_argument("media", type=Path, metavar="FICHIER", help="enregistrement, vidéo ou son")
    speech.add_argument(
        "--track",
        action="append",
        default=[],
        metavar="RÔLE=FICHIER",
        help="la piste d'une personne (professionnel, jeune) : un fichier[@secondes], ou left, right ; à répéter",
    )
    speech.add_argument("--model", metavar="DOSSIER", help="modèle de parole (par défaut : VIDEOTHEQUE_ASR_MODEL)")
    speech.add_argument("--language", metavar="LANGUE", help="langue parlée (par défaut : fr)")
    speech.add_argument("--json", action="store_true", help="réponse en JSON, mot par mot")

    def transcribe(options: argparse.Namespace, settings: Settings) -> int:
        from videotheque import transcribing  # as above

        return transcribing.transcribe(options, settings)

    speech.set_defaults(run=transcribe)
    doctor = commands.add_parser("doctor", help="vérifier ce qu'il faut à la nuit : modèles, disque, base, index")
    doctor.add_argument("--no-measure", action="store_true", help="ne pas mesurer ce que coûte une heure de rencontre")

    def examine(options: argparse.Namespace, settings: Settings) -> int:
        from videotheque import doctor  # as above

        return doctor.examine(options, settings, os.environ)

    doctor.set_defaults(run=examine)


def _consent_commands(commands: argparse._SubParsersAction[FrenchParser]) -> None:
    consent = commands.add_parser("consent", help="voir les accords, ou retirer un accord")
    actions = consent.add_subparsers(dest="action", required=True, metavar="ACTION", parser_class=FrenchParser)
    show = actions.add_parser("show", help="voir les accords d'une rencontre")
    show.add_argument("recording", metavar="RENCONTRE")
    _runs(show, "consent_show")
    withdraw = actions.add_parser("withdraw", help="retirer l'accord d'une personne, aussitôt")
    names_a_person(withdraw)
    purposes = " ; ".join(purpose.french for purpose in Purpose)
    withdraw.add_argument(
        "--purpose", action="append", default=[], metavar="FINALITÉ", help=f"par défaut : toutes ; sinon : {purposes}"
    )
    withdraw.add_argument("--clip", metavar="EXTRAIT", help="retirer un seul extrait, par sa référence clip-…")
    withdraw.add_argument("--passage", metavar="DÉBUT-FIN", help="retirer un passage, en secondes : 61,5-90")
    _runs(withdraw, "withdraw", "consenting")
    link = actions.add_parser("link", help="donner à une personne le lien par lequel elle retire elle-même son accord")
    names_a_person(link)
    _runs(link, "withdrawal_link", "consenting")
    add_proof_commands(actions)


def _erasure_commands(commands: argparse._SubParsersAction[FrenchParser]) -> None:
    erase = commands.add_parser("erase", help="reprendre les effacements en attente")
    _waits(erase)
    _runs(erase, "erase", "consenting")
    erasures = commands.add_parser("erasures", help="voir les effacements, ou un seul, endroit par endroit")
    erasures.add_argument("erasure", nargs="?", metavar="EFFACEMENT")
    _runs(erasures, "erasures", "consenting")
    certificate = commands.add_parser("certificate", help="vérifier un certificat d'effacement")
    certificate.add_argument("file", type=Path, metavar="FICHIER")
    certificate.add_argument("--key", metavar="CLÉ", help="clé publique attendue (videotheque consent public-key)")
    _runs(certificate, "certificate", "consenting")
    backup = commands.add_parser("backup", help="sauvegarder la vidéothèque, même pendant une nuit")
    backup.add_argument("folder", type=Path, metavar="DOSSIER", help="dossier nouveau")
    _runs(backup, "backup", "consenting")
    restore = commands.add_parser("restore", help="rétablir une sauvegarde, sans ce qui a été retiré depuis")
    restore.add_argument("folder", type=Path, metavar="DOSSIER")
    _runs(restore, "restore", "consenting")
    review = commands.add_parser("review", help="faire relire leurs extraits aux personnes filmées")
    actions = review.add_subparsers(dest="action", required=True, metavar="ACTION", parser_class=FrenchParser)
    links = actions.add_parser("links", help="afficher le lien personnel de chacun")
    links.add_argument("recording", metavar="RENCONTRE")
    links.add_argument("--json", action="store_true", help="un objet par personne, pour un programme")
    _runs(links, "review_links", "consenting")
    revoke = actions.add_parser("revoke", help="bloquer les liens donnés à une personne (perdus, volés)")
    names_a_person(revoke)
    _runs(revoke, "review_revoke", "consenting")


def _referential_commands(commands: argparse._SubParsersAction[FrenchParser]) -> None:
    referential = commands.add_parser("referential", help="codes ROME et ONISEP des métiers")
    actions = referential.add_subparsers(dest="action", required=True, metavar="ACTION", parser_class=FrenchParser)
    taken = actions.add_parser("import", help="importer une liste de métiers (CSV ou JSON avec en-tête)")
    taken.add_argument("file", type=Path, metavar="FICHIER")
    _runs(taken, "referential_import")


def _waits(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--no-wait", action="store_true", help="ne pas attendre la fin d'une autre exécution : le dire et s'arrêter"
    )


def _runs(parser: argparse.ArgumentParser, command: str, module: str = "commands") -> None:
    def run(options: argparse.Namespace, settings: Settings) -> int:
        # The stages cost seconds to import: not for --help.
        return int(getattr(import_module(f"videotheque.{module}"), command)(options, settings))

    parser.set_defaults(run=run)


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        raise PipelineError(
            f"Un réglage VIDEOTHEQUE_… de l'environnement n'est pas admis ({french_problems(error)}) ; corrigez-le."
        ) from None
    except SettingsError:  # VIDEOTHEQUE_CLIPS=60 instead of VIDEOTHEQUE_CLIPS__IDEAL_S=60
        raise PipelineError(
            "Un réglage VIDEOTHEQUE_MEDIA ou VIDEOTHEQUE_CLIPS de l'environnement n'est pas admis ; nommez la valeur "
            "voulue (VIDEOTHEQUE_CLIPS__IDEAL_S=60)."
        ) from None


def _write_anything() -> None:
    """Let a terminal without our letters show a mark in their place, rather than end the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _system_error(error: OSError) -> str:
    try:
        raise_if_full(error)
    except StorageFull as full:
        return str(full)
    place = f" sur « {error.filename} »" if error.filename else ""
    return f"Le système a refusé une opération{place} ({error.strerror or error}) ; vérifiez les droits et le disque."


def _fail(sentence: str) -> int:
    try:
        sys.stderr.write(f"{sentence}\n")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    return 1
