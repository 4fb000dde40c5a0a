import numpy as np
import pytest

from brainreel.encode import Sheet
from brainreel.errors import InputError


def test_a_sheet_holds_its_pictures_row_by_row_in_their_proportions():
    sheet = Sheet(5, 4, (1920, 1080))
    width, height = sheet.tile
    assert abs(width / height - 16 / 9) < 0.01
    image = sheet.arrange((np.full((height, width, 3), 10 * k, np.uint8) for k in range(20)), (1.0, 1.0, 1.0))
    assert image.shape == (4 * height + 3 * sheet.gap, 1920, 3)
    middles = image[height // 2 :: height + sheet.gap, width // 2 + 2 :: width + sheet.gap, 0]
    assert middles.ravel().tolist() == [10 * k for k in range(20)]
    assert (image[height : height + sheet.gap] == 255).all()


def test_a_transparent_sheet_has_nothing_between_its_pictures():
    sheet = Sheet(2, 1, (200, 100))
    width, height = sheet.tile
    image = sheet.arrange([np.full((height, width, 4), 65535, np.uint16)] * 2, (0.0, 0.0, 0.0))
    assert image.dtype == np.uint16
    assert (image[..., 3] == 65535).sum() == 2 * width * height


def test_more_pictures_than_pixels_are_refused():
    with pytest.raises(InputError, match="they would be 0x0; choose fewer, or a larger --size"):
        Sheet(100, 100, (160, 90))
