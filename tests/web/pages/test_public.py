"""What anyone may read."""

from __future__ import annotations

import json

from eth_hash.auto import keccak
from fastapi import FastAPI

from passes_service.bootstrap import Services
from passes_service.core.errors import catalogue
from tests.web.pages import stage as stages
from tests.web.pages.conftest import Browser
from tests.web.pages.stage import Stage


class TestAbout:
    def test_it_leads_fan_host_creator_and_developer(self, visitor: Browser) -> None:
        answer = visitor.get("/")

        assert answer.status == 200
        for path in ("/me", "/door", "/org", "/api/docs"):
            assert f'href="{path}"' in answer.text


class TestOrganizer:
    def test_it_shows_price_what_is_left_and_the_rules(
        self, visitor: Browser, stage: Stage
    ) -> None:
        answer = visitor.get(f"/o/{stage.slug}")

        assert answer.status == 200
        assert answer.headers["cache-control"].startswith("public")
        assert "EUR 120.00" in answer.text
        assert "49 left" in answer.text
        assert "Bread and fire" in answer.text
        assert "It can change hands at most 3 times in all." in answer.text

    def test_names_are_text_and_never_markup(self, services: Services, visitor: Browser) -> None:
        stages.build(services, slug="evil", name='<script>alert(1)</script>"')

        text = visitor.get("/o/evil").text

        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)" in text

    def test_an_unknown_one_is_not_found(self, visitor: Browser) -> None:
        assert visitor.get("/o/nobody").status == 404


class TestTerms:
    def test_the_words_and_how_to_check_them(self, visitor: Browser, stage: Stage) -> None:
        answer = visitor.get(f"/o/{stage.slug}/terms/{stage.terms_hash}")

        assert answer.status == 200
        assert stage.terms_hash in answer.text
        assert "At most 50 passes of this kind will ever exist." in answer.text

    def test_the_bytes_hash_to_their_name_and_are_kept_for_ever(
        self, visitor: Browser, stage: Stage
    ) -> None:
        path = f"/o/{stage.slug}/terms/{stage.terms_hash}.json"
        answer = visitor.client.get(path)

        assert answer.headers["content-type"] == "application/json"
        assert "0x" + keccak(answer.content).hex() == stage.terms_hash
        assert "immutable" in answer.headers["cache-control"]
        etag = answer.headers["etag"]
        assert visitor.client.get(path, headers={"If-None-Match": etag}).status_code == 304

    def test_terms_of_another_organizer_are_not_found(
        self, visitor: Browser, stage: Stage, other_stage: Stage
    ) -> None:
        for tail in ("", ".json"):
            path = f"/o/{stage.slug}/terms/{other_stage.terms_hash}{tail}"
            assert visitor.get(path).status == 404


class TestReference:
    def test_every_refusal_has_its_page(self, visitor: Browser) -> None:
        listed = visitor.get("/problems")

        assert listed.status == 200
        for error in catalogue():
            assert f'id="{error.code}"' in listed.text
            assert visitor.get(f"/problems/{error.code}").status == 200
        assert visitor.get("/problems/unheard-of").status == 404

    def test_every_call_of_the_api_is_in_the_reference(
        self, visitor: Browser, app: FastAPI
    ) -> None:
        answer = visitor.get("/api/docs")

        assert answer.status == 200
        described = app.openapi()
        assert json.dumps(described)
        for path in described["paths"]:
            assert f"<code>{path}</code>" in answer.text

    def test_robots_may_fetch_feeds(self, visitor: Browser) -> None:
        assert "Allow: /feeds/" in visitor.get("/robots.txt").text
