"""Images to files: movies by segments that join without re-encoding, GIFs, sequences, stills; what files are."""

from brainreel.encode.encoder import Encoder, Image, Part, Sink
from brainreel.encode.gif import Gif
from brainreel.encode.metadata import encoding, find_metadata, read_metadata
from brainreel.encode.outputs import encoder_for
from brainreel.encode.pictures import PictureKind
from brainreel.encode.probing import Probe, probe
from brainreel.encode.sequence import Sequenced
from brainreel.encode.sheet import Sheet
from brainreel.encode.still import still_kind, write_still
from brainreel.encode.video import Video

__all__ = [
    "Encoder",
    "Gif",
    "Image",
    "Part",
    "PictureKind",
    "Probe",
    "Sequenced",
    "Sheet",
    "Sink",
    "Video",
    "encoder_for",
    "encoding",
    "find_metadata",
    "probe",
    "read_metadata",
    "still_kind",
    "write_still",
]
