"""The memory of this process."""

from brainreel.movie.memory import peak_bytes


def test_where_the_status_lacks_the_peak_it_is_asked_for_another_way(tmp_path):
    status = tmp_path / "status"
    status.write_text("Name:\tpython\nVmRSS:\t100 kB\n")
    assert peak_bytes(status) > 1 << 20
