"""Stores: the places that hold something of a recording, what an operator calls them, and what is counted in each."""

from __future__ import annotations

from enum import StrEnum


class Store(StrEnum):
    """The places that hold something of a recording, in the order in which they are erased."""

    CATALOGUE = "catalogue"
    OUTPUTS = "outputs"
    INDEX = "index"
    TITLES = "titles"
    SOURCE = "source"
    JOURNAL = "journal"
    PREFECT = "prefect"
    BACKUP_KEY = "backup_key"
    MEETING = "meeting"
    IDENTITIES = "identities"
    DATABASE = "database"

    @property
    def french(self) -> str:
        """How an operator reads it."""
        return {
            Store.CATALOGUE: "catalogue (titres et textes)",
            Store.OUTPUTS: "sons, transcription, extraits, sous-titres, affiches, vecteurs",
            Store.INDEX: "index de recherche",
            Store.TITLES: "titres corrigés, personnes à qui demander une relecture",
            Store.JOURNAL: "journal des étapes et des fichiers",
            Store.PREFECT: "base et journaux de Prefect",
            Store.BACKUP_KEY: "clé des sauvegardes",
            Store.SOURCE: "enregistrement source",
            Store.MEETING: "fiche de la rencontre",
            Store.IDENTITIES: "noms et contacts (clés des personnes)",
            Store.DATABASE: "pages libres et journal de la base",
        }[self]

    @property
    def unit(self) -> str:
        """What is counted as erased there."""
        return {
            Store.CATALOGUE: "extraits encore au catalogue",
            Store.OUTPUTS: "fichiers",
            Store.INDEX: "générations de l'index",
            Store.TITLES: "titres et personnes à qui demander",
            Store.JOURNAL: "bilans d'étapes",
            Store.PREFECT: "fichiers",
            Store.BACKUP_KEY: "clés",
            Store.SOURCE: "fichiers",
            Store.MEETING: "fiches",
            Store.IDENTITIES: "clés de personnes",
            Store.DATABASE: "",
        }[self]

    @property
    def french_part(self) -> str:
        """The same where only a part of a meeting goes: what stays there is not claimed."""
        return {
            Store.CATALOGUE: "au catalogue, les titres et textes de ce qui est retiré",
            Store.OUTPUTS: "les fichiers produits de ce qui est retiré",
            Store.INDEX: "dans l'index de recherche, ce qui est retiré",
            Store.TITLES: "les titres corrigés de ce qui est retiré",
            Store.JOURNAL: "au journal, les bilans des étapes retirées",
        }.get(self, self.french)
