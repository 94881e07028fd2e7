"""Errors of the pipeline, one tree.

::

    PipelineError                 base; its text is one French sentence: what, why, what to do
    ├── InvalidMeeting            a meeting.json, or what it names, is not acceptable
    ├── UnknownRecording          nothing is registered under that name
    ├── InvalidReferential        a file of occupations cannot be imported
    ├── RefusedMedia              a recording or a track that must not, or cannot, be processed
    ├── UnreadableFile            a file of a meeting cannot be opened now (rights, disk, network folder)
    ├── FfmpegFailed              ffmpeg ended with an error
    │   └── FfmpegStopped         reading a media reached a limit of time or memory: the file may be good
    ├── TranscriptRefused         the transcript that came with the recording cannot be used
    ├── ModelUnavailable          a speech or embedding model is not there or cannot be read
    ├── TranscriptionFailed       the speech model's process died
    ├── NothingToPublish          no exchange of the meeting can become a clip
    ├── StorageFull               the disk (or the size limit) is reached
    ├── IndexUnavailable          there is no readable index generation
    │   └── IndexMismatch         the index was built with another model than the query's
    ├── InvalidQuery              the question cannot be searched as it is
    ├── LibraryBusy               another run holds the library
    └── OrchestratorUnavailable   the Prefect server cannot be reached or started
"""

from __future__ import annotations


class PipelineError(Exception):
    """Base of every pipeline error; ``str(error)`` is one French sentence for the operator."""


class InvalidMeeting(PipelineError):
    """A ``meeting.json`` is unreadable, breaks the schema, or names what is not there: correct it."""


class InvalidReferential(PipelineError):
    """A file of occupations is unreadable or lacks what is needed: export it again, as documented."""


class UnknownRecording(PipelineError):
    """Nothing is registered under that name: register the meeting's folder first."""


class RefusedMedia(PipelineError):
    """The media is broken, hostile or over a limit: export the recording again, or raise the limit."""


class UnreadableFile(PipelineError):
    """A file cannot be opened now: check that it is there, its rights and the disk, then run again."""


class FfmpegFailed(PipelineError):
    """ffmpeg failed or was stopped; ``detail`` holds the end of what it printed (English, for the log)."""

    def __init__(self, message: str, detail: str = "") -> None:
        self.detail = detail
        super().__init__(message)


class FfmpegStopped(FfmpegFailed):
    """A limit of time or memory was reached: raise the limit named, or run again. Nothing is said of the file."""


class TranscriptRefused(PipelineError):
    """The transcript given with the recording is unreadable or empty: export it again, or remove it."""


class ModelUnavailable(PipelineError):
    """A model's directory is missing or damaged, or the hub cannot be reached: see the setting named."""


class TranscriptionFailed(PipelineError):
    """The transcription process ended without a result: run again; what was transcribed is kept."""


class NothingToPublish(PipelineError):
    """No exchange of this meeting can become a clip: nothing to do, the reasons are in the report."""


class StorageFull(PipelineError):
    """No room left: free some space and run again; nothing already produced is lost."""


class IndexUnavailable(PipelineError):
    """No readable index: run the night, or the rebuild."""


class IndexMismatch(IndexUnavailable):
    """The index was built with another embedding model: rebuild it, or put the former setting back."""


class InvalidQuery(PipelineError):
    """The query is too long or malformed: shorten it."""


class DatabaseLost(PipelineError):
    """The catalogue is empty and the outputs are not: put the database back, or restore a backup."""


class LibraryBusy(PipelineError):
    """Another run holds the library: wait for its end."""


class OrchestratorUnavailable(PipelineError):
    """The Prefect server cannot be reached or started: check ``PREFECT_API_URL``, or unset it."""
