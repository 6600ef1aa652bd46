"""The page at `/docs`: the OpenAPI description drawn by forty lines of own script. Plants have no internet: nothing is loaded
from elsewhere. Station side."""

PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>HazWatch 危源值守 · 接口</title>
<style>
body{font:15px/1.5 "Noto Sans CJK SC","Microsoft YaHei",sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}
h1{font-size:1.4rem} h2{font-size:1.1rem;margin-top:2rem;border-bottom:1px solid #ccc}
details{margin:.3rem 0;border:1px solid #ddd;border-radius:3px;padding:.3rem .6rem} summary{cursor:pointer}
code,pre{font-family:Consolas,"DejaVu Sans Mono",monospace;font-size:13px} pre{background:#f6f6f6;padding:.6rem;overflow:auto}
.m{display:inline-block;width:4rem;font-weight:bold} table{border-collapse:collapse}
td,th{border:1px solid #ddd;padding:.1rem .5rem;text-align:left}
</style></head><body>
<h1>HazWatch 危源值守 · 站接口</h1><p id="about"></p>
<p>实时推送：<code>WS /api/v1/feed?token=…&amp;after=SEQ</code>，先收到 <code>snapshot</code>，随后是 <code>delta</code> 与
<code>heartbeat</code>；可发送 <code>{"subscribe": {"tags": ["TK1*"], "max_rate_hz": 4}}</code>。</p>
<p>机器可读的描述：<a href="/openapi.json">/openapi.json</a></p>
<div id="calls"></div>
<script>
const make = (name, text, parent) => {
  const e = document.createElement(name); e.textContent = text; parent.append(e); return e
}
fetch("/openapi.json").then(r => r.json()).then(api => {
  document.getElementById("about").textContent = api.info.description + "（版本 " + api.info.version + "）"
  const groups = {}
  for (const [path, methods] of Object.entries(api.paths))
    for (const [method, call] of Object.entries(methods))
      (groups[(call.tags || [""])[0]] ||= []).push([method.toUpperCase(), path, call])
  const calls = document.getElementById("calls")
  const open = s => s && s.$ref ? api.components.schemas[s.$ref.split("/").pop()] : s
  for (const [group, list] of Object.entries(groups)) {
    make("h2", group, calls)
    for (const [method, path, call] of list) {
      const box = make("details", "", calls), head = make("summary", "", box)
      make("span", method, head).className = "m"; make("code", path, head); head.append(" " + (call.summary || ""))
      if (call.parameters && call.parameters.length) {
        const table = make("table", "", box)
        for (const p of call.parameters) {
          const row = make("tr", "", table)
          make("td", p.name + (p.required ? " *" : ""), row); make("td", p.in, row)
          make("td", JSON.stringify(p.schema), row); make("td", p.description || "", row)
        }
      }
      if (call.requestBody) {
        let schema = Object.values(call.requestBody.content)[0].schema
        schema = open((schema.anyOf || []).find(s => s.$ref) || schema)
        make("pre", JSON.stringify(schema.properties || schema, null, 1), box)
      }
    }
  }
})
</script></body></html>
"""
