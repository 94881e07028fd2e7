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
from pipeline.errors import StorageFull
from pipeline.keys import LibraryKeys
from pipeline.settings import Settings
from pipeline.stops import StopsGuard, keep_stops


def open_register(settings: Settings, clock: Callable[[], datetime] = now_utc, *, held: bool = True) -> Register:
    """Open the register; its tables are made where they are missing.

    ``held`` to the list of stops, as whatever answers, makes or erases must be; not to examine it as it was found.

    Raises:
        RegisterUnavailable: the database cannot be opened, or its address is none.
        InvalidPolicy: the policy file that the settings name is not acceptable.
        KeysUnusable: the list of stops cannot be begun.
    """
    url = settings.database_url
    where = settings.database_file if url is None else url.get_secret_value()
    database = Database(where, settings.home)
    keyring = LibraryKeys(settings.keys_folder)
    new = not keyring.ever_signed() and keyring.stops_stamp() is None
    register = Register(database, clock, keys=settings.keys_folder, policy=load_policy(settings.consent_policy))
    if held:
        if new:  # from now on, that it is not there means that it was lost
            keep_stops(register, keyring)
        register.when_narrowed = lambda: _keep(register, keyring)
        database.hold_to(StopsGuard(register, keyring))
    return register


def _keep(register: Register, keyring: LibraryKeys) -> None:
    try:
        keep_stops(register, keyring)
    except StorageFull as error:  # the register knows no error but its own
        raise KeysUnusable(str(error)) from error
