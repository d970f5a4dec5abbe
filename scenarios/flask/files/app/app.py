# SPDX-License-Identifier: Apache-2.0
"""A small service: one page from a template, a JSON API kept in memory."""
import os

from flask import Flask, abort, jsonify, render_template, request

app = Flask(__name__)
items = {1: "first"}


@app.get("/")
def index():
    return render_template("index.html", greeting=os.environ.get("APP_GREETING", "Hello"))


@app.get("/items")
def list_items():
    return jsonify(items=[{"id": key, "name": name} for key, name in sorted(items.items())])


@app.post("/items")
def add_item():
    body = request.get_json(silent=True)
    if not body or "name" not in body:
        abort(400)
    key = max(items) + 1
    items[key] = body["name"]
    return jsonify(id=key, name=body["name"]), 201


@app.get("/items/<int:key>")
def show_item(key):
    if key not in items:
        abort(404)
    return jsonify(id=key, name=items[key])
