'use strict';
const $ = id => document.getElementById(id);
const fail = m => document.documentElement.dataset.error = String(m);
addEventListener('error', e => fail(e.message));
const D = JSON.parse($('data').textContent);
const N = D.graph.nodes, E = D.graph.edges;

/** An element; text is only ever set as text, never as markup. */
function el(tag, attrs, ...children) {
  const e = document.createElement(tag);
  for (const k in attrs || {}) typeof attrs[k] === 'function' ? e[k] = attrs[k] : k === 'style' ? e.style.cssText = attrs[k] : e.setAttribute(k, attrs[k]);
  e.append(...children.filter(c => c != null).map(c => typeof c === 'number' ? String(c) : c));
  return e;
}
/** A link that does something: with the mouse, or Enter. */
const act = (text, what) => el('a', { role: 'button', tabindex: 0, onclick: what, onkeydown: e => { if (e.key === 'Enter') what(); } }, text);
const num = n => n.toLocaleString('en');
const bytes = n => n < 1e4 ? n + ' B' : n < 1e6 ? (n / 1e3).toFixed(1) + ' kB' : (n / 1e6).toFixed(1) + ' MB';
const ms = t => t >= 1 ? t.toFixed(2) + ' ms' : (t * 1e3).toFixed(1) + ' µs';
const count = n => n >= 1e9 ? (n / 1e9).toFixed(2) + ' G' : n >= 1e6 ? (n / 1e6).toFixed(2) + ' M' : n >= 1e3 ? (n / 1e3).toFixed(1) + ' k' : String(n);
const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const dark = () => matchMedia('(prefers-color-scheme: dark)').matches;

const FAMILIES = [[/^(input|output)$/, 150], [/conv|pool/, 212], [/matmul|gemm|linear|attention/, 265], [/lstm|gru|rnn/, 320], [/norm|softmax|reduce|mean|sum/, 35],
  [/reshape|transpose|slice|concat|gather|pad|expand|split|squeeze|resize|view|permute|broadcast/, 185], [/if|loop|scan|while|helper/, 0]];
const hues = new Map();
function hue(kind) {
  if (!hues.has(kind)) hues.set(kind, (FAMILIES.find(f => f[0].test(kind)) || [0, 90])[1]);
  return hues.get(kind);
}
const fill = kind => dark() ? `hsl(${hue(kind)} 35% 25%)` : `hsl(${hue(kind)} 70% 91%)`;
const stroke = kind => dark() ? `hsl(${hue(kind)} 50% 55%)` : `hsl(${hue(kind)} 45% 52%)`;

/** Steps of each program that compute a node: those that write its results; else those that name the same sources. */
function stepsOf(p) {
  if (p.byNode) return p.byNode;
  const writers = new Map(), located = new Map();
  p.steps.forEach((s, i) => {
    s.w.forEach(b => { const n = p.buffers[b].n; writers.has(n) ? writers.get(n).push(i) : writers.set(n, [i]); });
    s.loc.forEach(l => located.has(l) ? located.get(l).push(i) : located.set(l, [i]));
  });
  return p.byNode = N.map(n => {
    if (n.s !== undefined) return p === D.programs[0] ? [n.s] : [];
    if (n.k === 'input' || n.k === 'output') return [];
    const w = n.out.flatMap(v => writers.get(v[0]) || []);
    return [...new Set(w.length ? w : (n.n || []).flatMap(l => located.get(l) || []))].sort((a, b) => a - b);
  });
}
/** The nodes that a step computes. */
function nodesOf(p, step) {
  if (!p.byStep) {
    p.byStep = p.steps.map(() => []);
    stepsOf(p).forEach((steps, n) => steps.forEach(s => p.byStep[s].push(n)));
  }
  return p.byStep[step];
}
const measured = () => D.profile ? D.programs[D.profile.program] : null;
const title = p => p.target + (D.programs.some(q => q.path !== p.path) ? ', shapes ' + p.path : '');

function valueList(values) {
  return el('ul', null, ...values.map(v => el('li', { class: 'mono' }, v[2] ? '■ ' : '', v[0], el('span', { class: 'soft' }, '  ' + v[1], v[2] ? ' constant' : ''))));
}
const section = (name, ...what) => [el('h3', null, name), ...what.filter(w => w)];

function showNode(i) {
  const n = N[i], d = $('detail');
  const link = j => el('li', null, act(N[j].o, () => select(j, true)), ' ', el('span', { class: 'soft mono' }, (N[j].n || [])[0] || N[j].d || ''));
  const from = E.filter(e => e[1] === i).map(e => e[0]), to = E.filter(e => e[0] === i).map(e => e[1]);
  const parts = [el('h2', null, el('span', { class: 'chip', style: 'background:' + stroke(n.k) }), n.o)];
  if (n.n) parts.push(...section('Source', el('ul', null, ...n.n.map(x => el('li', { class: 'mono' }, x)))));
  const t = nodeTime[i];
  if (n.f || t) parts.push(...section('Cost', n.f ? el('div', null, count(n.f) + ' multiply-adds') : null, t ? el('div', null, ms(t) + ', ' + (100 * t / allTime).toFixed(1) + ' % of a run') : null));
  if (n.out.length) parts.push(...section('Results', valueList(n.out)));
  if (n.in.length) parts.push(...section('Operands', valueList(n.in)));
  if (n.a) parts.push(...section('Attributes', el('ul', null, ...Object.entries(n.a).map(a => el('li', { class: 'mono' }, a[0] + ' = ' + a[1])))));
  (n.r || []).forEach(r => parts.push(...section('Inside', el('ul', null, ...r.map(x => el('li', { class: 'mono' }, x))))));
  // what was measured comes first
  for (const p of [...D.programs].sort((a, b) => (b === measured()) - (a === measured()))) {
    const steps = stepsOf(p)[i];
    if (steps.length) parts.push(...section('Steps, ' + title(p), el('ul', null, ...steps.slice(0, 30).map(s => el('li', { class: 'mono' }, '#' + s + ' ' + p.steps[s].n,
      p === measured() ? '  ' + ms(D.profile.ms[s]) : '', p.steps[s].x ? el('span', { class: 'soft' }, '  × ' + p.steps[s].x) : '')))));
  }
  if (from.length) parts.push(...section('Above', el('ul', null, ...from.map(link))));
  if (to.length) parts.push(...section('Below', el('ul', null, ...to.map(link))));
  d.replaceChildren(...parts);
}

function showModel() {
  const io = (name, v) => section(name, valueList(v));
  const kinds = new Map();
  N.forEach(n => kinds.set(n.k, (kinds.get(n.k) || 0) + 1));
  const flops = N.reduce((s, n) => s + (n.f || 0), 0);
  $('detail').replaceChildren(el('h2', null, D.model), el('div', { class: 'soft' }, num(N.length) + (D.fromJar ? ' steps' : ' nodes after all passes'), flops ? ', ' + count(flops) + ' multiply-adds' : ''),
    ...(D.profile ? [el('div', { class: 'soft' }, el('span', { class: 'chip', style: 'height:3px;vertical-align:middle;background:var(--hit)' }), 'in a node: its measured time')] : []),
    ...io('Inputs', D.inputs), ...io('Outputs', D.outputs),
    ...section('About', el('ul', null, ...Object.entries(D.facts).map(f => el('li', null, el('span', { class: 'soft' }, f[0] + ': '), f[1])))),
    ...section('Operators', el('ul', null, ...[...kinds].sort((a, b) => b[1] - a[1]).map(k => el('li', null, el('span', { class: 'chip', style: 'background:' + stroke(k[0]) }),
      act(k[0], () => search(k[0], true)), el('span', { class: 'soft' }, ' ' + k[1]))))));
}
