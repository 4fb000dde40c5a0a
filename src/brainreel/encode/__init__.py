"""Images to files: H.264 movies by segments that join without re-encoding, PNG sequences, stills; their metadata."""

from brainreel.encode.encoder import Encoder, Image, Part, Sink
from brainreel.encode.h264 import H264
from brainreel.encode.metadata import read_metadata
from brainreel.encode.outputs import encoder_for
from brainreel.encode.png import PngSequence, write_still

__all__ = [
    "H264",
    "Encoder",
    "Image",
    "Part",
    "PngSequence",
    "Sink",
    "encoder_for",
    "read_metadata",
    "write_still",
]
