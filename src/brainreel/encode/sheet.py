"""A contact sheet: many pictures on one."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from brainreel.encode.encoder import Image
from brainreel.errors import InputError

GAP = 1 / 200
"""Between pictures, in widths of the sheet."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Columns and rows of pictures with the proportions of `size` (width, height), on a sheet as wide as one of them.

    Raises InputError where they would have no pixels.
    """

    columns: int
    rows: int
    size: tuple[int, int]

    def __post_init__(self) -> None:
        if min(self.tile) < 8:
            raise InputError(
                f"a sheet of {self.columns}x{self.rows} pictures in {self.size[0]} pixels: they would be "
                f"{self.tile[0]}x{self.tile[1]}; choose fewer, or a larger --size"
            )

    @property
    def gap(self) -> int:
        """Pixels between two pictures."""
        return max(1, round(GAP * self.size[0]))

    @property
    def tile(self) -> tuple[int, int]:
        """Width and height of one picture in pixels."""
        width = (self.size[0] - (self.columns - 1) * self.gap) // self.columns
        return width, round(width * self.size[1] / self.size[0])

    def arrange(self, pictures: Iterable[Image], background: tuple[float, float, float]) -> Image:
        """The sheet of `pictures`, row by row, on `background` in 0..1, or on nothing where they have alpha."""
        width, height = self.tile
        down, across = height + self.gap, width + self.gap
        left = (self.size[0] - self.columns * across + self.gap) // 2
        sheet = None
        for index, picture in enumerate(pictures):
            if sheet is None:
                sheet = np.zeros((self.rows * down - self.gap, self.size[0], picture.shape[2]), picture.dtype)
                if picture.shape[2] == 3:
                    sheet[:] = np.rint(np.asarray(background) * np.iinfo(picture.dtype).max)
            row, column = divmod(index, self.columns)
            x = left + column * across
            sheet[row * down : row * down + height, x : x + width] = picture
        if sheet is None:
            raise InputError("a contact sheet needs at least one picture")
        return sheet
