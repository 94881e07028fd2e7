"""Opening the register as the settings say: in a file or on a server, under which policy, held to the list of stops.

The one place where settings become a database; takes settings and a clock, gives a register.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from consent.database import Database
from consent.errors import KeysUnusable
from consent.policy import load_policy
from consent.register import Register, now_utc
from consent.restoring import finish_restoring
from consent.revocations import take_former_over
from pipeline.errors import StorageFull
from pipeline.keys import LibraryKeys
from pipeline.settings import Settings
from pipeline.stops import StopBook


def open_register(settings: Settings, clock: Callable[[], datetime] = now_utc, *, held: bool = True) -> Register:
    """Open the register; its tables are made where they are missing.

    ``held`` to the list of stops, as whatever answers, makes or erases must be; not to examine it as it was found.

    Raises:
        RegisterUnavailable: the database cannot be opened, or its address is none.
        InvalidPolicy: the policy file that the settings name is not acceptable.
        KeysUnusable: the list of stops is damaged, or cannot be begun.
    """
    url = settings.database_url
    where = settings.database_file if url is None else url.get_secret_value()
    database = Database(where, settings.home)
    keyring = LibraryKeys(settings.keys_folder)
    register = Register(database, clock, keys=settings.keys_folder, policy=load_policy(settings.consent_policy))
    finish_restoring(register.ledger)  # by whoever opens it next, should its process have been killed
    if held:
        take_former_over(register)
        book = StopBook(register, keyring)
        book.begin()
        register.when_narrowed = lambda: _keep(book)
        database.hold_to(book)
    return register


def _keep(book: StopBook) -> None:
    try:
        book.keep()
    except StorageFull as error:  # the register knows no error but its own
        raise KeysUnusable(str(error)) from error
