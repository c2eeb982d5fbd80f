import pytest

from engine.annotation.api_key import key_for
from engine.annotation.captioner import RemoteCaptioner
from tests.chat_endpoint import serving

OWN, OPENAI = {"SWANSPHERE_API_KEY": "own\n"}, {"OPENAI_API_KEY": " theirs"}
ANNOTATION = {"duration_s": 1.0, "segments": [], "sources": []}


@pytest.mark.parametrize(
    ("address", "environment", "key"),
    [
        ("https://captions.example/v1", OWN, "own"),
        ("http://127.0.0.1:8000/v1", OWN, "own"),
        ("http://localhost:8000/v1", OWN, "own"),
        ("http://[::1]:8000/v1", OWN, "own"),
        ("https://api.openai.com/v1", OPENAI, "theirs"),
        ("https://API.OpenAI.com./v1", OPENAI, "theirs"),
        ("https://api.openai.com/v1", OWN | OPENAI, "own"),
        ("https://api.openai.com/v1", OPENAI | {"SWANSPHERE_API_KEY": " \n"}, "theirs"),
        ("http://captions.example/v1", {}, None),
    ],
)
def test_a_key_goes_where_it_is_meant_for(address, environment, key):
    choice = key_for(address, environment)
    assert (choice.key, choice.withheld) == (key, "")


@pytest.mark.parametrize(
    ("address", "environment"),
    [
        ("http://captions.example/v1", OWN),
        ("http://127.0.0.1.captions.example/v1", OWN),
        ("http://localhost.captions.example/v1", OWN),
        ("http://api.openai.com/v1", OPENAI),
        ("https://captions.example/v1", OPENAI),
        ("https://api.openai.com.captions.example/v1", OPENAI),
        ("http://127.0.0.1:8000/v1", OPENAI),
    ],
)
def test_any_other_address_gets_none_and_that_is_said(address, environment):
    choice = key_for(address, environment)
    assert choice.key is None
    assert next(iter(environment)) in choice.withheld
    assert "\n" not in choice.withheld
    assert not any(key.strip() in choice.withheld for key in environment.values())


def test_no_proxy_reads_the_key_for_this_machine(monkeypatch):
    with serving() as endpoint, serving() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url.removesuffix("/v1"))
        answer = {"choices": [{"message": {"content": "Rain."}}]}
        for server in (endpoint, proxy):
            server.will_say((200, answer))
        assert RemoteCaptioner(endpoint.url, "model", "secret").caption(ANNOTATION) == "Rain."
        assert endpoint.seen[0][1]["Authorization"] == "Bearer secret"
        assert proxy.seen == []
