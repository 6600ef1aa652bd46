"""The fake station with forms: the API of the forms over the form engine itself, for what a real station cannot be made to do
(answer slowly, hold fifty thousand forms, refuse an attachment at will)."""

import asyncio
import hashlib
from typing import Any

import msgspec
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from app.domain import form_step
from app.domain.form import Attached
from app.domain.form_json import def_to_dict
from app.domain.form_values import FormRefused
from app.domain.instant import to_rfc3339
from app.domain.roles import Role
from app.domain.wire import FeedMsg
from app.site.forms import own_kinds
from tests.console.fake_station import FakeStation
from tests.widgets.forms.paper import PEOPLE, Paper, entry_json

_STATUS = {"wrong_state": 409, "form_changed": 409, "forbidden": 403, "no_such_step": 404}


class FormsStation(FakeStation):
    """`papers` by id. `user` is whoever logs in last."""

    def __init__(self) -> None:
        super().__init__()
        self.user = "wang"
        self.papers: dict[int, Paper] = {}
        self.many: list[dict[str, Any]] = []  # lines of finished forms, newest first
        self.delay = 0.0
        self.refuse_attachments = ""
        self.asked: list[tuple[str, str, Any]] = []
        self.changed = 0
        self.files: dict[str, bytes] = {}

    def log_in_as(self, user: str) -> None:
        self.user, self.role = user, PEOPLE[user].value

    def add(self, paper: Paper) -> Paper:
        assert paper.form is not None
        self.papers[paper.form.id] = paper
        return paper

    def tell_changed(self) -> None:
        """As the station does beside the feed."""
        self.changed += 1
        self.tell(extra={"forms": {"changed": self.changed}})

    def _snapshot(self) -> FeedMsg:
        message = super()._snapshot()
        message.extra = {"forms": {"changed": self.changed}}
        return message

    def _app(self) -> FastAPI:
        app = super()._app()
        last = app.router.routes.pop()  # the one that answers everything

        @app.api_route("/api/v1/forms{rest:path}", methods=["GET", "POST", "PATCH"])
        async def forms(rest: str, request: Request) -> Response:
            raw = await request.body()
            kind = request.headers.get("content-type", "")
            body = msgspec.json.decode(raw) if raw and "json" in kind else None
            self.asked.append((request.method, f"/forms{rest}", body))
            await asyncio.sleep(self.delay)
            try:
                return self._answer(request.method, rest.strip("/").split("/"), request, body, raw)
            except FormRefused as error:
                said = {"error": {"code": error.code, "message": str(error)}}
                return JSONResponse(said, _STATUS.get(error.code, 422))

        app.router.routes.append(last)
        return app

    def _answer(self, method: str, parts: list[str], request: Request, body: Any, raw: bytes) -> Response:
        if parts == [""]:
            return _json([{**def_to_dict(one), "open": 0} for one in own_kinds()])
        kind = parts[0]
        if len(parts) == 1:
            return _json(self._listed(kind, request)) if method == "GET" else self._begun(kind, body)
        if parts[1] == "step":
            return _json(self._many(kind, body))
        if parts[1].endswith((".pdf", ".xlsx")):
            return Response(b"%PDF-1.7 paper", media_type="application/pdf")
        paper = self.papers.get(int(parts[1]))
        if paper is None or paper.definition.kind != kind:
            return JSONResponse({"error": {"code": "not_found", "message": "没有这张表单"}}, 404)
        if len(parts) > 2 and parts[2] == "attachments":
            return self._attachment(paper, parts[3:], request, raw)
        if method != "GET":
            assert paper.form is not None
            expected = body.get("expect_updated_at")
            if expected is not None and expected != to_rfc3339(paper.form.updated_at):
                raise FormRefused("form_changed", "li 刚刚改过这张表单，请看过最新内容再办理")
            if method == "PATCH":
                paper.edit(self.user, **body["fields"])
            else:
                paper.move(parts[2], self.user, body.get("note", ""), **body.get("fields", {}))
            self.tell_changed()
        return _json(paper.json(self.user))

    def _listed(self, kind: str, request: Request) -> list[dict[str, Any]]:
        asked = request.query_params
        lines = [entry_json(p.definition, p.form) for p in self.papers.values() if p.form and p.definition.kind == kind]
        if "open" in asked:
            lines = [one for one in lines if one["open"] == (asked["open"] == "true")]
        if asked.get("open") != "true":
            lines += [one for one in self.many if one["kind"] == kind]
        if "subject" in asked:
            lines = [one for one in lines if one["subject"] == asked["subject"]]
        if "text" in asked:
            lines = [one for one in lines if asked["text"] in one["title"]]
        if "after" in asked:
            lines = [one for one in lines if one["id"] < int(asked["after"])]
        return sorted(lines, key=lambda one: -one["id"])[: int(asked.get("limit", 100))]

    def _begun(self, kind: str, body: Any) -> Response:
        paper = Paper(kind, max(self.papers, default=0) + 1).begin(self.user, body.get("fields", {}), None, body["subject"])
        self.add(paper)
        self.tell_changed()
        return _json(paper.json(self.user), 201)

    def _many(self, kind: str, body: Any) -> dict[str, Any]:
        done, refused = [], []
        for id in body["ids"]:
            try:
                self.papers[id].move(body["step"], self.user, body.get("note", ""), **body.get("fields", {}))
                done.append(id)
            except FormRefused as error:
                refused.append({"id": id, "code": error.code, "message": str(error)})
        self.tell_changed()
        return {"done": done, "refused": refused}

    def _attachment(self, paper: Paper, rest: list[str], request: Request, raw: bytes) -> Response:
        assert paper.form is not None
        if rest:
            return Response(self.files[rest[0]])
        if self.refuse_attachments:
            return JSONResponse({"error": {"code": "too_large", "message": self.refuse_attachments}}, 413)
        name, hashed = request.query_params["name"], hashlib.sha256(raw).hexdigest()
        file = f"{hashed}.{name.rsplit('.', 1)[-1]}"
        self.files[file] = raw
        one = Attached(file, name, "image/jpeg", len(raw), hashed, self.user, paper.now)
        paper.form = form_step.attach(paper.definition, paper.form, one, Role(self.role))
        self.tell_changed()
        return _json(paper.json(self.user), 201)


def _json(what: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(what), status, media_type="application/json")
