(() => {
  const SVG = "http://www.w3.org/2000/svg", LEFT = 64, WIDTH = 1200, ROW = 36, TOP = 24;
  const chart = document.getElementById("chart"), about = document.getElementById("about");
  const rows = schedule.units.map(() => []);
  schedule.events.forEach((event, number) => rows[event[0]].push({ event, number }));
  let from = 0, to = schedule.cycles;
  const x = (cycle) => LEFT + ((cycle - from) / (to - from)) * (WIDTH - LEFT - 8);
  const colour = (layer) => (layer < 0 ? "#777" : `hsl(${(205 + layer * 137.5) % 360} 55% ${layer % 2 ? 42 : 52}%)`);
  const make = (name, attributes, text) => {
    const element = document.createElementNS(SVG, name);
    for (const key in attributes) element.setAttribute(key, attributes[key]);
    if (text !== undefined) element.textContent = text;
    chart.appendChild(element);
    return element;
  };

  function ticks() {
    const rough = (to - from) / 10, power = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
    const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough) || 10 * power;
    for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
      make("line", { x1: x(at), x2: x(at), y1: TOP, y2: TOP + rows.length * ROW, stroke: "#e4e4e4" });
      make("text", { x: x(at), y: 16, "font-size": 11, "text-anchor": "middle", fill: "#555" }, at.toLocaleString("en"));
    }
  }

  function row(items, unit) {
    const y = TOP + unit * ROW;
    make("text", { x: LEFT - 8, y: y + 22, "font-size": 13, "text-anchor": "end", fill: "#222" }, schedule.units[unit]);
    // Bars narrower than a fraction of a pixel are drawn as one with what follows in the same layer.
    let end = -1, layer = null, bar = null;
    for (const item of items) {
      const [, of, , , , accept, ready] = item.event;
      if (ready < from || accept > to) continue;
      const left = Math.max(x(accept), LEFT), right = Math.min(x(ready), WIDTH - 8);
      if (bar && of === layer && right - end < 0.3) {
        bar.setAttribute("width", Math.max(right - bar.getAttribute("x"), 0.3));
        end = right;
        continue;
      }
      bar = make("rect", { x: left, y: y + 5, width: Math.max(right - left, 0.3), height: ROW - 10, fill: colour(of) });
      if (right - left > 3) bar.setAttribute("stroke", "#fff");
      bar.dataset.number = item.number;
      (end = right), (layer = of);
    }
  }

  function draw() {
    chart.replaceChildren();
    ticks();
    rows.forEach(row);
  }

  function view(a, b) {
    const span = Math.min(Math.max(b - a, 20), schedule.cycles);
    from = Math.min(Math.max(a, 0), schedule.cycles - span);
    to = from + span;
    requestAnimationFrame(draw);
  }

  const cycleAt = (event) => {
    const box = chart.getBoundingClientRect();
    const at = ((event.clientX - box.left) / box.width) * WIDTH;
    return from + ((at - LEFT) / (WIDTH - LEFT - 8)) * (to - from);
  };
  chart.addEventListener("wheel", (event) => {
    event.preventDefault();
    const at = cycleAt(event), factor = event.deltaY > 0 ? 1.25 : 0.8;
    view(at - (at - from) * factor, at + (to - at) * factor);
  }, { passive: false });
  let held = null;
  chart.addEventListener("pointerdown", (event) => { held = cycleAt(event); });
  addEventListener("pointerup", () => { held = null; });
  chart.addEventListener("pointermove", (event) => {
    if (held !== null) { const moved = held - cycleAt(event); view(from + moved, to + moved); }
    const number = event.target.dataset ? event.target.dataset.number : undefined;
    if (number === undefined) { about.textContent = ""; return; }
    const [unit, layer, what, part, queued, accept, ready, done, by] = schedule.events[number];
    about.textContent = `instruction ${number}, ${schedule.units[unit]}: ${layer < 0 ? "" : `layer ${layer}, `}${schedule.names[what]} ${part}; ` +
      `queued ${queued}, taken ${accept}, next from ${ready}, done ${done}` + (by < 0 ? "" : `; held by ${schedule.units[by]}`);
  });
  chart.addEventListener("dblclick", () => view(0, schedule.cycles));
  for (const button of document.querySelectorAll("#parts button"))
    button.addEventListener("click", () => view(+button.dataset.from, +button.dataset.to));
  draw();
})();
