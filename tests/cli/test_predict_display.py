from cli import predict_display


def test_an_answer_as_text() -> None:
    model = {"model": "titanic", "version": "1.0.0", "serving_version": 7}
    output = {"class": "died", "confidence": 0.75, "probabilities": {"died": 0.75, "survived": 0.25}}
    text = predict_display.answer_text({"output": output, **model})
    assert "died" in text and "75.0%" in text and "survived 25.0%" in text and "titanic 1.0.0 (7)" in text
    assert "12345.7" in predict_display.answer_text({"output": {"value": 12345.678}, **model})
