from cli import predict_display


def test_an_answer_as_text() -> None:
    model = {"model": "titanic", "version": "1.0.0", "serving_version": 7}
    output = {"class": "died", "confidence": 0.75, "probabilities": {"died": 0.75, "survived": 0.25}}
    text = predict_display.answer_text({"output": output, **model})
    assert "died" in text and "75.0%" in text and "survived 25.0%" in text and "titanic 1.0.0 (7)" in text
    assert "12345.7" in predict_display.answer_text({"output": {"value": 12345.678}, **model})


def test_each_of_several_labels_has_a_block() -> None:
    output = {
        "Survived": {"class": "died", "confidence": 0.75, "probabilities": {"died": 0.75, "survived": 0.25}},
        "Fare": {"value": 30.5, "interval": {"low": 20.0, "high": 40.0, "share": 0.9}},
        "traits": {"classes": [], "probabilities": {"young": 0.25, "male": 0.125}},
    }
    answer = {"output": output, "model": "titanic", "version": "1.0.0", "serving_version": 7}
    assert predict_display.answer_text(answer).splitlines() == [
        "Survived",
        "  class:      died",
        "  confidence: 75.0%   (died 75.0%, survived 25.0%)",
        "Fare",
        "  value:      30.5",
        "  interval:   20 to 40   (0.9 of the labels lie in theirs)",
        "traits",
        "  classes:    none   (young 25.0%, male 12.5%)",
        "model:      titanic 1.0.0 (7)",
    ]
