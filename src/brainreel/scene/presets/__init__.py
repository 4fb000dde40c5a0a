"""Looks that other tools saved, as the scene language writes them: they are put in while a scene is read."""

from brainreel.scene.presets.filling import with_presets

__all__ = ["with_presets"]
