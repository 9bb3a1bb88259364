// A graph that is far longer than wide is shown whole in columns side by side. What is drawn are panes: one as a rule, or a column each.
const ROW = 74;
let fold = null;
function columns(w, h) {
  const wide = box[1] - box[0] + 60, rows = Math.round(box[2] / ROW) + 1, fits = n => Math.min(1, w / (n * wide), h / (Math.ceil(rows / n) * ROW));
  let n = 1;
  for (let k = 2; k <= rows; k++) if (fits(k) > fits(n)) n = k;
  if (fits(n) < 1.5 * fits(1)) return null;
  const s = fits(n), tall = Math.ceil(rows / n) * ROW;
  return { n, s, tall, wide, x: 20 + (w - n * wide * s) / 2, y: 20 };
}
/** Each with the place of the graph's origin, its scale, the strip of the canvas that it takes, and the heights of the graph that it shows. */
function panes(w, h) {
  if (!fold) return [{ ox, oy, s: scale, from: 0, to: w, top: -oy / scale - H, bottom: (h - oy) / scale + H }];
  return Array.from({ length: fold.n }, (_, c) => {
    const from = fold.x + c * fold.wide * fold.s, top = c * fold.tall - ROW / 2;
    return { ox: from + (30 - box[0]) * fold.s, oy: fold.y - top * fold.s, s: fold.s, from, to: from + fold.wide * fold.s, top, bottom: top + fold.tall };
  });
}
/** The graph's point at a place of the canvas, and its pane. */
function point(x, y) {
  const all = panes(Infinity, Infinity), p = all.find(q => x < q.to) || all[all.length - 1];
  return { x: (x - p.ox) / p.s, y: (y - p.oy) / p.s, p };
}
/** Back to one pane, in which the same point stands at this place. */
function unfold(x, y) {
  if (!fold) return;
  const g = point(x, y);
  scale = g.p.s; ox = x - g.x * scale; oy = y - g.y * scale; fold = null;
}
