"""Every setting, in one place: ``VIDEOTHEQUE_…`` in the environment, read at the edges only.

Stages take what they need as arguments; only ``flows/``, ``videotheque/``, ``demo/`` and ``bench/`` build
a :class:`Settings`.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from consent.records import Controller, Frozen
from consent.reviewers import Reviewers


class MediaLimits(Frozen):
    """What a recording may cost. Beyond it, it is refused, not cut short."""

    max_duration_s: float = Field(4 * 3600, gt=0)
    max_size_bytes: int = Field(20 * 1024**3, gt=0)
    ffmpeg_timeout_s: float = Field(3600, gt=0)
    ffmpeg_memory_bytes: int = Field(4 * 1024**3, gt=0)
    max_output_bytes: int = Field(8 * 1024**3, gt=0)


class ClipLengths(Frozen):
    """Length of a clip in seconds: at least, best, at most."""

    minimum_s: float = Field(20, gt=0, allow_inf_nan=False)
    ideal_s: float = Field(75, gt=0, allow_inf_nan=False)
    maximum_s: float = Field(180, gt=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _ordered(self) -> ClipLengths:
        if not self.minimum_s <= self.ideal_s <= self.maximum_s:
            raise ValueError("il faut minimum ≤ idéal ≤ maximum")
        return self


class Settings(BaseSettings):
    """Settings of the whole program. Nested values use two underscores: ``VIDEOTHEQUE_CLIPS__IDEAL_S=60``."""

    model_config = SettingsConfigDict(env_prefix="VIDEOTHEQUE_", env_nested_delimiter="__", frozen=True, extra="forbid")

    home: Path = Field(Path("data"), description="Dossier de toutes les données de la vidéothèque.")
    inbox: Path | None = Field(
        None, description="Dossier dont chaque sous-dossier est une rencontre ; par défaut HOME/inbox."
    )
    language: str = Field("fr", description="Langue attendue dans les enregistrements.")
    media: MediaLimits = MediaLimits()
    clips: ClipLengths = ClipLengths()
    asr_model: str = Field(
        "auto", description="Modèle de parole faster-whisper : un dossier, un nom du hub, ou « auto »."
    )
    asr_revision: str | None = Field(None, description="Révision du modèle de parole sur le hub.")
    asr_threads: int = Field(0, ge=0, description="Fils de calcul du modèle de parole ; 0 : tous les cœurs.")
    asr_block_s: float = Field(900, gt=30, le=900, description="Longueur maximale d'un bloc transcrit.")
    embedder: str = Field(
        "bundled", description="Modèle sémantique : « bundled » (hors ligne), un dossier ou un nom du hub."
    )
    embedder_revision: str | None = Field(None, description="Révision du modèle sémantique sur le hub.")
    lock_wait_s: float = Field(6 * 3600, ge=0, description="Attente maximale de la fin d'une autre exécution.")
    database_url: SecretStr | None = Field(
        None, description="Base PostgreSQL (postgresql://…) du registre et du catalogue ; par défaut un fichier SQLite."
    )
    consent_policy: Path | None = Field(
        None, description="Fichier de politique des accords ; par défaut la plus stricte."
    )
    controller: Controller = Field(Controller(), description="Responsable du traitement : nom, adresse, contact.")
    reviewers: Reviewers = Field(
        Reviewers.BOTH, description="Qui approuve chaque extrait avant sa publication : both, young_person ou nobody."
    )
    review_link_days: int = Field(30, ge=1, le=366, description="Durée de vie d'un lien de relecture, en jours.")
    reminder_days: int = Field(30, ge=0, le=366, description="Rappel d'une échéance d'accord, en jours avant elle.")
    erasure_deadline_h: float = Field(72, gt=0, description="Heures après lesquelles un effacement est en retard.")
    source_kept_by_operator: bool = Field(
        False, description="Après un retrait, ne pas effacer l'enregistrement source : l'opérateur s'en charge."
    )
    keys: Path | None = Field(None, description="Dossier des clés, hors des sauvegardes ; par défaut HOME/keys.")
    withdrawal_token: SecretStr | None = Field(
        None, min_length=32, description="Jeton de la plateforme pour POST /api/v1/withdrawals ; absent : fermé."
    )
    public_url: str = Field(
        "", pattern=r"^(https?://[^\s?#]+)?$", description="Adresse publique du site, pour les liens."
    )
    host: str = Field("127.0.0.1", description="Adresse d'écoute du site.")
    port: int = Field(8000, ge=0, le=65535, description="Port d'écoute du site.")

    @property
    def inbox_folder(self) -> Path:
        """Where meetings are looked for."""
        return self.inbox if self.inbox is not None else self.home / "inbox"

    @property
    def database_file(self) -> Path:
        """The register and the catalogue."""
        return self.home / "videotheque.sqlite3"

    @property
    def keys_folder(self) -> Path:
        """The keys and the list of withdrawals, which no backup holds."""
        return self.keys if self.keys is not None else self.home / "keys"

    @property
    def certificates_folder(self) -> Path:
        """Certificates of erasure."""
        return self.home / "certificates"

    @property
    def prefect_folder(self) -> Path:
        """Files of the temporary Prefect server."""
        return self.home / "prefect"

    @property
    def recordings_folder(self) -> Path:
        """Stage outputs, by recording."""
        return self.home / "recordings"

    @property
    def referentials_folder(self) -> Path:
        """Occupations and their codes, as imported."""
        return self.home / "referentials"

    @property
    def index_folder(self) -> Path:
        """Index generations and the pointer to the current one."""
        return self.home / "index"
