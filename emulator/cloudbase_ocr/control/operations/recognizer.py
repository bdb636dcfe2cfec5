"""Operations on the recognizer: what it reads in a picture and why, what it is doing, and pictures to try."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from cloudbase_ocr.answers.explained import FieldRow, field_rows
from cloudbase_ocr.answers.market import Market, reply_in_market
from cloudbase_ocr.control.operation import ControlError, operation, wanted_method
from cloudbase_ocr.journal.entries import media_type
from cloudbase_ocr.specimens.catalog import SPECIMENS, Specimen, specimen
from wxcloud.contract import METHODS, by_key
from wxcloud.errors import Failure, api_error
from wxcloud.replies import cloud_object

if TYPE_CHECKING:
    from cloudbase_ocr.answers import Explained
    from cloudbase_ocr.recognizer import Explanation
    from cloudbase_ocr.state.emulator import Emulator
    from wxcloud.contract import Method

OFF: Final = "off"
NOT_INSTALLED: Final = "not installed"
_OFF = "the emulator was started with --no-recognizer; pictures are answered from fixtures only"


@dataclass(frozen=True)
class CandidateState:
    """A document that the picture may show, and how likely, 0 to 1."""

    method: str
    score: float


@dataclass(frozen=True)
class PictureState:
    """The picture as sent; sizes in pixels, after its EXIF orientation (1 to 8) was applied, null if undecoded.

    `turned` is by how many degrees clockwise it was turned so that its text stands upright. `missing_rows` are
    those at the lower end, as stored, that the file lacks.
    """

    width: int | None
    height: int | None
    bytes: int
    sha256: str
    content_type: str | None
    orientation: int | None
    turned: int | None
    missing_rows: int | None


@dataclass(frozen=True)
class StageState:
    """A stage of reading, and the seconds that it took."""

    name: str
    seconds: float


@dataclass(frozen=True)
class RecognitionState:
    """A picture as the recognizer reads it, and why.

    `wechat` is what /cv/ocr/* sends (without the hint and rid of an error, which are each call's own), `cloud` what
    the cloud call gives, `market` what /wxa/servicemarket sends (null for a menu). `reason` says why there is an error.
    """

    method: str
    guessed: bool
    candidates: list[CandidateState]
    picture: PictureState
    wechat: dict[str, Any]
    cloud: dict[str, Any]
    market: dict[str, Any] | None
    reason: str | None
    fields: list[FieldRow]
    stages: list[StageState]
    seconds: float


@dataclass(frozen=True)
class QueueState:
    """Pictures that are being read, that wait, and that may wait."""

    reading: int
    waiting: int
    size: int


@dataclass(frozen=True)
class RecognizerState:
    """What the recognizer is doing.

    `state` is off, not installed, cold (nothing loaded yet), loading, ready, or failed; `message` says why there is
    none. `workers` is 0 when pictures are read in the emulator's own process. `stage` is that of the picture that is
    being read. `weights` names the networks that read; empty when there is no recognizer.
    """

    state: str
    message: str
    methods: list[str]
    workers: int
    threads: int
    queue: QueueState
    limit_seconds: float | None
    stage: str | None
    weights: str


@dataclass(frozen=True)
class SpecimenState:
    """An invented document; its picture, which has this SHA-256, is at ``/_emulator/specimens/<name>.jpg``."""

    name: str
    method: str
    title: str
    title_zh: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class SpecimenList:
    """The invented documents."""

    specimens: list[SpecimenState]


class RecognizerControl:
    """Asks the recognizer, past scenarios, fixtures, faults and quotas."""

    def __init__(self, emulator: Emulator) -> None:
        """Ask the recognizer of `emulator`."""
        self._emulator = emulator

    @operation(
        "recognizer.read",
        "POST",
        "recognize",
        method="the cloud call, such as ocr.idcard; by default what the picture most likely shows",
        image="the picture's file in base64; or",
        specimen="the name of an invented document, such as idcard-front",
    )
    def read(
        self, method: str | None = None, *, image: str | None = None, specimen: str | None = None
    ) -> RecognitionState:
        """Read a picture, and tell what each field rests on.

        Nothing is counted against a quota, and neither scenarios, fixtures nor faults are asked: it explains the
        recognizer. Settings that shape replies (``--profile``, ``--bankcard-id``, ``--omit-unread``,
        ``--max-image-bytes``) hold as for /cv/ocr/*.

        Raises:
            ControlError: there is no such method or specimen, or not exactly one picture.
        """
        named, picture = _method(method), _picture(image, specimen)
        try:
            read = self._emulator.answers.explain(named, picture, self._emulator.settings.max_image_bytes)
        except LookupError as error:
            raise ControlError(f"method: {error}") from error
        told = read.explanation
        wechat = self._wechat(read)
        return RecognitionState(
            method=read.method.permission,
            guessed=named is None,
            candidates=_candidates(told),
            picture=_shown(picture, told),
            wechat=wechat,
            cloud=_cloud(read, wechat),
            market=reply_in_market(
                self._emulator.envelope, Market.of(self._emulator.settings), read, picture
            ),
            reason=read.error.reason if read.error else None,
            fields=[] if read.fields is None or told is None else field_rows(read.method, read.fields, told),
            stages=[
                StageState(name, round(seconds, 4)) for name, seconds in (told.stages if told else {}).items()
            ],
            seconds=round(told.seconds, 4) if told else 0.0,
        )

    @operation("recognizer.status", "GET", "recognizer")
    def status(self) -> RecognizerState:
        """Tell what the recognizer is doing, and how many pictures wait."""
        recognizer = self._emulator.recognizer
        if recognizer is None:
            missing = self._emulator.not_installed
            return RecognizerState(
                state=NOT_INSTALLED if missing else OFF,
                message=missing or _OFF,
                methods=[],
                workers=0,
                threads=0,
                queue=QueueState(reading=0, waiting=0, size=0),
                limit_seconds=None,
                stage=None,
                weights="",
            )
        status = recognizer.status()
        return RecognizerState(
            state=status.state,
            message=status.message,
            methods=[known.permission for known in METHODS if known.key in recognizer.methods],
            workers=status.workers,
            threads=status.threads,
            queue=QueueState(reading=status.reading, waiting=status.waiting, size=status.queue),
            limit_seconds=status.limit,
            stage=status.stage,
            weights=status.weights,
        )

    @operation("recognizer.specimens", "GET", "specimens")
    def specimens(self) -> SpecimenList:
        """List the invented documents that may be read to try."""
        return SpecimenList(
            [
                SpecimenState(each.name, _permission(each.key), each.title, each.title_zh, *_measured(each))
                for each in SPECIMENS
            ]
        )

    def _wechat(self, read: Explained) -> dict[str, Any]:
        envelope = self._emulator.envelope
        if read.error is not None:
            return envelope.failure(read.error.code, envelope.text(read.error))
        return envelope.success(read.fields or {})


def _cloud(read: Explained, wechat: dict[str, Any]) -> dict[str, Any]:
    api = f"openapi.{read.method.permission}"
    if read.error is not None:
        return api_error(api, Failure(read.error.code, wechat["errmsg"], answered=True)).to_dict()
    return cloud_object(api, read.method, wechat, convert_case=True)


def _method(name: str | None) -> Method | None:
    return None if name is None else wanted_method(name, "recognizer.read")


def _picture(image: str | None, name: str | None) -> bytes:
    if (image is None) == (name is None):
        raise ControlError("image or specimen: give one of them, and not both")
    if name is not None:
        found = specimen(name)
        if found is None:
            known = ", ".join(each.name for each in SPECIMENS)
            raise ControlError(f"specimen: there is no {name[:80]!r}; there are {known}")
        return found.picture
    try:
        return base64.b64decode((image or "").encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ControlError(
            f"image: is not base64 ({error}); encode the file's bytes, without a data: prefix"
        ) from error


def _candidates(told: Explanation | None) -> list[CandidateState]:
    return [
        CandidateState(_permission(candidate.key), candidate.score)
        for candidate in (told.candidates if told else ())
    ]


@cache
def _measured(known: Specimen) -> tuple[int, str]:
    """Return a specimen's bytes and SHA-256, which the page Try asks for each time that it is opened."""
    picture = known.picture
    return len(picture), hashlib.sha256(picture).hexdigest()


def _permission(key: str) -> str:
    method = by_key(key)
    return method.permission if method else key


def _shown(picture: bytes, told: Explanation | None) -> PictureState:
    shown = told.picture if told else None
    return PictureState(
        width=shown.width if shown else None,
        height=shown.height if shown else None,
        bytes=len(picture),
        sha256=hashlib.sha256(picture).hexdigest(),
        content_type=media_type(picture) or None,
        orientation=shown.orientation if shown else None,
        turned=shown.turned if shown else None,
        missing_rows=shown.missing_rows if shown else None,
    )
