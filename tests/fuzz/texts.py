"""Tables, JSON and answers of a server."""

import contextlib
import json
from pathlib import Path

from tests.fuzz.mutations import mutated_bytes, mutated_text
from tests.fuzz.target import Target, apart, noise

_ANNOTATION = {"duration_s": 1.0, "segment_s": 1.0, "segments": [], "sources": []}


def _paths(folder: Path) -> list[Path]:
    points = [{"t_s": t, "azimuth_deg": 20.0 * t, "elevation_deg": 10} for t in range(4)]
    return apart(
        folder,
        {
            "path.json": json.dumps(points),
            "automation.json": json.dumps({"interpolation": "great-circle", "points": points}),
            "path.csv": "time,azimuth,elevation\n0,0,0\n00:00:01.500,90,10\n2,180,0\n",
            "plain.csv": "0;10;20\n1;20;30\n",
        },
    )


def _read_path(path: Path) -> None:
    from app.command_line.path_file import read_direction_path

    read_direction_path(path).at(0.5)


def _labels(folder: Path) -> list[Path]:
    return apart(folder, {"labels.json": '{"take.wav": ["a dog barking", "rain"], "other.wav": []}'})


def _read_labels(path: Path) -> None:
    from app.commands.annotate import _labels as read

    for words in read(path).values():
        ", ".join(words)


def _captions(folder: Path) -> list[Path]:
    return apart(folder, {"captions.json": '{"take-1": "a dog barks", "take-2.wav": "rain"}'})


def _read_captions(path: Path) -> None:
    from engine.evaluation.suite.captions import named_classes, read_captions

    for text in read_captions(path).values():
        named_classes(text)


def _annotations(folder: Path) -> list[Path]:
    from engine.annotation.annotate import annotate, write_annotation
    from engine.export.ambix_wav import AmbixWriter

    folder.mkdir(parents=True)
    with AmbixWriter(folder / "take.wav") as writer:
        writer.write(noise(4, 96_000))
    write_annotation(annotate(folder / "take.wav", None, ["rain"]), folder / "take.json")
    report = folder / "report" / "report.json"
    report.parent.mkdir()
    report.write_text(json.dumps({"first_audio_s": 0.3, "rtf": 0.5, "prompt": "rain", "doa": []}))
    return [folder / "take.json", report]


def _read_annotation(path: Path) -> None:
    from engine.annotation.annotate import finished_annotation, write_annotation
    from engine.annotation.chat_request import request_body
    from engine.contract.errors import EngineError
    from engine.evaluation.measures.truth import read_trajectory
    from engine.evaluation.suite.pairs import read_report

    read_report(path)
    with contextlib.suppress(EngineError):
        read_trajectory(path).clip(2.0)
    annotation = finished_annotation(path)
    if annotation is not None:
        str(annotation.get("captioner")), annotation["caption"], float(str(annotation["duration_s"]))
        request_body("model", annotation, [])
        write_annotation(annotation, path.with_name("again.json"))


def _manifests(folder: Path) -> list[Path]:
    import soundfile

    rows = [
        {"path": "sounds/dog.wav", "label": "dog; rain", "class": "dog", "kind": "point", "split": "held-out"},
        {"path": "sounds/rain.wav", "label": "rain", "class": "rain", "kind": "ambience", "split": ""},
    ]
    table = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    made = apart(
        folder,
        {
            "manifest.csv": "\n".join(table) + "\n",
            "manifest.tsv": "\n".join(table).replace(",", "\t") + "\n",
            "manifest.jsonl": "".join(json.dumps(row) + "\n" for row in rows),
        },
    )
    for place in made:
        (place.parent / "sounds").mkdir()
        for name in ("dog", "rain"):
            soundfile.write(place.parent / "sounds" / f"{name}.wav", noise(1, 24_000)[0], 48_000)
    return made


def _read_manifest(path: Path) -> None:
    from engine.corpus.checking import check_corpus, summary_lines
    from engine.corpus.manifest import read_manifest

    summary_lines(check_corpus(read_manifest(path, path.parent)))


def _marker_lists(folder: Path) -> list[Path]:
    from engine.daw.marker_list import NamedTime
    from engine.daw.marker_midi import write_midi

    return apart(
        folder,
        {
            "markers.csv": 'time_s,name\n0.5,Door\n1:02.5,"Rain, heavy"\n',
            "timecode.csv": "name;timecode\nDoor;00:00:01:12\n",
            "reaper.csv": "#,Name,Start,End,Length,Color\nM1,Door,0:01,,,\nR1,Rain,0:02.000,0:03.000,0:01.000,FF0000\n",
            "markers.mid": write_midi([NamedTime(48_000, "Door"), NamedTime(96_000, "Rain")]),
        },
    )


def _read_markers(path: Path) -> None:
    from fractions import Fraction

    from engine.contract.frames import FrameGrid
    from engine.contract.scene.edits.whole import add_markers
    from engine.contract.scene.scene import Scene
    from engine.daw.marker_file import read_markers
    from engine.daw.marker_list import FilmTimecode

    found = read_markers(path, FilmTimecode(FrameGrid(Fraction(25))))
    add_markers(Scene(), [(marker.at_sample, marker.name) for marker in found.markers])


def _answers(folder: Path) -> list[Path]:
    answer = {
        "choices": [{"message": {"role": "assistant", "content": "A dog barks on the left."}}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5},
    }
    refusal = {"error": {"message": "no such model", "type": "invalid_request_error"}}
    return apart(folder, {"answer.json": json.dumps(answer), "refusal.json": json.dumps(refusal)})


def _read_answer(path: Path) -> None:
    from engine.annotation.captioner import RemoteCaptioner
    from engine.annotation.chat_endpoint import EndpointError
    from tests.chat_endpoint import serving

    with serving() as endpoint:
        is_refusal = path.name == "refusal.json"
        endpoint.will_say((400 if is_refusal else 200, path.read_bytes()))
        captioner = RemoteCaptioner(endpoint.url, "model", "key", timeout_s=5.0, tries=1)
        with contextlib.suppress(EndpointError) if is_refusal else contextlib.nullcontext():
            captioner.caption(_ANNOTATION)


TEXTS = (
    Target("direction paths", mutated_text, _paths, _read_path),
    Target("lists of markers", mutated_bytes, _marker_lists, _read_markers),
    Target("labels", mutated_text, _labels, _read_labels),
    Target("captions", mutated_text, _captions, _read_captions),
    Target("annotations", mutated_text, _annotations, _read_annotation),
    Target("manifests", mutated_text, _manifests, _read_manifest),
    Target("chat answers", mutated_text, _answers, _read_answer),
)
