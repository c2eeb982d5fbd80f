"""The log file, and the handling of uncaught errors."""

import logging
import logging.handlers
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QStandardPaths, QtMsgType, qInstallMessageHandler

from engine.contract.errors import reason_of

_FORMAT = "%(asctime)s %(levelname)s %(processName)s %(name)s: %(message)s"
_LARGEST_BYTES = 1 << 20
_QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}

logger = logging.getLogger(__name__)


def log_file() -> Path:
    """Return the path of the log; its folder may not exist yet."""
    return (
        Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppLocalDataLocation)) / "swansphere.log"
    )


def start_logging() -> None:
    """Log to a file of at most 1 MB and its predecessor, or to stderr if no file can be written."""
    handler: logging.Handler
    try:
        log_file().parent.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            log_file(), maxBytes=_LARGEST_BYTES, backupCount=1, encoding="utf-8"
        )
    except OSError:
        handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(_FORMAT))
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.INFO)
    qInstallMessageHandler(_log_qt_message)


def _log_qt_message(kind: QtMsgType, _context: QMessageLogContext, message: str) -> None:
    logging.getLogger("qt").log(_QT_LEVELS.get(kind, logging.WARNING), message)


def catch_everything(tell: Callable[[str], None]) -> None:
    """Log every uncaught error, and pass a sentence about those of the main thread to `tell`."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        logger.critical("uncaught", exc_info=(kind, error, trace))
        tell(
            f"Your last action may have failed: {reason_of(error)}. You can continue; if it happens again, restart "
            f"SwanSphere. The recorded sound is kept. The details are in {log_file()}."
        )

    def thread_hook(arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            logger.critical(
                "uncaught in a thread", exc_info=(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)
            )

    sys.excepthook = hook
    threading.excepthook = thread_hook
