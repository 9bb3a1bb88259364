const canvas = $('canvas'), map = $('map'), H = 38;
let scale = 1, ox = 0, oy = 0, chosen = -1, found = new Set(), pending = false;
const box = N.reduce((b, n) => [Math.min(b[0], n.x - n.w / 2), Math.max(b[1], n.x + n.w / 2), Math.max(b[2], n.y)], N.length ? [Infinity, -Infinity, 0] : [0, 1, 0]);
// edges by bands of their height, so that only those in sight are looked at
const BAND = 600, bands = [];
E.forEach((e, i) => { for (let b = Math.floor(N[e[0]].y / BAND); b <= Math.floor(N[e[1]].y / BAND); b++) (bands[b] = bands[b] || []).push(i); });
const byY = N.map((n, i) => i).sort((a, b) => N[a].y - N[b].y);

function size(c) {
  const r = c.getBoundingClientRect(), d = devicePixelRatio || 1;
  if (c.width !== Math.round(r.width * d) || c.height !== Math.round(r.height * d)) { c.width = Math.round(r.width * d); c.height = Math.round(r.height * d); }
  const g = c.getContext('2d');
  g.setTransform(d, 0, 0, d, 0, 0);
  g.clearRect(0, 0, r.width, r.height);
  return [g, r.width, r.height];
}
function draw() {
  pending = false;
  if ($('graph').hidden) return;
  const [g, w, h] = size(canvas);
  document.documentElement.dataset.columns = fold ? fold.n : 1;
  for (const p of panes(w, h)) { g.save(); pane(g, p, w); g.restore(); }
  drawMap(w, h);
}
function pane(g, p, w) {
  const seen = new Set(), s = p.s;
  if (fold) { g.beginPath(); g.rect(p.from, fold.y, p.to - p.from, fold.tall * s); g.clip(); }
  g.translate(p.ox, p.oy); g.scale(s, s);
  const plain = css('--edge'), accent = css('--accent'), ink = css('--ink'), soft = css('--soft'), hit = css('--hit');
  for (let pass = 0; pass < 2; pass++) {
    g.strokeStyle = pass ? accent : plain; g.lineWidth = Math.max(pass ? 2 : 1, (pass ? 1.4 : .5) / s); g.beginPath(); seen.clear();
    for (let b = Math.max(0, Math.floor(p.top / BAND)); b <= p.bottom / BAND; b++) for (const i of bands[b] || []) {
      const e = E[i], joined = e[0] === chosen || e[1] === chosen;
      if (joined === !!pass && !seen.has(i)) { seen.add(i); line(g, e); }
    }
    g.stroke();
  }
  const text = s > .33;
  g.textAlign = 'center'; g.textBaseline = 'middle';
  for (let k = lower(p.top); k < byY.length && N[byY[k]].y <= p.bottom; k++) {
    const i = byY[k], n = N[i], x = n.x - n.w / 2, on = i === chosen || found.has(i);
    if (x > (w - p.ox) / s || x + n.w < -p.ox / s) continue;
    g.fillStyle = s > .15 ? fill(n.k) : stroke(n.k); g.strokeStyle = i === chosen ? accent : on ? hit : stroke(n.k); g.lineWidth = (on ? 3 : 1) / Math.min(1, Math.max(s, .1) * 1.5);
    g.beginPath(); g.roundRect(x, n.y - H / 2, n.w, H, 7); g.fill(); g.stroke();
    const bar = text ? 3 : 12;
    if (heat[i] > .01) { g.fillStyle = hit; g.fillRect(x + 5, n.y + H / 2 - 1 - bar, (n.w - 10) * heat[i], bar); }
    if (!text) continue;
    g.fillStyle = ink; g.font = '600 12px system-ui, "DejaVu Sans", sans-serif'; g.fillText(n.o, n.x, n.y - (n.d ? 8 : 0), n.w - 10);
    if (n.d) { g.fillStyle = soft; g.font = '11px ui-monospace, "DejaVu Sans Mono", monospace'; g.fillText(n.d, n.x, n.y + 9, n.w - 10); }
  }
}
/** The measured time of each node; a step of several nodes counts for each a part. */
const nodeTime = (() => {
  const p = measured(), t = new Float64Array(N.length);
  if (p) D.profile.ms.forEach((x, s) => { const nodes = nodesOf(p, s); nodes.forEach(n => t[n] += x / nodes.length); });
  return t;
})();
const allTime = D.profile ? D.profile.ms.reduce((a, b) => a + b, 0) : 0;
/** The same, as a part of the slowest one's. */
const heat = (() => {
  const most = nodeTime.reduce((a, b) => Math.max(a, b), 0);
  return most > 0 ? nodeTime.map(x => x / most) : nodeTime;
})();
function lower(y) {
  let a = 0, b = byY.length;
  while (a < b) { const m = (a + b) >> 1; N[byY[m]].y < y ? a = m + 1 : b = m; }
  return a;
}
function line(g, e) {
  const a = N[e[0]], b = N[e[1]];
  let x = a.x, y = a.y + H / 2;
  g.moveTo(x, y);
  for (let k = 2; k <= e.length; k += 2) {
    const last = k >= e.length, tx = last ? b.x : e[k], ty = last ? b.y - H / 2 : e[k + 1];
    if (tx === x) g.lineTo(tx, ty); else { const m = Math.min(40, (ty - y) / 2); g.bezierCurveTo(x, y + m, tx, ty - m, tx, ty); }
    x = tx; y = ty;
  }
}
function drawMap(w, h) {
  const [g, mw, mh] = size(map);
  const sx = (mw - 8) / Math.max(1, box[1] - box[0]), sy = (mh - 8) / Math.max(1, box[2] + H);
  map.sx = Math.min(sx, Math.max(sy, .05)); map.sy = Math.min(sy, map.sx * 3);
  const cx = mw / 2 - (box[0] + box[1]) / 2 * map.sx;
  map.cx = cx;
  for (const n of N) { g.fillStyle = stroke(n.k); g.fillRect(cx + (n.x - n.w / 2) * map.sx, 4 + n.y * map.sy, Math.max(2, n.w * map.sx), Math.max(1, H * map.sy)); }
  g.fillStyle = css('--hit');
  found.forEach(i => g.fillRect(0, 3 + N[i].y * map.sy, mw, 2));
  g.strokeStyle = css('--accent'); g.lineWidth = 1.5;
  if (!fold) g.strokeRect(Math.max(1, cx - ox / scale * map.sx), 4 - oy / scale * map.sy, Math.min(mw - 2, w / scale * map.sx), Math.max(3, h / scale * map.sy));
}
function redraw() { if (!pending) { pending = true; requestAnimationFrame(draw); } }
function zoom(by, x, y) {
  unfold(x, y);
  const s = Math.min(3, Math.max(.01, scale * by));
  ox = x - (x - ox) * s / scale; oy = y - (y - oy) * s / scale; scale = s;
  redraw();
}
const middle = () => { const r = canvas.getBoundingClientRect(); return [r.width / 2, r.height / 2, r.width, r.height]; };
function centre(x, y, s) { const m = middle(); fold = null; scale = s; ox = m[0] - 60 - x * s; oy = m[1] - y * s; redraw(); }
function home() {
  const m = middle(), first = N.filter(n => n.y < 800 / .8);
  const x0 = Math.min(...first.map(n => n.x - n.w / 2)), x1 = Math.max(...first.map(n => n.x + n.w / 2));
  scale = Math.min(1, Math.max(.75, (m[2] - 180) / Math.max(1, x1 - x0)));
  const start = N.find(n => n.k === 'input') || N[0];
  const x = (x1 - x0) * scale < m[2] - 150 ? (x0 + x1) / 2 : start ? start.x : 0;
  ox = m[0] - 50 - x * scale; oy = 50; fold = null;
  redraw();
}
function fit() {
  const m = middle();
  fold = columns(m[2] - 160, m[3] - 80);
  if (fold) redraw(); else centre((box[0] + box[1]) / 2, box[2] / 2, Math.min(1, (m[2] - 160) / (box[1] - box[0] + 40), (m[3] - 40) / (box[2] + 80)));
}
/** After the canvas has got another size. */
function show() { fold && !$('graph').hidden ? fit() : redraw(); }
function select(i, move) {
  chosen = i;
  if (i < 0) showModel();
  else {
    if (move) { tab('graph'); centre(N[i].x, N[i].y, Math.max(scale, .9)); }
    showNode(i);
  }
  redraw();
}
function at(x, y) {
  const { x: gx, y: gy } = point(x, y);
  for (let k = lower(gy - H); k < byY.length && N[byY[k]].y <= gy + H; k++) {
    const n = N[byY[k]];
    if (Math.abs(gx - n.x) <= n.w / 2 && Math.abs(gy - n.y) <= H / 2) return byY[k];
  }
  return -1;
}
/** From the chosen node to the next below, or above. */
function step(by) {
  const k = chosen < 0 ? (by > 0 ? 0 : byY.length - 1) : byY.indexOf(chosen) + by;
  if (byY[k] !== undefined) select(byY[k], true);
}
let press = null;
canvas.addEventListener('pointerdown', e => { press = { x: e.offsetX, y: e.offsetY, ox, oy, moved: false }; canvas.setPointerCapture(e.pointerId); canvas.classList.add('drag'); });
canvas.addEventListener('pointermove', e => {
  if (!press) { canvas.style.cursor = at(e.offsetX, e.offsetY) >= 0 ? 'pointer' : ''; return; }
  const dx = e.offsetX - press.x, dy = e.offsetY - press.y;
  if (press.moved || Math.hypot(dx, dy) > 4) { if (fold) { unfold(press.x, press.y); press.ox = ox; press.oy = oy; } press.moved = true; ox = press.ox + dx; oy = press.oy + dy; redraw(); }
});
canvas.addEventListener('pointerup', e => { if (press && !press.moved) select(at(e.offsetX, e.offsetY), !!fold); press = null; canvas.classList.remove('drag'); });
canvas.addEventListener('wheel', e => {
  e.preventDefault();
  if (e.ctrlKey || e.metaKey || e.altKey) zoom(Math.exp(-e.deltaY / 200), e.offsetX, e.offsetY);
  else if (e.shiftKey) { unfold(e.offsetX, e.offsetY); ox -= e.deltaY; redraw(); }
  else zoom(Math.exp(-e.deltaY / 500), e.offsetX, e.offsetY);
}, { passive: false });
canvas.addEventListener('keydown', e => {
  const d = { ArrowUp: [0, 60], ArrowDown: [0, -60], ArrowLeft: [60, 0], ArrowRight: [-60, 0] }[e.key], m = middle();
  if (d) { unfold(m[0], m[1]); ox += d[0]; oy += d[1]; redraw(); e.preventDefault(); }
  else if (e.key === '+') zoom(1.25, m[0], m[1]);
  else if (e.key === '-') zoom(.8, m[0], m[1]);
  else if (e.key === 'j' || e.key === 'k') step(e.key === 'j' ? 1 : -1);
  else if (e.key === '0') fit();
  else if (e.key === 'Home') home();
  else if (e.key === 'Escape') select(-1);
});
const mapTo = e => { if (e.buttons || e.type === 'pointerdown') { const m = middle(); fold = null; ox = m[0] - (e.offsetX - map.cx) / map.sx * scale; oy = m[1] - (e.offsetY - 4) / map.sy * scale; redraw(); } };
map.addEventListener('pointerdown', mapTo); map.addEventListener('pointermove', mapTo);
$('in').onclick = () => { const m = middle(); zoom(1.3, m[0], m[1]); };
$('out').onclick = () => { const m = middle(); zoom(1 / 1.3, m[0], m[1]); };
$('fit').onclick = fit; $('top').onclick = home;
