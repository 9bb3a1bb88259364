let program = D.profile ? D.profile.program : 0;
function chooser(redo) {
  const s = el('select', { 'aria-label': 'Program' }, ...D.programs.map((p, i) => el('option', { value: i }, title(p))));
  s.value = program;
  s.onchange = () => { program = +s.value; redo(); };
  return D.programs.length > 1 ? el('p', null, s) : el('span');
}
function memoryView() {
  const v = $('memory'), p = D.programs[program];
  v.replaceChildren(el('h2', null, 'Arena occupancy, ' + title(p)), chooser(memoryView),
    el('p', { class: 'note' }, p.static ? 'Each rectangle is a buffer: from the step that first writes it to the one that reads it last (left to right), at its planned place in the arena (bottom to top). Point at one for its name; click to see its node.'
      : 'The arena is planned when the shapes are known. This is an example, planned for open dimensions of ' + p.example + '; give --shape for the plan of yours.'));
  const arenas = Object.entries(p.arenas);
  if (!arenas.length) v.append(el('p', null, 'There is no plan to show: the program keeps no arena buffers, or their sizes are found while it runs.'));
  for (const [storage, [length, width]] of arenas) {
    const buffers = p.buffers.map((b, i) => ({ ...b, i })).filter(b => b.s === storage && b.o !== undefined && b.e > 0);
    const steps = Math.max(1, p.steps.length), live = new Float64Array(steps + 1);
    buffers.forEach(b => { for (let t = Math.max(0, b.f); t <= Math.min(steps, b.l); t++) live[t] += b.e; });
    const most = live.reduce((a, b) => Math.max(a, b), 0), peak = live.indexOf(most);
    const size = n => width ? bytes(n * width) : num(n) + ' objects';
    const plot = el('canvas', { class: 'plot', style: 'height:' + (arenas.length > 1 ? 260 : 420) + 'px' }), info = el('div', { class: 'mono', style: 'min-height:20px' }, ' ');
    v.append(el('h3', null, storage + ': ' + size(length) + ' for ' + num(buffers.length) + ' buffer' + (buffers.length > 1 ? 's' : '') + '; at most ' + size(most) + ' in use at once, at step ' + peak
      + '; without sharing ' + size(buffers.reduce((s, b) => s + b.e, 0))), info, plot);
    let at = -1;
    const paint = () => {
      const [g, w, h] = sizeOf(plot), sx = (w - 70) / (steps + 1), sy = (h - 24) / length;
      g.textAlign = 'left'; g.font = '11px system-ui, sans-serif'; g.fillStyle = css('--soft'); g.strokeStyle = css('--line');
      for (let k = 0; k <= 4; k++) { const y = h - 20 - (h - 24) * k / 4; g.fillText(size(Math.round(length * k / 4)), 0, Math.max(10, y + 3)); g.fillRect(64, y, w - 70, .5); }
      buffers.forEach(b => {
        const x = 66 + Math.max(0, b.f) * sx, bw = Math.max(1.5, (Math.min(steps, b.l) - Math.max(0, b.f) + 1) * sx), bh = Math.max(1, b.e * sy), y = h - 20 - (b.o + b.e) * sy;
        const c = (b.i * 47) % 360;
        g.fillStyle = b.i === at ? css('--hit') : dark() ? `hsl(${c} 40% 38%)` : `hsl(${c} 60% 78%)`; g.fillRect(x, y, bw, bh);
        if (bw > 3 && bh > 3) { g.strokeStyle = dark() ? `hsl(${c} 40% 20%)` : `hsl(${c} 45% 55%)`; g.lineWidth = .7; g.strokeRect(x, y, bw, bh); }
        if (bh > 13 && bw > 7 * b.n.length) { g.fillStyle = css('--ink'); g.fillText(b.n, x + 4, y + Math.min(bh / 2 + 4, 14)); }
      });
      g.strokeStyle = css('--ink'); g.lineWidth = 1.2; g.beginPath();
      for (let t = 0; t <= steps; t++) { const y = h - 20 - live[t] * sy; t ? g.lineTo(66 + t * sx, y) : g.moveTo(66, y); g.lineTo(66 + (t + 1) * sx, y); }
      g.stroke(); g.fillStyle = css('--soft'); g.fillText('step 0', 66, h - 6); g.textAlign = 'right'; g.fillText(String(steps - 1), w - 6, h - 6); g.fillText('line: in use', w / 2 + 60, h - 6);
    };
    const under = e => {
      const r = plot.getBoundingClientRect(), t = (e.offsetX - 66) / ((r.width - 70) / (steps + 1)), o = (r.height - 20 - e.offsetY) / ((r.height - 24) / length);
      return buffers.find(b => t >= Math.max(0, b.f) && t < b.l + 1 && o >= b.o && o < b.o + b.e);
    };
    plot.onmousemove = e => {
      const b = under(e);
      if ((b ? b.i : -1) !== at) { at = b ? b.i : -1; info.textContent = b ? b.n + ': ' + b.z + ' elements, ' + size(b.e) + ' at ' + b.o + ', steps ' + b.f + ' to ' + b.l : ' '; paint(); }
    };
    plot.onclick = e => { const b = under(e), n = b ? N.findIndex(n => n.out.some(o => o[0] === b.n)) : -1; if (n >= 0) select(n, true); };
    requestAnimationFrame(paint);
    plot.paint = paint;
  }
  const own = p.buffers.filter(b => b.k === 'OWN');
  if (own.length) v.append(el('h3', null, num(own.length) + ' buffers of their own, which grow while the program runs'), el('div', { class: 'mono' }, own.slice(0, 100).map(b => b.n).join(', ')));
}
const sizeOf = c => size(c);

function table(heads, rows) {
  return el('table', null, el('thead', null, el('tr', null, ...heads.map(h => el('th', h[1] ? { class: 'n' } : null, h[0])))), el('tbody', null, ...rows));
}
const cell = (text, n) => el('td', n ? { class: 'n' } : null, text);
const go = (i, ...cells) => { const r = el('tr', i === undefined ? null : { class: 'go' }, ...cells); if (i !== undefined) r.onclick = () => select(i, true); return r; };
const bar = share => el('td', { style: 'width:220px' }, el('div', { class: 'bar', style: 'width:' + Math.max(.5, 100 * share) + '%' }));

function costView() {
  const v = $('cost'), p = measured();
  if (p) {
    const whole = D.profile.whole, t = D.profile.ms, all = t.reduce((a, b) => a + b, 0) || 1, most = Math.max(...t, 1e-9), kinds = new Map();
    const nameOf = i => { const n = nodesOf(p, i)[0]; return n === undefined ? p.steps[i].k : N[n].k; };
    t.forEach((x, i) => kinds.set(nameOf(i), (kinds.get(nameOf(i)) || 0) + x));
    const order = t.map((x, i) => i).filter(i => t[i] > 0).sort((a, b) => t[b] - t[a]);
    v.replaceChildren(el('h2', null, 'Measured: ' + (whole ? ms(whole.medianMs) : ms(all)) + ' a run, ' + title(p) + ', ' + D.profile.threads + ' thread' + (D.profile.threads > 1 ? 's' : '')),
      el('p', { class: 'note' }, (whole ? 'Median of ' + num(whole.runs) + ' runs; 99 % took at most ' + ms(whole.p99Ms) + ', the first one ' + ms(whole.firstMs) + '; ' + num(Math.round(whole.allocatedBytes)) + ' bytes allocated a run. ' : '')
        + 'Below: ' + num(D.profile.runs) + ' runs with a clock at every step, ' + ms(all) + ' each.'),
      el('h3', null, 'By operator'), table([['operator'], ['time', 1], ['share', 1], ['']], [...kinds].sort((a, b) => b[1] - a[1]).map(k => go(undefined, cell(k[0]), cell(ms(k[1]), 1), cell((100 * k[1] / all).toFixed(1) + ' %', 1), bar(k[1] / all)))),
      el('h3', null, 'By step'), table([['step', 1], ['kernel'], ['source'], ['time', 1], ['share', 1], ['GFLOP/s', 1], ['MB', 1], ['']], order.slice(0, 500).map(i => go(nodesOf(p, i)[0], cell(i, 1), cell(p.steps[i].n), cell(p.steps[i].loc.join(', ')), cell(ms(t[i]), 1), cell((100 * t[i] / all).toFixed(1) + ' %', 1), cell(D.profile.operations[i] === null || !t[i] ? '' : (D.profile.operations[i] / t[i] / 1e6).toFixed(1), 1), cell(D.profile.bytes[i] === null ? '' : (D.profile.bytes[i] / 1e6).toFixed(2), 1), bar(t[i] / most)))));
    if (order.length > 500) v.append(el('p', { class: 'soft' }, num(order.length - 500) + ' quicker steps are not listed.'));
    return;
  }
  const nodes = N.map((n, i) => i).filter(i => N[i].f).sort((a, b) => N[b].f - N[a].f), all = nodes.reduce((s, i) => s + N[i].f, 0);
  v.replaceChildren(el('h2', null, 'Cost by multiply-adds' + (all ? ': ' + count(all) : '')), el('p', { class: 'note' }, 'Nothing was measured for this page. For times: lathe bench MODEL --profile p.json, then lathe inspect MODEL --profile p.json --html PAGE. '
    + (all ? 'Until then, the multiply-adds of convolutions, matrix products and recurrent layers whose shapes are known:' : '')),
    ...(nodes.length ? [table([['operation'], ['source'], ['multiply-adds', 1], ['share', 1], ['']], nodes.slice(0, 500).map(i => go(i, cell(N[i].o), cell((N[i].n || []).join(', ')), cell(count(N[i].f), 1), cell((100 * N[i].f / all).toFixed(1) + ' %', 1), bar(N[i].f / N[nodes[0]].f))))] : []));
}
function passesView() {
  const v = $('passes'), most = Math.max(...D.passes.map(p => p.after), 1);
  if (!D.passes.length) { v.replaceChildren(el('h2', null, 'Passes'), el('p', { class: 'note' }, 'A jar holds what the passes have made, not the passes. Inspect the model that it was made of.')); return; }
  v.replaceChildren(el('h2', null, 'Passes, in order'), el('p', { class: 'note' }, 'All nodes: with constants and with those inside of fused nodes and of control flow. On top: the operations of the graph itself, which fusing makes fewer.'),
    table([['pass'], ['time', 1], ['on top', 1], ['all nodes', 1], ['change', 1], [''], ['what changed']], D.passes.map(p => {
      const change = p.before === undefined ? 0 : p.after - p.before;
      return go(undefined, cell(p.name), cell(p.ms === undefined ? '' : ms(p.ms), 1), cell(num(p.top), 1), cell(num(p.after), 1), cell(change ? (change > 0 ? '+' : '−') + num(Math.abs(change)) : '', 1), bar(p.after / most),
        el('td', null, ...p.ops.sort((a, b) => a[1] - b[1]).flatMap((o, k) => [k ? ', ' : '', el('span', { class: o[1] > 0 ? 'plus' : 'minus' }, (o[1] > 0 ? '+' : '−') + Math.abs(o[1])), ' ' + o[0]])));
    })));
}
function sizesView() {
  const arena = p => Object.keys(p.arenas).length ? bytes(Object.values(p.arenas).reduce((s, a) => s + a[0] * a[1], 0)) + (p.static ? '' : ' (example of ' + p.example + ')') : p.static ? '0 B' : 'at run time';
  const some = (x, f) => x === undefined ? '' : f(x);
  $('sizes').replaceChildren(el('h2', null, 'Targets and sizes'), table([['target'], ['shapes'], ['steps', 1], ['kernels', 1], ['constants in memory', 1], ['arena', 1], ['classes', 1], ['methods', 1], ['largest method']],
    D.programs.map(p => go(undefined, cell(p.target), cell(p.path), cell(num(p.steps.length), 1), cell(num(p.kernels), 1), cell(bytes(p.constBytes), 1), cell(arena(p), 1),
      cell(some(p.classes, c => num(c) + ', ' + bytes(p.classBytes)), 1), cell(some(p.methods, num), 1), cell(some(p.largest, l => num(l) + ' bytes, ' + p.largestIs))))));
}
