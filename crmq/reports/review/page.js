"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { questions, texts } = data;
  const at = (id) => document.getElementById(id);
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
  const number = (n) => n.toLocaleString(document.documentElement.lang);

  // everything is made of text nodes: no value of the data can become markup
  const make = (name, text, className) => {
    const node = document.createElement(name);
    if (text !== undefined && text !== null) node.textContent = text;
    if (className) node.className = className;
    return node;
  };
  const header = (text) => {
    const cell = make("th", text);
    cell.scope = "row";
    return cell;
  };

  // ---- what was decided: from the page, over it what this browser kept
  const KEY = `crmq-review:${data.run}`;
  let decided = { ...data.decided };
  let unsaved = new Set();
  let keeps = true;
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) || "null");
    if (kept) {
      for (const [id, made] of Object.entries(kept.decided)) {
        if (made === null) delete decided[id];
        else decided[id] = made;
      }
      unsaved = new Set(kept.unsaved);
    }
    localStorage.setItem(KEY, localStorage.getItem(KEY) || JSON.stringify({ decided: {}, unsaved: [] }));
  } catch {
    keeps = false;
  }
  const keep = () => {
    const changed = {};
    for (const id of new Set([...Object.keys(decided), ...Object.keys(data.decided)])) {
      const now = decided[id] || null;
      if (JSON.stringify(now) !== JSON.stringify(data.decided[id] || null)) changed[id] = now;
    }
    try {
      localStorage.setItem(KEY, JSON.stringify({ decided: changed, unsaved: [...unsaved] }));
    } catch {
      keeps = false;
    }
    at("storage").hidden = keeps;
    at("storage").textContent = keeps ? "" : texts.no_storage;
  };

  // ---- which questions are shown
  const haystack = questions.map((q) =>
    [...q.key, ...q.a.values, ...q.b.values].filter(Boolean).join("\n").toLocaleLowerCase());
  let shown = questions.map((_q, i) => i);
  let place = 0; // among all questions
  const answer = (i) => (decided[questions[i].id] || {}).answer || "";
  const fits = (i) => {
    const kind = at("filter").value;
    const words = at("search").value.trim().toLocaleLowerCase();
    const state = answer(i) || "open";
    return (kind === "all" || kind === state) && (!words || haystack[i].includes(words));
  };
  const refilter = () => {
    shown = questions.map((_q, i) => i).filter(fits);
    if (!shown.includes(place)) place = shown.find((i) => i > place) ?? shown[0] ?? -1;
    show();
  };
  const move = (by) => {
    const here = shown.indexOf(place);
    const next = here < 0 ? 0 : Math.min(Math.max(here + by, 0), shown.length - 1);
    if (shown.length) go(shown[next]);
  };
  const skipped = new Set();
  const nextOpen = () => {
    const ahead = [...shown.filter((i) => i > place), ...shown.filter((i) => i < place)].filter((i) => !answer(i));
    const found = ahead.find((i) => !skipped.has(i)) ?? ahead[0];
    if (found !== undefined) go(found);
    else refilter();
  };
  const go = (i) => {
    place = i;
    show();
  };

  // ---- the question
  const say = (text) => {
    at("live").textContent = "";
    window.setTimeout(() => (at("live").textContent = text), 30);
  };
  const row = (className, name, a, b, mark) => {
    const line = make("tr", null, className);
    line.append(header(name));
    for (const value of [a, b]) line.append(value instanceof Node ? value : make("td", value ?? "–"));
    line.append(make("td", mark, "mark"));
    return line;
  };
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").replace(/[^\p{L}\p{N}]+/gu, " ").trim().toLowerCase();
  const recordCell = (side) => {
    const cell = make("td");
    cell.append(make("code", side.record.join("/")));
    if (side.group) {
      const group = make("details");
      const rest = side.members.map((m) => m.join("/"));
      if (side.more > 0) rest.push(fill(texts.more, { n: number(side.more) }));
      group.append(make("summary", side.group), ...rest.map((member) => make("span", member, "group")));
      cell.append(group);
    }
    return cell;
  };
  const drawn = (weight) => {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    svg.setAttribute("viewBox", "-14 0 28 1");
    svg.setAttribute("preserveAspectRatio", "none");
    const bar = document.createElementNS(space, "rect");
    const length = Math.min(Math.abs(weight), 14);
    bar.setAttribute("x", weight < 0 ? -length : 0);
    bar.setAttribute("width", length);
    bar.setAttribute("height", 1);
    bar.setAttribute("class", weight < 0 ? "against" : "for");
    svg.append(bar);
    const scale = make("span", null, "scale");
    scale.setAttribute("aria-hidden", "true");
    scale.append(svg);
    return scale;
  };
  const signed = (weight) => (Math.abs(weight) < 0.05 ? "" : weight < 0 ? "−" : "+") + Math.abs(weight).toFixed(1);
  const barRow = (className, title, weight, shows) => {
    const line = make("tr", null, className);
    const picture = make("td");
    picture.append(drawn(weight));
    line.append(header(title), make("td", signed(weight), "n"), picture, make("td", shows));
    return line;
  };
  const show = () => {
    const question = questions[place];
    for (const part of document.querySelectorAll("main > section")) part.hidden = !question;
    for (const id of ["same", "different", "skip", "prev", "next"]) at(id).disabled = !question;
    status();
    if (!question) {
      say(texts.none);
      return;
    }
    at("place").textContent = fill(texts.place, { n: number(place + 1), all: number(questions.length) });
    at("kind").textContent = question.kind;
    const made = answer(place);
    at("answer").textContent = made ? fill(texts.answered, { answer: texts[made] }) : "";
    at("answer").className = `tag ${made}`;
    at("note").value = (decided[question.id] || {}).note || "";
    at("note").disabled = !made;
    at("decides").textContent = data.drawn ? "" : question.decides;
    const body = at("sides").tBodies[0];
    body.replaceChildren(row("record", texts.record, recordCell(question.a), recordCell(question.b), ""));
    data.fields.forEach((name, i) => {
      const [a, b] = [question.a.values[i], question.b.values[i]];
      if (!a && !b) return;
      const state = !a || !b ? "missing" : a === b ? "equal" : plain(a) === plain(b) ? "alike" : "differs";
      const sign = { missing: "·", equal: "=", alike: "≈", differs: "≠" }[state];
      body.append(row(state, name, a, b, `${sign} ${texts[state]}`));
    });
    at("standing").textContent = question.standing;
    at("sentence").textContent = question.sentence;
    at("rivals").textContent = fill(texts.rivals, { rival: question.rival, sum: signed(question.weight), p: question.p });
    const bars = question.bars.map(([title, words, weight, a, b]) => {
      const values = a || b ? (a === b ? a : `${a || "–"} ↔ ${b || "–"}`) : "";
      return barRow("", title, weight, [words, values].filter(Boolean).join(": "));
    });
    at("bars").tBodies[0].replaceChildren(...bars, barRow("sum", "Σ", question.weight, `p = ${question.p}`));
  };
  const status = () => {
    const done = questions.filter((_q, i) => answer(i)).length;
    at("bar").value = done;
    at("count").textContent = fill(texts.progress, { done: number(done), all: number(questions.length) });
    at("unsaved").textContent = unsaved.size ? fill(texts.unsaved, { n: number(unsaved.size) }) : done ? texts.saved : "";
    at("undo").disabled = !past.length;
    at("redo").disabled = !future.length;
  };

  // ---- decisions
  const past = [];
  const future = [];
  const put = (id, made) => {
    if (made) decided[id] = made;
    else delete decided[id];
    unsaved.add(id);
    keep();
  };
  const change = (made) => {
    const id = questions[place].id;
    past.push({ place, before: decided[id] || null, after: made });
    future.length = 0;
    skipped.delete(place);
    put(id, made);
  };
  const stamp = () => new Date().toISOString().slice(0, 19) + "Z";
  const decide = (said) => {
    if (place < 0) return;
    const before = decided[questions[place].id] || {};
    change({ answer: said, at: stamp(), note: before.note || "", drawn: data.drawn ? data.run : "" });
    const left = questions.some((_q, i) => !answer(i));
    say(left ? fill(texts.kept, { answer: texts[said] }) : texts.done);
    if (left) nextOpen();
    show();
  };
  const step = (from, to, side, done, nothing) => {
    const last = from.pop();
    if (!last) return say(nothing);
    to.push(last);
    put(questions[last.place].id, last[side]);
    at("filter").value = "all";
    at("search").value = "";
    shown = questions.map((_q, i) => i);
    go(last.place);
    return say(done);
  };
  const act = {
    same: () => decide("same"),
    different: () => decide("different"),
    skip: () => {
      if (place < 0) return;
      if (!answer(place)) skipped.add(place);
      say(texts.skipped);
      nextOpen();
    },
    undo: () => step(past, future, "before", texts.undone, texts.nothing_undo),
    redo: () => step(future, past, "after", texts.redone, texts.nothing_redo),
    reopen: () => {
      if (place < 0 || !answer(place)) return;
      change(null);
      show();
      say(texts.reopened);
    },
    prev: () => move(-1),
    next: () => move(1),
    save: () => {
      const quote = (text) => `"${String(text ?? "").replaceAll('"', '""')}"`;
      const lines = [data.columns.join(",")];
      for (const q of questions) {
        const made = decided[q.id];
        if (made) lines.push([...q.key, made.answer, made.drawn, made.at, made.note].map(quote).join(","));
      }
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([lines.join("\n") + "\n"], { type: "text/csv;charset=utf-8" }));
      link.download = "decisions.csv";
      link.click();
      window.setTimeout(() => URL.revokeObjectURL(link.href), 60000);
      unsaved.clear();
      keep();
      status();
      say(fill(texts.written, { n: number(lines.length - 1) }));
    },
  };

  // ---- mouse and keys
  for (const id of ["same", "different", "skip", "undo", "redo", "prev", "next", "save"]) at(id).onclick = act[id];
  at("filter").onchange = refilter;
  at("search").oninput = refilter;
  at("note").onchange = () => {
    const made = decided[questions[place].id];
    if (made) put(questions[place].id, { ...made, note: at("note").value });
    status();
  };
  at("help-open").onclick = () => at("help").showModal();
  const keys = {
    s: act.same, d: act.different, k: act.skip, u: act.undo, r: act.redo, c: act.reopen, o: nextOpen, g: act.save,
    ArrowLeft: act.prev, ArrowRight: act.next, "?": () => at("help").showModal(),
    "/": () => at("search").focus(), n: () => at("note").focus(),
    w: () => (at("weights").open = !at("weights").open),
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.matches("input")) {
      event.target.blur();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || at("help").open) return;
    if (event.target.matches("input, select, textarea")) return;
    if (event.key.startsWith("Arrow") && event.target.matches(".scroll")) return;
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (!keys[name] || (event.key.length === 1 && !at("shortcuts").checked)) return;
    event.preventDefault();
    keys[name]();
  });
  window.addEventListener("beforeunload", (event) => {
    if (unsaved.size && !keeps) event.preventDefault();
  });

  // a pair that was drawn to measure is judged before crmq's own view is seen
  at("weights").open = !data.drawn;
  const open = questions.findIndex((_q, i) => !answer(i));
  place = questions.length ? Math.max(open, 0) : -1;
  keep();
  show();
})();
