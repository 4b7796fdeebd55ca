"""Documents of any kind, on the real service: stored, proved, read back; damage is told."""

from __future__ import annotations

import hashlib
import io
import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pydicom
import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid

from assistant.dialogue.actions import Actions
from assistant.dialogue.plans import Read
from assistant.dialogue.state import DialogueState, Request
from ledger import objects
from ledger.erasure import forget
from ledger.errors import RecordUnverified
from ledger.findings import Damage
from ledger.objects import CHUNK, opened, seal, verify_file
from ledger.server import credential, running
from ledger.store import Store
from ledger.verify import verify
from ledger_client import LedgerClient
from ledger_client.algorithms import PublicKey
from ledger_client.appends import NewAttachment
from ledger_client.errors import IntegrityError, LedgerRequestError
from ledger_client.signing import SignedRequests
from ledger_client.trust import Trust

pytestmark = pytest.mark.slow

CARD = "1236"
DAY = date(2026, 11, 20)


def dicom() -> bytes:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image = FileDataset("", {}, file_meta=meta, preamble=bytes(128))
    image.SOPClassUID = meta.MediaStorageSOPClassUID
    image.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    image.Modality, image.Rows, image.Columns = "OT", 256, 256
    image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
    image.BitsAllocated = image.BitsStored = 16
    image.HighBit, image.PixelRepresentation = 15, 0
    image.PixelData = np.arange(256 * 256, dtype=np.uint16).tobytes()
    file = io.BytesIO()
    image.save_as(file, enforce_file_format=True)
    return file.getvalue()


def png() -> bytes:
    file = io.BytesIO()
    Image.new("L", (64, 64), 128).save(file, "PNG")
    return file.getvalue()


PDF = b"%PDF-1.4\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"
KINDS = {
    "application/dicom": dicom(),
    "application/pdf": PDF,
    "image/png": png(),
    "text/plain": "Жалоб нет. ".encode() * 200_000,
}


class Clinic:
    def __init__(self, home: Path, url: str, token: str) -> None:
        self.home, self.url, self.token = home, url, token
        key = PublicKey.parse((home / "node.pub").read_text().strip())
        self.client = LedgerClient(url, token, trust=Trust((key,)))

    def store(self, media_type: str, content: bytes, document: str | None = None) -> str:
        new = NewAttachment("h10", media_type, "Снимок", "Аппарат 3", DAY, document)
        return self.client.attach(CARD, io.BytesIO(content), new).record_id

    def read(self, record_id: str) -> bytes:
        (found,) = [a for a in self.client.attachments(CARD) if a.id == record_id]
        sink = io.BytesIO()
        self.client.attachment_content(found, sink)
        return sink.getvalue()

    def file(self, record_id: str) -> Path:
        (path,) = (self.home / "objects").glob(f"*/{record_id}")
        return path


@pytest.fixture(scope="module")
def clinic(home: Path) -> Iterator[Clinic]:
    with running(home) as (url, token):
        made = Clinic(home, url, token)
        with closing(made.client):
            yield made


@pytest.mark.parametrize("media_type", KINDS)
def test_a_document_of_any_kind_comes_back_as_it_was(clinic: Clinic, media_type: str) -> None:
    content = KINDS[media_type]
    record_id = clinic.store(media_type, content)
    assert clinic.read(record_id) == content
    sealed = clinic.file(record_id).read_bytes()
    assert content[:64] not in sealed and content[-64:] not in sealed
    if media_type == "application/dicom":
        image = pydicom.dcmread(io.BytesIO(clinic.read(record_id)))
        assert image.pixel_array[255, 255] == 65535


def test_what_is_stored_twice_under_one_key_is_one_document(clinic: Clinic) -> None:
    new = NewAttachment("h10", "application/pdf", "Выписка", "Ершова", DAY)
    first = clinic.client.attach(CARD, io.BytesIO(PDF), new, "twice")
    assert clinic.client.attach(CARD, io.BytesIO(PDF), new, "twice") == first
    with pytest.raises(LedgerRequestError):
        clinic.client.attach(CARD, io.BytesIO(PDF + b"\n"), new, "twice")


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        ("application/pdf", KINDS["image/png"]),
        ("image/png", PDF),
        ("application/dicom", PDF),
        ("text/plain", b"\xff\xfe\x00"),
        ("application/zip", b"PK"),
        ("text/plain", b""),
    ],
)
def test_content_that_is_not_of_its_type_is_refused(
    clinic: Clinic, media_type: str, content: bytes
) -> None:
    with pytest.raises(LedgerRequestError):
        clinic.store(media_type, content)


def test_content_that_was_not_signed_for_or_is_too_large_is_refused(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = {"patientId": CARD, "hospitalId": "h10", "title": "x", "author": "x"}
    sha256 = hashlib.sha256(PDF).hexdigest()
    auth = SignedRequests(credential(clinic.home, "box"), sha256=sha256)
    for body, status in ((PDF + b" ", 401), (PDF, 201)):
        answer = requests.post(
            clinic.url + "/attachments",
            params=query | {"created": "2026-11-20"},
            data=body,
            headers={"Content-Type": "application/pdf"},
            auth=auth,
            timeout=10,
        )
        assert answer.status_code == status, answer.text
    monkeypatch.setattr("ledger.incoming.MAX_BYTES", 1000)
    with pytest.raises(LedgerRequestError):
        clinic.store("text/plain", b"a" * 1001)
    assert not list((clinic.home / "objects").glob(".*"))


def test_a_changed_or_missing_file_is_told_by_ledger_client_and_assistant(clinic: Clinic) -> None:
    card = CARD
    document = clinic.client.documents_from_hospital("h10", card)[0]
    record_id = clinic.store("image/png", KINDS["image/png"], document.id)
    patients = {patient.card: patient for patient in clinic.client.patients()}
    hospitals = {hospital.id: hospital for hospital in clinic.client.hospitals()}
    actions = Actions(clinic.client, patients, hospitals)
    plan = Read(card, Request("get_document", document=document.id))
    now = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    said = actions.carry_out(plan, DialogueState(), now, "ivanova").answer.text
    assert "Приложено файлов: 1, подлинность проверена." in said
    file = clinic.file(record_id)
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(IntegrityError) as caught:
        actions.carry_out(plan, DialogueState(), now, "ivanova")
    assert caught.value.spoken.startswith("Запись в реестре повреждена")
    assert Damage.CHANGED in {finding.damage for finding in verify(clinic.home).findings}
    file.write_bytes(whole)
    assert verify(clinic.home).intact
    file.rename(file.with_suffix(".gone"))
    with pytest.raises(IntegrityError):
        clinic.read(record_id)
    file.with_suffix(".gone").rename(file)


def test_a_server_that_sends_another_content_is_caught(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_id = clinic.store("text/plain", "Здоров.".encode())
    monkeypatch.setattr(
        "ledger.endpoints.reading.opened_object", lambda *_: iter(["Болеет.".encode()])
    )
    (found,) = [a for a in clinic.client.attachments(CARD) if a.id == record_id]
    with pytest.raises(IntegrityError):
        clinic.client.attachment_content(found, io.BytesIO())


def test_the_files_of_a_forgotten_patient_are_gone(demo_ledger: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(demo_ledger, tmp_path / "home"))
    with running(home) as (url, token):
        clinic = Clinic(home, url, token)
        file = clinic.file(clinic.store("application/pdf", PDF))
        clinic.client.close()
    with closing(Store(home)) as store:
        forget(store, CARD, "admin", "Просьба")
    assert not file.exists()
    assert verify(home).intact


@settings(max_examples=40, deadline=None)
@given(
    size=st.sampled_from([1, 99, 100, 101, 200, 250, 300]),
    spoil=st.sampled_from(["flip", "cut", "swap", "key", "name"]),
    data=st.data(),
)
def test_no_chunk_can_be_changed_moved_or_cut_off(
    tmp_path_factory: pytest.TempPathFactory, size: int, spoil: str, data: st.DataObject
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(objects, "CHUNK", 100)
        content, key = bytes(range(256)) * 2, bytes(32)
        path = tmp_path_factory.mktemp("object") / "sealed"
        sealed = seal(io.BytesIO(content[:size]), path, key, "one")
        verify_file(path, sealed.ciphertext)
        assert b"".join(opened(path, key, "one")) == content[:size]
        raw, name = path.read_bytes(), "one"
        chunks = [raw[8:][i : i + 116] for i in range(0, len(raw) - 8, 116)]
        match spoil:
            case "flip":
                place = data.draw(st.integers(0, len(raw) - 1))
                raw = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
            case "cut":
                raw = raw[:8] + b"".join(chunks[:-1]) if len(chunks) > 1 else raw[:-1]
            case "swap":
                raw = raw[:8] + b"".join(reversed(chunks)) if len(chunks) > 1 else raw[:-1]
            case "key":
                key = bytes(31) + b"\1"
            case "name":
                name = "two"
        path.write_bytes(raw)
        with pytest.raises(RecordUnverified):
            list(opened(path, key, name))
    assert CHUNK == 1 << 20
    assert sealed.size == size
