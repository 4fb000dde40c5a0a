"""Scenes refuse exactly the letters that the shipped font lacks."""

from itertools import chain

from PIL import ImageFont

from brainreel.render.text import FONT
from brainreel.scene.letters import LETTERS

NOT_TEXT = {0xAD, *range(0xE000, 0xF900)}
"""The soft hyphen, and the font's own signs in the private area."""


def test_the_letters_of_scenes_are_those_of_the_font() -> None:
    font = ImageFont.truetype(str(FONT), 16, layout_engine=ImageFont.Layout.BASIC)
    lacking = bytes(font.getmask("\uffff"))
    has = {
        code
        for code in chain(range(0x20, 0x7F), range(0xA0, 0xD800), range(0xF900, 0xFFFF))
        if bytes(font.getmask(chr(code))) != lacking
    }
    known = {code for code in LETTERS if code not in NOT_TEXT}
    assert known <= has
    missed = {code for code in has - known - NOT_TEXT if bytes(font.getmask(chr(code))) and chr(code).isprintable()}
    assert not missed
