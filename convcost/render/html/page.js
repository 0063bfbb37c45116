"use strict";
(() => {
  const all = (query, node = document) => [...node.querySelectorAll(query)];
  const one = (query, node = document) => node.querySelector(query);
  const make = (tag, words = {}, ...inside) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(words)) node.setAttribute(name, value);
    node.append(...inside);
    return node;
  };
  const PREFIX = "#layer=";
  const named = (hash) => {
    if (!hash.startsWith(PREFIX)) return "";
    try { return decodeURIComponent(hash.slice(PREFIX.length)); } catch { return ""; }
  };
  const main = one("main");

  // Links to layers, by the layer.
  const links = new Map();
  for (const link of all(`a[href^="${PREFIX}"]`, main)) {
    const name = named(link.getAttribute("href"));
    if (!links.has(name)) links.set(name, []);
    links.get(name).push(link);
  }
  const tree = one(".tree");
  const order = (tree ? all(`a[href^="${PREFIX}"]`, tree) : []).map((a) => named(a.getAttribute("href")));
  if (tree && tree.dataset.order) {
    const places = tree.dataset.order.split(" ");
    order.slice().forEach((name, at) => { order[places[at]] = name; });
  }
  if (!tree) order.push(...all('table.layers tr[id^="layer="] th').map((cell) => cell.textContent));
  const row = (name) => document.getElementById(`layer=${name}`);

  // Choosing a layer: its address is the one place that says which.
  const chosen = make("aside", { id: "chosen", hidden: "", "aria-label": "Chosen layer", tabindex: "-1" });
  const said = make("span", { role: "status", class: "dim" });
  let marked = [];
  const mark = (node) => { node.classList.add("on"); marked.push(node); };

  const copy = async (text, what) => {
    try { await navigator.clipboard.writeText(text); said.textContent = `${what} copied`; }
    catch { said.textContent = text; }
  };
  const button = (text, act) => {
    const made = make("button", { type: "button" }, text);
    made.addEventListener("click", act);
    return made;
  };
  // A copy has ids of its own: what is cut to a shape inside of a closed fold would not be drawn.
  const plain = (node) => {
    const copied = node.cloneNode(true);
    for (const inner of all("[id]", copied)) inner.id += "-copy";
    for (const inner of all("[clip-path]", copied)) {
      inner.setAttribute("clip-path", inner.getAttribute("clip-path").replace(")", "-copy)"));
    }
    return copied;
  };
  const facts = (name) => {
    const found = row(name);
    if (!found) return (links.get(name) || []).map((link) => link.closest("li.d")).filter((item) => item)
      .map((item) => make("ul", { class: "pair" }, plain(item)));
    const heads = all("thead tr > *", found.closest("table")).map((cell) => cell.textContent);
    const list = make("dl");
    [...found.cells].forEach((cell, at) => {
      const text = cell.textContent;
      if (text && heads[at] && heads[at] !== "layer") list.append(make("dt", {}, heads[at]), make("dd", {}, text));
    });
    return [list];
  };
  const details = (name) => (links.get(name) || [])
    .map((link) => link.closest(".kind"))
    .filter((kind) => kind)
    .map((kind) => plain(one(".what", kind)));

  const choose = (name) => {
    for (const node of marked) { node.classList.remove("on"); node.removeAttribute("aria-current"); }
    marked = [];
    const known = links.has(name) || row(name);
    chosen.hidden = !known;
    document.body.classList.toggle("choosing", Boolean(known));
    if (!known) { cursors(-1); return; }
    for (const link of links.get(name) || []) {
      mark(link);
      link.setAttribute("aria-current", "true");
      if (link.closest(".tree, .diff")) opened(link);
    }
    if (row(name)) mark(row(name));
    boxes(order.indexOf(name), name);
    dotted(order.indexOf(name));
    const closing = button("Close", () => go(""));
    chosen.replaceChildren(
      make("h2", { dir: "auto" }, name),
      button("Copy name", () => copy(name, "Name")), " ",
      button("Copy link", () => copy(location.href, "Link")), " ", closing,
      ...facts(name), ...details(name));
    cursors(order.indexOf(name));
  };
  const opened = (node) => {
    for (let at = node.closest("details"); at; at = at.parentElement.closest("details")) at.open = true;
  };
  const go = (name) => {
    const hash = name ? PREFIX + encodeURIComponent(name) : location.pathname + location.search;
    history.pushState(null, "", hash);
    choose(name);
  };
  addEventListener("hashchange", () => choose(named(location.hash)));
  addEventListener("popstate", () => choose(named(location.hash)));
  main.addEventListener("click", (event) => {
    const link = event.target.closest(`a[href^="${PREFIX}"]`);
    const cell = event.target.closest('tr[id^="layer="]');
    const plainClick = !(event.ctrlKey || event.metaKey || event.shiftKey);
    if (link && plainClick) { event.preventDefault(); go(named(link.getAttribute("href"))); }
    else if (cell && String(getSelection()) === "") go(cell.id.slice("layer=".length));
  });

  // Boxes of the graph stand for layers by their places.
  const drawings = all("svg.cc", main);
  const closed = drawings.flatMap((drawing) => all("g[data-from]:not(.o)", drawing));
  const boxes = (at, name) => {
    for (const box of closed) {
      const here = at < 0 ? box.dataset.layer === name : at >= box.dataset.from && at <= box.dataset.to;
      if (!here) continue;
      mark(box);
      const frame = box.closest(".graph"), edge = frame.getBoundingClientRect(), own = box.getBoundingClientRect();
      if (own.top < edge.top || own.bottom > edge.bottom || own.left < edge.left || own.right > edge.right) {
        frame.scrollBy(own.left - edge.left - edge.width / 2, own.top - edge.top - edge.height / 2);
      }
    }
  };
  for (const drawing of drawings) {
    drawing.setAttribute("role", "group");
    const first = one("g", one("g", drawing));
    const frame = drawing.closest(".graph"), edge = frame.getBoundingClientRect();
    const own = first ? first.getBoundingClientRect() : edge;
    frame.scrollLeft = (own.left + own.right - edge.left - edge.right) / 2;
  }
  for (const box of closed) {
    const called = box.dataset.layer;
    box.setAttribute("tabindex", "0");
    box.setAttribute("role", "link");
    box.setAttribute("aria-label", called);
    const act = () => go(links.has(called) || !order.length ? called : order[box.dataset.from]);
    box.addEventListener("click", act);
    box.addEventListener("keydown", (event) => { if (event.key === "Enter") act(); });
  }

  // Dots of scatters stand for layers at one place.
  const dots = all("circle[data-at]", main).map((dot) => [dot, dot.dataset.at.split(" ")]);
  const dotted = (at) => dots.filter(([, places]) => places.includes(String(at))).forEach(([dot]) => mark(dot));
  for (const [dot, places] of dots) dot.addEventListener("click", () => go(order[places[0]]));

  // Memory and what else lies along time: a place for each layer, in their order.
  const plots = all("svg[data-steps]", main);
  const cursors = (at) => {
    for (const plot of plots) {
      const bar = one(".cursor", plot);
      const here = at >= 0 && at < plot.viewBox.baseVal.width;
      bar.setAttribute("width", here ? 1 : 0);
      bar.setAttribute("x", here ? at : 0);
    }
  };
  for (const plot of plots) {
    const steps = plot.dataset.steps.split(" ");
    const under = one(".under", plot.parentElement);
    const before = under.textContent;
    const place = (event) => {
      const box = plot.getBoundingClientRect();
      return Math.min(steps.length - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * steps.length)));
    };
    const names = steps.length === order.length ? order : [];
    plot.addEventListener("pointermove", (event) => {
      const at = place(event);
      under.textContent = names[at] ? `${names[at]}: ${steps[at]}` : steps[at];
    });
    plot.addEventListener("pointerleave", () => { under.textContent = before; });
    plot.addEventListener("click", (event) => { const name = names[place(event)]; if (name) go(name); });
  }

  // Search: rows and layers that have all words.
  const input = make("input", { type: "search", placeholder: "Search", "aria-label": "Search layers and rows" });
  const body = all("tbody tr", main);
  const leaves = all(".tree li, .diff li", main).filter((li) => !one("li", li));
  const folds = all(".tree details, .diff details", main);
  const texts = new Map([...body, ...leaves].map((node) => [node, node.textContent.toLowerCase()]));
  let before = null;
  const search = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const [node, text] of texts) {
      node.hidden = !words.every((word) => text.includes(word));
      if (!node.hidden && node.matches("tr")) found += 1;
    }
    if (words.length && !before) before = folds.map((fold) => fold.open);
    folds.slice().reverse().forEach((fold) => {
      const kept = one("li:not(:has(li)):not([hidden])", fold);
      fold.parentElement.hidden = !kept;
      if (words.length) fold.open = Boolean(kept);
    });
    if (!words.length && before) { folds.forEach((fold, at) => { fold.open = before[at]; }); before = null; }
    said.textContent = words.length ? `${found} of ${body.length} rows` : "";
  };
  let waiting = 0;
  input.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(search, 120); });
  if (body.length > 1) {
    const tools = make("div", { class: "tools", role: "search" }, input, said);
    const views = one("nav");
    if (views) views.append(tools);
    else main.before(tools);
  } else main.before(said);
  main.after(chosen);

  // Sorting a table by a column: down, up, and as it was.
  const UNITS = { "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18, ns: 1e-9, us: 1e-6, ms: 1e-3, s: 1 };
  const amount = (text) => {
    const parts = /^([-+]?[\d,]*\.?\d+(?:e\d+)?)\s*(ns|us|ms|s|[kMGTPE]?)/.exec(text.trim());
    return parts ? parseFloat(parts[1].replaceAll(",", "")) * UNITS[parts[2]] : -Infinity;
  };
  const sort = (table, head, at) => {
    const rows = table.tBodies[0];
    table.kept ||= [...rows.rows];
    const now = head.getAttribute("aria-sort");
    const numbers = head.classList.contains("num");
    const next = { null: numbers ? "descending" : "ascending" };
    next[numbers ? "descending" : "ascending"] = numbers ? "ascending" : "descending";
    const wanted = next[now] || "";
    for (const other of all("[aria-sort]", table)) other.removeAttribute("aria-sort");
    const sorted = [...table.kept];
    if (wanted) {
      head.setAttribute("aria-sort", wanted);
      const keys = new Map(sorted.map((tr) => [tr, tr.cells[at].textContent]));
      const compared = numbers
        ? (a, b) => amount(keys.get(a)) - amount(keys.get(b)) || 0
        : (a, b) => keys.get(a).localeCompare(keys.get(b), "en", { numeric: true });
      sorted.sort(wanted === "ascending" ? compared : (a, b) => compared(b, a));
    }
    rows.append(...sorted);
  };
  for (const table of all("table", main)) {
    if (!table.tHead || !table.tBodies[0] || table.tBodies[0].rows.length < 2) continue;
    [...table.tHead.rows[0].cells].forEach((head, at) => {
      if (head.tagName !== "TH" || !head.textContent) return;
      const act = button(head.textContent, () => sort(table, head, at));
      head.replaceChildren(act);
    });
  }

  // Keys: up and down from link to link, Escape closes, Ctrl+K searches.
  const inside = (node) => node.closest(".tree, .diff, tbody, .graph");
  addEventListener("keydown", (event) => {
    const list = event.target.closest && inside(event.target);
    if (event.key === "k" && (event.ctrlKey || event.metaKey) && input.isConnected) {
      event.preventDefault();
      input.focus();
    } else if (event.key === "Escape") {
      if (event.target === input) { input.value = ""; search(); } else if (!chosen.hidden) go("");
    } else if (list && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      const stops = all("a[href], summary, g[tabindex]", list).filter((node) => node.checkVisibility());
      const next = stops[stops.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1)];
      if (next) { event.preventDefault(); next.focus(); }
    }
  });
  addEventListener("beforeprint", () => { for (const fold of all("details", main)) fold.open = true; });
  choose(named(location.hash));
})();
