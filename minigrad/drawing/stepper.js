"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const { links, steps } = JSON.parse($("data").textContent);
  const SVG = "http://www.w3.org/2000/svg";
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const PAUSE = 1800; // milliseconds a step while playing
  const SMALLEST = 0.7; // of the usual size
  let now = 0; // steps[0 .. now - 1] have been told
  let answered = false; // the question of the last one, or there is none
  let timer = null;

  // ---------------------------------------------------------------- what is shown

  const numbers = (place, kind) => {
    const whole = $(place);
    const own = whole.matches("article") ? whole.querySelectorAll("dl .number") : whole.querySelectorAll(".number");
    return [...own].filter((number) => number.classList.contains(kind));
  };
  const open = (place, kind) => numbers(place, kind).forEach((n) => n.classList.remove("hidden"));

  function tell(step) {
    const said = $("said");
    said.replaceChildren();
    const title = document.createElement("h3");
    title.textContent = step.title;
    said.append(title);
    step.lines.forEach((line) => {
      const p = document.createElement("p");
      p.textContent = line;
      if (line.startsWith("= ")) p.className = "sum";
      else if (!line.includes(" = ")) p.className = "why";
      said.append(p);
    });
  }

  function ask(step) {
    $("said").replaceChildren();
    $("question").textContent = `What is ${step.question.words}?`;
    $("guess").value = "";
    $("verdict").textContent = "";
    $("ask").hidden = false;
  }

  function show() {
    document.querySelectorAll(".card .number").forEach((n) => n.classList.add("hidden"));
    document.querySelectorAll(".now").forEach((n) => n.classList.remove("now", "ahead"));
    const last = steps[now - 1];
    const asking = Boolean(last && last.question && $("predict").checked && !answered);
    steps.slice(0, asking ? now - 1 : now).forEach((step) => {
      if (step.kind !== "forward") open(step.place, "gradient");
      else {
        open(step.place, "value");
        $(step.place).querySelectorAll("tr .value.number").forEach((n) => n.classList.remove("hidden"));
      }
    });
    $("ask").hidden = true;
    if (!last) tell({ title: "Nothing has been computed yet.", lines: ["Go on with → or Play."] });
    else if (asking) ask(last);
    else tell(last);
    if (last) {
      const place = $(last.place);
      place.classList.add("now");
      place.classList.toggle("ahead", last.kind === "forward");
      place.scrollIntoView({ block: "nearest", inline: "nearest", behavior: still.matches ? "auto" : "smooth" });
    }
    const phase = last ? { forward: "forward", seed: "seed", backward: "backward" }[last.kind] + ", " : "";
    $("count").textContent = `${phase}step ${now} of ${steps.length}`;
    $("slider").value = now;
    $("slider").setAttribute("aria-valuetext", last ? `${now}: ${last.title}` : "before the first step");
    $("first").disabled = $("back").disabled = now === 0;
    $("last").disabled = $("next").disabled = now === steps.length;
    links.forEach((link) => {
      const along = last && last.kind === "backward" && link.source === last.place && !asking;
      link.path.classList.toggle("active", Boolean(along));
      link.path.setAttribute("marker-end", along ? "url(#active-head)" : "url(#head)");
    });
    if (asking && !timer) $("guess").focus({ preventScroll: true });
  }

  function go(to) {
    now = Math.max(0, Math.min(steps.length, to));
    answered = false;
    history.replaceState(null, "", `#step=${now}`);
    show();
  }

  function linked() {
    const found = /^#step=(\d+)$/.exec(location.hash);
    return found ? Number(found[1]) : 0;
  }

  // ---------------------------------------------------------------- predict

  const near = (a, b) => Math.abs(a - b) <= 0.01 * Math.max(Math.abs(b), 1e-12) + 5e-4 * Math.min(1, Math.abs(b));

  function judge(question, guess) {
    const { answer, terms } = question;
    if (near(guess, answer)) return "Right.";
    if (terms.length > 1 && terms.some((term) => near(guess, term)))
      return `That is one of the ${terms.length} terms; they add up.`;
    if (near(-guess, answer)) return "The size is right, the sign is not.";
    return "Not yet: local derivative times the reader's gradient.";
  }

  $("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    const guess = Number($("guess").value.trim().replace("−", "-").replace(",", "."));
    if ($("guess").value.trim() === "" || Number.isNaN(guess)) {
      $("verdict").textContent = "A number, please: 0.5 or 2e-3.";
      return;
    }
    const verdict = judge(steps[now - 1].question, guess);
    $("verdict").textContent = verdict;
    if (verdict === "Right.") reveal(verdict);
  });

  function reveal(verdict) {
    answered = true;
    show();
    if (verdict) $("said").firstChild.prepend(`${verdict} `);
    $("next").focus({ preventScroll: true });
  }
  $("reveal").addEventListener("click", () => reveal(""));

  // ---------------------------------------------------------------- controls

  function pause() {
    clearInterval(timer);
    timer = null;
    $("play").textContent = "Play";
  }

  function play() {
    if (timer) return pause();
    if (now === steps.length) go(0);
    $("play").textContent = "Pause";
    timer = setInterval(() => {
      if (!$("ask").hidden) return;
      if (now < steps.length) go(now + 1);
      if (now === steps.length) pause();
    }, PAUSE);
  }

  const acts = {
    first: () => go(0), back: () => go(now - 1), next: () => go(now + 1), last: () => go(steps.length),
  };
  Object.entries(acts).forEach(([id, act]) => $(id).addEventListener("click", () => { pause(); act(); }));
  $("play").addEventListener("click", play);
  $("slider").max = steps.length;
  $("slider").addEventListener("input", () => { pause(); go(Number($("slider").value)); });
  $("predict").addEventListener("change", () => go(now));
  addEventListener("hashchange", () => go(linked()));

  const keys = { ArrowLeft: "back", ArrowRight: "next", Home: "first", End: "last" };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const field = event.target.closest("input:not([type=checkbox])");
    if (field) return; // the slider and the text field have keys of their own
    if (keys[event.key]) { event.preventDefault(); pause(); acts[keys[event.key]](); }
    else if (event.key === "p") $("predict").click();
    else if (event.key === " " && !event.target.closest("button, summary, input")) { event.preventDefault(); play(); }
  });

  // ---------------------------------------------------------------- links

  function element(name, attributes, text) {
    const made = document.createElementNS(SVG, name);
    Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function heads() {
    const defs = element("defs", {});
    ["head", "active-head"].forEach((id) => {
      const marker = element("marker", {
        id, class: id, viewBox: "0 0 8 8", refX: 7, refY: 4, markerUnits: "userSpaceOnUse",
        markerWidth: 11, markerHeight: 11, orient: "auto",
      });
      marker.append(element("path", { d: "M0 0 8 4 0 8z" }));
      defs.append(marker);
    });
    return defs;
  }

  const most = Math.max(0, ...links.map((link) => link.passed ?? 0));
  function width(passed) { // by decades below the largest, as in the printed picture
    if (passed === null) return 1.4;
    if (passed === 0 || most === 0) return 0.8;
    return 0.8 + 3 * Math.max(0, 1 + Math.log10(passed / most) / 4) ** 2;
  }

  function frame() { // where things are, seen from the sheet
    const origin = $("sheet").getBoundingClientRect(), x = -origin.left, y = -origin.top;
    return (node) => {
      const box = node.getBoundingClientRect();
      return { left: box.left + x, right: box.right + x, top: box.top + y, bottom: box.bottom + y,
        middle: (box.top + box.bottom) / 2 + y, center: (box.left + box.right) / 2 + x };
    };
  }

  // Links that leave a card, or reach it, do so one below the other.
  function ports(at) {
    const spread = (key, from, to) => {
      const groups = links.reduce((all, k) => all.set(k[key], [...(all.get(k[key]) ?? []), k]), new Map());
      groups.forEach((several, id) => {
        const box = at($(id)), room = Math.min(34, (box.bottom - box.top - 24) / several.length);
        several.sort((k, l) => at($(k[from])).middle - at($(l[from])).middle);
        several.forEach((link, k) => { link[to] = box.middle + room * (k - (several.length - 1) / 2); });
      });
    };
    spread("source", "target", "leaves");
    spread("target", "source", "arrives");
  }

  function within(a, b, link, bends) { // a smooth line through the free cells
    let d = `M${a.right} ${link.leaves}`, x = a.right, y = link.leaves;
    [...bends.flatMap((box) => [[box.left, box.middle], [box.right, box.middle]]), [b.left, link.arrives]].forEach(([u, v]) => {
      const bend = (u - x) / 2;
      d += ` C${x + bend} ${y} ${u - bend} ${v} ${u} ${v}`;
      [x, y] = [u, v];
    });
    return d;
  }

  function between(a, b, gutter) { // down, back to the left, and down
    return `M${a.center} ${a.bottom} V${gutter} H${b.center} V${b.top}`;
  }

  function roundLayers(svg, at) { // a frame and a name where no other card is inside
    document.querySelectorAll(".band").forEach((band) => {
      const cards = [...band.querySelectorAll(".card")];
      new Set(cards.map((card) => card.dataset.layer).filter(Boolean)).forEach((layer) => {
        const boxes = cards.filter((card) => card.dataset.layer === layer).map(at);
        const left = Math.min(...boxes.map((b) => b.left)) - 12, right = Math.max(...boxes.map((b) => b.right)) + 12;
        const top = Math.min(...boxes.map((b) => b.top)) - 26, bottom = Math.max(...boxes.map((b) => b.bottom)) + 12;
        const foreign = cards.filter((card) => card.dataset.layer !== layer).map(at);
        if (foreign.some((b) => b.left < right && b.right > left && b.top < bottom && b.bottom > top)) return;
        svg.append(element("rect", { x: left, y: top, width: right - left, height: bottom - top, rx: 12 }));
        svg.append(element("text", { x: left + 10, y: top + 17, class: "layer" }, layer));
      });
    });
  }

  const TRIED = [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8]; // along the first gap, best first
  const apart = (a, b) => a.left >= b.right || a.right <= b.left || a.top >= b.bottom || a.bottom <= b.top;

  function label(svg, link, taken) { // where nothing else is, on its own line
    const gap = link.gap ?? link.path.getTotalLength();
    const lines = link.label.map((line) => element("text", { class: "local", "text-anchor": "middle" }, line));
    svg.append(...lines);
    const wide = Math.max(...lines.map((line) => line.getComputedTextLength())), high = 14 * lines.length;
    const boxes = TRIED.map((share) => {
      const { x, y } = link.path.getPointAtLength(share * gap);
      return { x, left: x - wide / 2, right: x + wide / 2, top: y - 5 - high, bottom: y - 3 };
    });
    const box = boxes.find((b) => taken.every((other) => apart(b, other))) ?? boxes[0];
    taken.push(box);
    lines.forEach((line, k) => {
      line.setAttribute("x", box.x);
      line.setAttribute("y", box.top + 12 + 14 * k);
    });
  }

  function makeRoom() { // in each gap between columns, for its longest label
    const canvas = document.createElement("canvas").getContext("2d");
    canvas.font = "12px Helvetica, Arial, sans-serif";
    const layers = document.querySelector("[data-layer]") ? 30 : 0;
    document.querySelectorAll(".band").forEach((band) => {
      const wide = {};
      links.filter((k) => band.contains($(k.source)) && band.contains($(k.target))).forEach((link) => {
        const column = parseInt($(link.source).style.gridColumn, 10);
        const need = Math.max(0, ...link.label.map((line) => canvas.measureText(line).width));
        wide[column] = Math.max(wide[column] ?? 0, need);
      });
      const last = Math.max(...[...band.children].map((cell) => parseInt(cell.style.gridColumn, 10)));
      const tracks = [];
      for (let k = 1; k <= last; k += 1) tracks.push(k % 2 ? "max-content" : `${Math.max(48, (wide[k - 1] ?? 0) + 34)}px`);
      band.style.gridTemplateColumns = tracks.join(" ");
      band.style.columnGap = 0;
      if (layers) band.style.paddingTop = `${layers}px`;
    });
  }

  function draw() {
    const svg = $("links"), sheet = $("sheet"), stage = $("stage");
    sheet.style.transform = "";
    const at = frame();
    svg.replaceChildren(heads());
    svg.setAttribute("width", sheet.offsetWidth);
    svg.setAttribute("height", sheet.offsetHeight);
    roundLayers(svg, at);
    ports(at);
    links.forEach((link) => {
      const source = $(link.source), target = $(link.target), a = at(source), b = at(target);
      const bends = link.bends.map((id) => at($(id)));
      const same = source.parentNode === target.parentNode;
      link.path = element("path", {
        d: same ? within(a, b, link, bends) : between(a, b, at(source.parentNode).bottom + 36),
        "stroke-width": width(link.passed), class: link.passed === 0 ? "zero" : "",
      });
      link.gap = same && bends.length ? bends[0].left - a.right : undefined;
      svg.append(link.path);
    });
    const taken = [...document.querySelectorAll(".card")].map(at);
    links.filter((link) => link.label.length).forEach((link) => label(svg, link, taken));
    // Rather a little smaller than cut; what is still too wide can be scrolled.
    const scale = Math.min(1, Math.max(SMALLEST, stage.clientWidth / sheet.offsetWidth));
    sheet.style.transform = `scale(${scale})`;
    stage.style.height = `${sheet.offsetHeight * scale + 16}px`;
    show();
  }

  document.documentElement.classList.add("js");
  document.querySelector(".controls").hidden = false;
  now = Math.min(linked(), steps.length);
  makeRoom();
  draw();
  addEventListener("resize", draw);
})();
