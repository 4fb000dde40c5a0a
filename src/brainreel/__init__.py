"""brainreel: movies of brain data, from the laboratory's files and one short scene."""

__version__ = "0.1.0"
