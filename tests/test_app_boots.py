"""The application as a whole: it comes up, its doors are guarded, its refusals are problems."""


def test_it_is_alive_and_ready(client):
    assert client.get("/healthz").json == {"status": "ok"}
    ready = client.get("/readyz")
    assert ready.status_code == 200, ready.json


def test_what_isnt_there_is_a_problem(client):
    answer = client.get("/api/v1/nothing")
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"
    assert answer.json["code"] == "NOT_FOUND"
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]
