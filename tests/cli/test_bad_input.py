"""What users get wrong ends with exit code 2 and one message that names place and remedy, without a traceback."""

import gzip
import os
import struct

import nibabel as nib
import numpy as np
import pytest
import tifffile

from brainreel.cli.app import run

SCENE = """brainreel: 1
movie: {length: 1s, fps: 10, size: 64x48}
layers:
  pli:
    volume: phantom:pli?size=32
camera:
  - orbit: {around: pli}
"""


@pytest.fixture
def refused(tmp_path, capsys):
    """Runs a command that must end with `code`; returns its message and checks that nothing was left behind."""

    def check(*arguments, code=2, output="out.mp4"):
        target = tmp_path / output
        assert run([*map(str, arguments), *(["-o", str(target)] if output else [])]) == code
        message = capsys.readouterr().err
        assert "Traceback" not in message
        lines = [line for line in message.splitlines() if line.startswith("brainreel:") and "note:" not in line]
        assert len(lines) == 1, message
        if output:
            assert not target.exists()
            assert not list(tmp_path.glob(".*.segments/*.mp4"))
        return message

    return check


def write_slices(folder, *shapes):
    folder.mkdir()
    for k, shape in enumerate(shapes):
        tifffile.imwrite(folder / f"s{k}.tif", np.full(shape, k, np.uint8))


def write_stc(path, vertices, times=2, first_ms=0.0):
    vertices = np.asarray(vertices)
    head = struct.pack(">ffI", first_ms, 10.0, len(vertices)) + vertices.astype(">u4").tobytes()
    path.write_bytes(head + struct.pack(">I", times) + np.ones((times, len(vertices)), ">f4").tobytes())


def write_surface(path):
    points = np.array([[0, 0, 0], [9, 0, 0], [0, 9, 0], [0, 0, 9]], np.float32)
    faces = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2]], np.int32)
    nib.freesurfer.write_geometry(str(path), points, faces)


def test_a_missing_file_is_named_with_the_nearest_one(refused, tmp_path):
    (tmp_path / "brain.nii").write_bytes(b"x")
    message = refused("movie", tmp_path / "brian.nii")
    assert "brian.nii" in message
    assert "brain.nii" in message


def test_an_empty_folder(refused, tmp_path):
    (tmp_path / "slices").mkdir()
    assert "slices" in refused("movie", tmp_path / "slices")


def test_slices_of_different_sizes_are_both_named(refused, tmp_path):
    write_slices(tmp_path / "slices", (8, 9), (8, 9), (8, 10))
    message = refused("movie", tmp_path / "slices")
    assert "s2.tif" in message
    assert "10" in message


def test_a_stray_file_among_slices_is_named(refused, tmp_path):
    write_slices(tmp_path / "slices", (8, 9), (8, 9))
    (tmp_path / "slices" / "notes.docx").write_bytes(b"hello")
    assert "notes.docx" in refused("movie", tmp_path / "slices")


def test_a_truncated_gzip(refused, tmp_path):
    nib.Nifti1Image(np.random.default_rng(0).integers(0, 255, (20, 20, 20)).astype(np.uint8), np.eye(4)).to_filename(
        tmp_path / "whole.nii.gz"
    )
    whole = (tmp_path / "whole.nii.gz").read_bytes()
    (tmp_path / "half.nii.gz").write_bytes(whole[: len(whole) // 2])
    assert "half.nii.gz" in refused("movie", tmp_path / "half.nii.gz")


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_a_nifti_that_claims_more_than_it_holds(refused, tmp_path, suffix):
    image = nib.Nifti1Image(np.zeros((4, 4, 4), np.uint8), np.eye(4))
    raw = bytearray(image.to_bytes())
    struct.pack_into("<8h", raw, 40, 3, 30000, 30000, 30000, 1, 1, 1, 1)
    path = tmp_path / f"liar{suffix}"
    path.write_bytes(gzip.compress(bytes(raw)) if suffix.endswith("gz") else bytes(raw))
    assert "liar" in refused("movie", path)


@pytest.mark.parametrize("name", ["brain.nii", "brain.nii.gz", "lh.pial.gii", "meg-lh.stc", "a.scene.yaml"])
def test_a_git_lfs_pointer_is_recognised_whatever_its_name(refused, tmp_path, name):
    (tmp_path / name).write_text("version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12345\n")
    message = refused("movie", tmp_path / name)
    if not name.endswith(".yaml"):
        assert "git lfs" in message.lower() or "git-lfs" in message.lower()


def test_an_unknown_extension_gets_the_list_of_what_is_read(refused, tmp_path):
    (tmp_path / "brain.xyz").write_bytes(os.urandom(64))
    assert "NIfTI" in refused("movie", tmp_path / "brain.xyz")


def test_a_raw_size_that_does_not_match_shows_the_arithmetic(refused, tmp_path):
    (tmp_path / "block.raw").write_bytes(bytes(1000))
    message = refused(
        "movie", tmp_path / "block.raw", "--dtype", "uint16", "--shape", "z=10,y=10,x=10", "--byte-order", "little"
    )
    assert "10 x 10 x 10 x 2" in message or "2,000" in message
    assert "1,000" in message


def test_raw_data_without_a_description_show_an_example(refused, tmp_path):
    (tmp_path / "block.raw").write_bytes(bytes(1000))
    assert "--shape z=" in refused("movie", tmp_path / "block.raw")


def test_positional_axes_are_refused(refused, tmp_path):
    (tmp_path / "block.raw").write_bytes(bytes(1000))
    assert "z=93" in refused("movie", tmp_path / "block.raw", "--dtype", "uint8", "--shape", "10,10,10")


def test_a_source_estimate_beyond_its_surface(refused, tmp_path):
    write_surface(tmp_path / "lh.pial")
    write_stc(tmp_path / "meg-lh.stc", [0, 77])
    message = refused("movie", tmp_path / "meg-lh.stc", tmp_path / "lh.pial")
    assert "77" in message
    assert "4 vertices" in message


def test_hemispheres_with_different_times(refused, tmp_path):
    for side in ("lh", "rh"):
        write_surface(tmp_path / f"{side}.pial")
    write_stc(tmp_path / "meg-lh.stc", [0, 1])
    write_stc(tmp_path / "meg-rh.stc", [0, 1], first_ms=50.0)
    message = refused("movie", tmp_path / "meg-lh.stc", tmp_path / "lh.pial")
    assert "meg-lh.stc" in message
    assert "meg-rh.stc" in message


def test_a_source_estimate_without_its_surface(refused, tmp_path):
    write_stc(tmp_path / "meg-lh.stc", [0, 1])
    assert "surface" in refused("movie", tmp_path / "meg-lh.stc")


def test_a_fade_of_one_volume(refused):
    assert "name two" in refused("movie", "phantom:pli?size=32", "--mode", "fade")


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("volume: phantom:pli?size=32", "volume: phantom:pli?size=32\n    opactiy: auto", "opacity"),
        ("volume: phantom:pli?size=32", "volume: phantom:pli?size=32\n    alpha: 1.4", "0..1"),
        ("orbit: {around: pli}", "orbit: {around: plli}", "pli"),
        ("orbit: {around: pli}", "orbit: {around: pli, turn: {0s: 0deg, 1s: 90deg, axis: 3}}", "axis"),
        ("phantom:pli?size=32", "phantom:ply?size=32", "pli"),
        ("phantom:pli?size=32", "phantom:pli?sise=32", "size"),
        ("phantom:pli?size=32", "{file: *.nii}", "quot"),
        ("volume: phantom:pli?size=32", "volume: phantom:pli?size=32\n    visible: no", "false"),
        ("size: 64x48}", "size: 64x48, background: #ff0000}", "quot"),
        ("volume: phantom:pli?size=32", "volume: phantom:pli?size=32\n    alpha: {0s:1}", "space"),
        ("volume: phantom:pli?size=32", "volume: phantom:pli?size=32\n    alpha: {1s: 0, 1000ms: 1}", "1000ms"),
        ("volume: phantom:pli?size=32", "volume: phantom:pli?size=32\n    alpha:", "alpha"),
    ],
)
def test_a_scene_with_a_slip_gets_its_line_and_a_remedy(refused, tmp_path, old, new, named):
    assert old in SCENE
    scene = tmp_path / "brain.scene.yaml"
    scene.write_text(SCENE.replace(old, new))
    message = refused("movie", scene)
    assert named in message
    if not new.startswith("phantom"):
        assert "brain.scene.yaml:" in message


def test_alias_bombs_are_refused(refused, tmp_path):
    scene = tmp_path / "bomb.scene.yaml"
    rows = [f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 9)}]" for k in range(1, 12)]
    scene.write_text("brainreel: 1\na0: &a0 [x, x]\n" + "\n".join(rows) + "\n")
    assert "bomb.scene.yaml" in refused("movie", scene)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--size", "64"], "1920x1080"),
        (["--size", "63x48"], "64"),
        (["--fps", "many"], "30"),
        (["--length", "ten"], "10s"),
        (["--frames", "20:10"], "10:20"),
        (["--frames", "5:5000"], "frames"),
        (["--budget", "much"], "4GB"),
        (["--threads", "0"], "threads"),
        (["--set", "layers.pli.alhpa=1"], "alpha"),
        (["--set", "nonsense"], "--set"),
        (["--var", "a=b"], "--var"),
        (["--colour"], "colour"),
        (["--budget", "0"], "4GB"),
        (["--output", "other.mp4"], "-o stands 2 times"),
        (["--dtype", "uint7"], "--dtype: uint7: is no dtype here; did you mean uint8?"),
        (["--spacing", "z=0mm,y=1mm,x=1mm"], "--spacing: z = 0mm: expects more than 0"),
        (["--shape", "z=0,y=1,x=1"], "write --shape z=93,y=64,x=64"),
    ],
)
def test_options_with_a_slip(refused, arguments, named):
    assert named in refused("movie", "phantom:pli?size=32", "--length", "1s", *arguments)


def test_options_of_reading_are_told_by_info_too(refused):
    arguments = ["info", "phantom:pli?size=32", "--spacing", "z=0mm,y=1mm,x=1mm"]
    assert "--spacing: z = 0mm: expects more than 0" in refused(*arguments, output="")


def test_arguments_in_the_wrong_order(refused):
    assert "DATA -o brain.mp4" in refused("movie", "brain.mp4", output="brain.nii.gz")


@pytest.mark.parametrize("command", [["movie", "-o", "a.mp4"], ["still", "-o", "a.png"], ["info"], ["scene", "new"]])
def test_an_empty_name_is_not_this_folder(refused, command):
    assert "one of the names of data is empty" in refused(*command, "", output="")


@pytest.mark.parametrize("command", [["movie", "phantom:pli?size=32"], ["demo"]])
def test_an_empty_output_is_not_this_folder(refused, command):
    assert "NAME.mp4" in refused(*command, "-o", "", output="")


def test_a_group_without_a_command(refused):
    assert "name one of the commands above (brainreel scene --help" in refused("scene", output="")


@pytest.mark.parametrize("command", [["demo"], ["scene", "new", "phantom:pli?size=32"]])
def test_a_folder_that_is_not_there_is_told_before_work_begins(refused, command):
    name = "no/such/out.mp4" if command == ["demo"] else "no/such/out.yaml"
    assert "mkdir -p" in refused(*command, output=name)


def test_a_folder_with_a_scenes_name(refused, tmp_path):
    (tmp_path / "a.yaml").mkdir()
    assert "name a scene file (.yaml)" in refused("movie", tmp_path / "a.yaml")


def test_a_reel_is_no_data_for_a_new_scene(refused, tmp_path):
    (tmp_path / "a.scene.yaml").write_text(SCENE)
    (tmp_path / "b.reel.yaml").write_text("brainreel: 1\nreel:\n  - {file: a.scene.yaml}\n")
    assert "is a reel" in refused("scene", "new", tmp_path / "b.reel.yaml", output="c.yaml")


def test_a_still_has_no_number(refused):
    assert "one picture" in refused("still", "phantom:pli?size=32", output="p_%05d.png")


def test_a_wrong_mode_is_told_in_our_own_words(refused):
    message = refused("movie", "phantom:pli?size=32", "--mode", "sweeep")
    assert "Value error" not in message
    assert "'sweeep' is not one of 'auto', 'rotation', 'views', 'sweep', 'fade' (brainreel movie --help" in message


@pytest.mark.parametrize(
    ("name", "named"), [("out.avi", ".mp4"), ("out.png", "%05d"), ("no/such/folder/out.mp4", "folder")]
)
def test_outputs_that_cannot_be(refused, name, named):
    assert named in refused("movie", "phantom:pli?size=32", output=name)


def test_an_output_that_is_a_folder_with_a_movies_name(tmp_path, capsys):
    (tmp_path / "out.mp4").mkdir()
    assert run(["movie", "phantom:pli?size=32", "-o", str(tmp_path / "out.mp4")]) == 2
    assert "out.mp4" in capsys.readouterr().err


def test_a_full_disk_ends_with_exit_code_3(capsys, monkeypatch, tmp_path):
    import errno

    from brainreel.movie import segment

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(segment.SegmentUnit, "run", full)
    assert (
        run(["movie", "phantom:pli?size=32", "--size", "64x48", "--length", "1s", "-o", str(tmp_path / "o.mp4")]) == 3
    )
    assert "disk is full" in capsys.readouterr().err


def test_a_still_has_one_moment_and_no_course(refused):
    data = ["phantom:activation?vertices=500&times=251", "phantom:cortex?vertices=500"]
    assert "nothing runs on a picture" in refused("still", *data, "--slow", "50", output="out.png")
    assert "name it, --at 170ms, or show many" in refused("still", *data, "--from", "0ms", output="out.png")
    assert "leave one out" in refused("still", *data, "--at", "0ms", "-t", "1s", output="out.png")
    assert "leave --at out" in refused("still", *data, "--at", "0ms", "--contact", "2x2", output="out.png")
    assert "the movie shows -100 ms to 400 ms" in refused("still", *data, "--at", "2s", output="out.png")
    assert "none of the data have items" in refused("still", *data, "--at", "3 items", output="out.png")
    assert "name the movie's time" in refused("still", "phantom:pli?size=32", "--at", "2s", output="out.png")


def test_volumes_that_cannot_be_drawn_together_are_told_before_any_is_drawn(refused, tmp_path):
    rows = [f"  {name}: {{volume: 'phantom:pli?size=24', mode: maximum}}" for name in "ab"]
    scene = tmp_path / "a.scene.yaml"
    scene.write_text("\n".join(["brainreel: 1", "movie: {size: 64x48, length: 1s}", "layers:", *rows]) + "\n")
    for command in (("scene", "check"), ("movie",), ("still",)):
        output = None if command[0] == "scene" else "out.png" if command[0] == "still" else "out.mp4"
        assert "layers a, b: a has mode maximum" in refused(*command, scene, output=output or "")


def test_still_needs_a_picture_and_a_time_inside(refused):
    assert ".png" in refused("still", "phantom:pli?size=32", output="out.bmp")
    assert "outside" in refused("still", "phantom:pli?size=32", "-t", "99s", output="out.png")
    assert "later" in refused("still", "phantom:pli?size=32", "-t", "later", output="out.png")
