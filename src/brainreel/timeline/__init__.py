"""Scene and Facts to Film, Film to Frames: tracks, easing, camera paths, clocks."""
