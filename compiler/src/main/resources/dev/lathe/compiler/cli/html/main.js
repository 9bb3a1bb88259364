const TABS = { graph: D.fromJar ? 'Steps' : 'Graph', memory: 'Memory', cost: 'Cost', passes: 'Passes', sizes: 'Targets' };
const VIEWS = { memory: memoryView, cost: costView, passes: passesView, sizes: sizesView };
const built = new Set();
function tab(name) {
  for (const t in TABS) $(t).hidden = t !== name;
  [...$('tabs').children].forEach(b => b.setAttribute('aria-selected', b.dataset.tab === name));
  $('detail').hidden = false;
  if (name === 'graph') show();
  else if (!built.has(name)) { built.add(name); VIEWS[name](); }
  else $(name).querySelectorAll('.plot').forEach(c => c.paint());
}
for (const t in TABS) $('tabs').append(el('button', { role: 'tab', 'data-tab': t, onclick: () => tab(t) }, TABS[t]));
$('tabs').addEventListener('keydown', e => {
  const all = [...$('tabs').children], to = all.indexOf(e.target) + (e.key === 'ArrowRight' ? 1 : e.key === 'ArrowLeft' ? -1 : NaN);
  if (!isNaN(to)) { const b = all[(to + all.length) % all.length]; b.focus(); b.click(); }
});

// what the search looks through, made when it is first used
let haystack = null, cursor = -1, marked = -1, results = [];
function search(text, jump) {
  const words = text.toLowerCase().split(/\s+/).filter(w => w);
  haystack = haystack || N.map(n => [n.o, n.k, ...(n.n || []), ...n.out.flatMap(v => [v[0], v[1]]), ...n.in.map(v => v[0])].join(' ').toLowerCase());
  // of nodes with the same source, such as a convolution and its border, the one that computes
  const rank = i => N[i].k === text || N[i].out.some(v => v[0] === text) ? 0 : (N[i].n || []).includes(text) ? (N[i].f ? 0 : 1) : 2;
  results = words.length ? N.map((n, i) => i).filter(i => words.every(w => haystack[i].includes(w))).sort((a, b) => rank(a) - rank(b)) : [];
  found = new Set(results); cursor = marked = -1;
  $('find').value = text;
  const hits = $('hits');
  hits.replaceChildren(...results.slice(0, 100).map((i, k) => el('li', { onclick: () => take(k) }, N[i].o, el('small', { class: 'mono' }, (N[i].n || []).join(', ') || N[i].d || ''))));
  if (words.length) hits.append(el('li', { class: 'soft' }, results.length ? num(results.length) + ' found' + (results.length > 100 ? ', 100 shown' : '') : 'Nothing found'));
  hits.hidden = !words.length || !!jump;
  document.documentElement.dataset.found = results.length;
  if (jump && results.length) take(0); else redraw();
}
function take(k) { cursor = k; marked = -1; $('hits').hidden = true; select(results[k], true); }
/** The arrows' place among the hits that are listed: one further, around the ends. */
function mark(by) {
  const rows = [...$('hits').children].slice(0, Math.min(results.length, 100));
  if ($('hits').hidden) { $('hits').hidden = false; marked = Math.min(cursor, rows.length - 1); }
  marked = marked < 0 && by < 0 ? rows.length - 1 : (marked + by + rows.length) % rows.length;
  rows.forEach((r, k) => r.classList.toggle('on', k === marked));
  rows[marked].scrollIntoView({ block: 'nearest' });
}
$('find').addEventListener('input', e => search(e.target.value, false));
$('find').addEventListener('keydown', e => {
  const down = e.key === 'ArrowDown';
  if ((down || e.key === 'ArrowUp') && results.length) { e.preventDefault(); mark(down ? 1 : -1); }
  else if (e.key === 'Enter' && marked >= 0 && !$('hits').hidden) take(marked);
  else if (e.key === 'Enter' && results.length) take((cursor + 1) % results.length);
  else if (e.key === 'Escape') { search('', false); $('find').blur(); }
});
addEventListener('keydown', e => { if (e.key === '/' && document.activeElement !== $('find')) { e.preventDefault(); $('find').focus(); } });
addEventListener('pointerdown', e => { if (!$('finder').contains(e.target)) $('hits').hidden = true; });
addEventListener('resize', () => { show(); document.querySelectorAll('.plot').forEach(c => c.offsetParent && c.paint()); });
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => dispatchEvent(new Event('resize')));

$('model').textContent = D.model;
document.title = D.model + ' · Lathe';
showModel();
// page.html#memory opens a view, page.html#fit shows the whole graph, page.html#find=NAME the first node found
const hash = decodeURIComponent(location.hash.slice(1));
tab(hash === 'targets' ? 'sizes' : TABS[hash] ? hash : 'graph');
if (!$('graph').hidden) { hash === 'fit' ? fit() : home(); draw(); }
if (hash.startsWith('find=')) search(hash.slice(5), true);
document.documentElement.dataset.ready = Math.round(performance.now());
