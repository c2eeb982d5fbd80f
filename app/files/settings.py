"""What is remembered from one start to the next."""

import os
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from app.files.engine_settings import keep_engine_choice, read_engine_choice
from app.files.maker_settings import MakerChoice, keep_maker, read_maker
from app.files.signing_settings import SigningChoice, keep_signing, read_signing
from app.files.workstation_settings import WorkstationChoice, keep_workstation, read_workstation
from engine.contract.engine_choice import EngineChoice

_MOST_RECENT = 8
_MOST_FOLDERS = 50
USUAL_NAMES = "{project}_{lane}_{date}_{format}"
"""How exported files are called; see app/delivery/names.py."""
_AXES = ("yaw", "pitch", "roll")
THEMES = ("system", "light", "dark")


class AppSettings:
    """Typed access to QSettings; a damaged value falls back to its default."""

    def __init__(self, file: Path | None = None) -> None:
        if file is None:
            self._store = QSettings("SwanSphere", "SwanSphere")
        else:
            self._store = QSettings(str(file), QSettings.Format.IniFormat)

    @property
    def geometry(self) -> QByteArray:
        """The window's geometry as Qt saved it; empty if there is none."""
        value = self._store.value("window/geometry")
        return value if isinstance(value, QByteArray) else QByteArray()

    @geometry.setter
    def geometry(self, value: QByteArray) -> None:
        self._store.setValue("window/geometry", value)

    def splitter(self, name: str) -> QByteArray:
        """Return the sizes of a splitter of the window as Qt saved them; empty if there are none."""
        value = self._store.value(f"window/splitter_{name}")
        return value if isinstance(value, QByteArray) else QByteArray()

    def keep_splitter(self, name: str, state: QByteArray) -> None:
        """Remember the sizes of a splitter."""
        self._store.setValue(f"window/splitter_{name}", state)

    @property
    def hidden_panels(self) -> list[str]:
        """The places of panels that are hidden: "side", "below"."""
        return str(self._store.value("window/hidden_panels", "")).split()

    @hidden_panels.setter
    def hidden_panels(self, value: list[str]) -> None:
        self._store.setValue("window/hidden_panels", " ".join(value))

    @property
    def first_steps_seen(self) -> bool:
        """Whether the page of first steps was open once."""
        return str(self._store.value("window/first_steps_seen", "")).lower() == "true"

    @first_steps_seen.setter
    def first_steps_seen(self, value: bool) -> None:
        self._store.setValue("window/first_steps_seen", value)

    @property
    def volume_percent(self) -> int:
        """The volume, 0 to 100."""
        return self._percent("output/volume_percent", 80)

    @volume_percent.setter
    def volume_percent(self, value: int) -> None:
        self._store.setValue("output/volume_percent", value)

    @property
    def device_name(self) -> str | None:
        """The chosen output device, or None for the system's default."""
        value = self._store.value("output/device")
        return value if isinstance(value, str) and value else None

    @device_name.setter
    def device_name(self, value: str | None) -> None:
        self._store.setValue("output/device", value or "")

    @property
    def head_file(self) -> str:
        """The file of the head that listens; empty for the shipped one."""
        return str(self._store.value("output/head", ""))

    @head_file.setter
    def head_file(self, value: str) -> None:
        self._store.setValue("output/head", value)

    @property
    def sound_view(self) -> str:
        """Which view of the sound over time was shown last; empty if none is known."""
        return str(self._store.value("window/sound_view", ""))

    @sound_view.setter
    def sound_view(self, value: str) -> None:
        self._store.setValue("window/sound_view", value)

    @property
    def map_is_on(self) -> bool:
        """Whether the energy map lies over the film."""
        return str(self._store.value("window/map_is_on", "")).lower() == "true"

    @map_is_on.setter
    def map_is_on(self, value: bool) -> None:
        self._store.setValue("window/map_is_on", value)

    @property
    def map_percent(self) -> int:
        """The opacity of the energy map, 0 to 100."""
        return self._percent("window/map_percent", 60)

    @map_percent.setter
    def map_percent(self, value: int) -> None:
        self._store.setValue("window/map_percent", value)

    @property
    def head_port(self) -> int:
        """The port that a head tracker sends to."""
        port = self._number("head/port", 9000)
        return port if 1 <= port <= 65_535 else 9000

    @head_port.setter
    def head_port(self, value: int) -> None:
        self._store.setValue("head/port", value)

    @property
    def head_inverted(self) -> tuple[bool, ...]:
        """Whether the tracker's yaw, pitch and roll are inverted."""
        return tuple(str(self._store.value(f"head/invert_{axis}", "")).lower() == "true" for axis in _AXES)

    @head_inverted.setter
    def head_inverted(self, value: tuple[bool, ...]) -> None:
        for axis, is_inverted in zip(_AXES, value, strict=True):
            self._store.setValue(f"head/invert_{axis}", is_inverted)

    @property
    def reader_address(self) -> str:
        """The address of the API that may read sentences; empty if the user named none."""
        return str(self._store.value("reader/address", ""))

    @reader_address.setter
    def reader_address(self, value: str) -> None:
        self._store.setValue("reader/address", value)

    @property
    def reader_model(self) -> str:
        """The model of that API; empty if the user named none."""
        return str(self._store.value("reader/model", ""))

    @reader_model.setter
    def reader_model(self, value: str) -> None:
        self._store.setValue("reader/model", value)

    @property
    def export_names(self) -> str:
        """The template of the names of exported files."""
        value = self._store.value("export/names")
        return value if isinstance(value, str) and value.strip() else USUAL_NAMES

    @export_names.setter
    def export_names(self, value: str) -> None:
        self._store.setValue("export/names", value)

    @property
    def theme(self) -> str:
        """The chosen theme: "dark", "light", or "system", which follows the system's."""
        theme = str(self._store.value("window/theme", "system"))
        return theme if theme in THEMES else "system"

    @theme.setter
    def theme(self, value: str) -> None:
        self._store.setValue("window/theme", value)

    def engine_choice(self) -> tuple[EngineChoice, tuple[str, ...]]:
        """Return how the engine is to run, and a sentence for each kept value that could not be used."""
        return read_engine_choice(self._store)

    def keep_engine_choice(self, choice: EngineChoice) -> None:
        """Remember how the engine is to run."""
        keep_engine_choice(self._store, choice)

    @property
    def library(self) -> list[Path]:
        """The folders of the user's own recordings."""
        value = self._store.value("library/folders")
        names = [value] if isinstance(value, str) else value if isinstance(value, list) else []
        return [Path(name) for name in names if isinstance(name, str) and name][:_MOST_FOLDERS]

    @library.setter
    def library(self, value: list[Path]) -> None:
        self._store.setValue("library/folders", [os.path.abspath(folder) for folder in value][-_MOST_FOLDERS:])

    @property
    def maker(self) -> MakerChoice:
        """The other generator that the user set up; without a name and a command there is none."""
        return read_maker(self._store)

    @maker.setter
    def maker(self, value: MakerChoice) -> None:
        keep_maker(self._store, value)

    @property
    def workstation(self) -> WorkstationChoice:
        """The ports that are shared with a workstation."""
        return read_workstation(self._store)

    @workstation.setter
    def workstation(self, value: WorkstationChoice) -> None:
        keep_workstation(self._store, value)

    @property
    def signing(self) -> SigningChoice:
        """Whether exports are signed, and with what."""
        return read_signing(self._store)

    @signing.setter
    def signing(self, value: SigningChoice) -> None:
        keep_signing(self._store, value)

    def folder(self, kind: str) -> Path:
        """Return the folder last used for a kind of file, such as "film" or "project", or the user's home."""
        value = self._store.value(f"folders/{kind}")
        folder = Path(value) if isinstance(value, str) and value else Path.home()
        return folder if os.path.isdir(folder) else Path.home()  # os.path: a name may be too long for Path.is_dir

    def remember_folder(self, kind: str, folder: Path) -> None:
        """Remember the folder that was used last for a kind of file."""
        self._store.setValue(f"folders/{kind}", str(folder))

    def recent(self, kind: str) -> list[Path]:
        """Return the files of a kind ("project" or "film") that were opened last, the newest first."""
        value = self._store.value(f"recent/{kind}")
        names = [value] if isinstance(value, str) else value if isinstance(value, list) else []
        return [Path(name) for name in names if isinstance(name, str) and name][:_MOST_RECENT]

    def add_recent(self, kind: str, file: Path) -> None:
        """Note that a file of a kind was opened."""
        names = [os.path.abspath(file), *(str(other) for other in self.recent(kind))]
        self._store.setValue(f"recent/{kind}", list(dict.fromkeys(names))[:_MOST_RECENT])

    def _percent(self, key: str, usual: int) -> int:
        return min(100, max(0, self._number(key, usual)))

    def _number(self, key: str, usual: int) -> int:
        try:
            return int(str(self._store.value(key, usual)))
        except ValueError:
            return usual

    def save(self) -> None:
        """Write the settings to disk."""
        self._store.sync()
