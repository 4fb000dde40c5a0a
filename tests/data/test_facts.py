from brainreel.data import Facts, MeshFacts, SeriesFacts, TimeAxis, VolumeFacts
from brainreel.space import Box

BOX = Box((0.0, 0.0, 0.0), (1.0, 2.0, 3.0))
EYE = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))


def test_facts_come_back_from_json_as_they_were():
    facts = Facts(
        {
            "pli.volume": VolumeFacts(
                "pli", (4, 3, 2), "uint8", EYE, "mm", BOX, (1, 1, 1), (0.0, 1.0), 0.5, ((0.0, 0.0, 0.0),), "ab"
            ),
            "cortex.surface.left": MeshFacts("lh", 3, 1, "left", BOX, ((0.0, 0.0, 1.0),), ("sulc",), "cd"),
            "cortex.paint.0.left": SeriesFacts("meg", TimeAxis(-0.1, 0.01, 5), 3, "left", (0.0, 1.0), (0.0, 1.0), "ef"),
        }
    )
    assert Facts.from_json(facts.to_json()) == facts
