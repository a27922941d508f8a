'use strict';
// What every page does with JavaScript: links open what they lead to, long tables are sorted and filtered, keys move between
// sections. Everything is readable without it.
(() => {
  const root = document.documentElement;
  root.classList.add('js');

  const element = (name, attributes = {}, ...children) => {
    const out = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) out.setAttribute(key, value);
    out.append(...children);
    return out;
  };
  const words_of = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);
  const holds = (text, words) => words.every((word) => text.includes(word));

  // ---- Links within the page: open what is closed around the target, go there, and come back to the link.
  const focus_on = (target) => {
    if (!target.matches('a[href], button, input, summary, [tabindex]')) target.tabIndex = -1;
    target.focus({preventScroll: true});
  };
  const reveal = (hash) => {
    let id = hash.slice(1);
    try { id = decodeURIComponent(id); } catch { /* a name with a lone % is taken as it is */ }
    const target = id && document.getElementById(id);
    if (!target) return;
    for (let at = target; at; at = at.parentElement) {
      if (at.tagName === 'DETAILS') at.open = true;
      if (at.tagName === 'TR') at.hidden = false;  // a filter hid it
    }
    const fold = target.firstElementChild;
    if (fold && fold.tagName === 'DETAILS') fold.open = true;
    focus_on(target);
    target.scrollIntoView();
  };
  const left_by = [];  // links that were followed, for the way back
  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const hash = link.getAttribute('href');  // a link of a picture has no .hash
    if (hash === location.hash) {
      reveal(hash);
      return;
    }
    history.replaceState({link: left_by.push(link) - 1}, '');
  });
  addEventListener('hashchange', () => {
    const link = history.state && left_by[history.state.link];
    if (link) {
      focus_on(link);  // the browser scrolls back by itself
    } else {
      reveal(location.hash);
    }
  });

  // ---- Tables: a click on a column's head sorts, a field above a long one filters.
  const sort_from_rows = 4;
  const filter_from_rows = 20;
  const unit_of = {ns: 1e-9, us: 1e-6, ms: 1e-3, s: 1, min: 60, h: 3600, d: 86400, B: 1, kB: 1e3, MB: 1e6, GB: 1e9};
  // The number that a cell shows: "1,204.11", "2 min 3 s", "4.1 kB", "12 of 13"; NaN when it shows none.
  const number_in = (text) => {
    const clean = text.replace(/,(?=\d{3})/g, '').trim();
    if (/^[-+]?inf/.test(clean)) return clean.startsWith('-') ? -Infinity : Infinity;
    const parts = [...clean.matchAll(/([-+]?\d*\.?\d+(?:e[-+]?\d+)?)\s*(ns|us|ms|s|min|h|d|B|kB|MB|GB)?(?=\s|$)/g)];
    if (!parts.length || !/^[-+.\d]/.test(clean)) return NaN;
    if (!parts[0][2]) return Number(parts[0][1]);
    return parts.reduce((sum, part) => sum + Number(part[1]) * (unit_of[part[2]] || 0), 0);
  };
  const collator = new Intl.Collator('en', {numeric: true});
  // What is no number stands last, in either order.
  const compare_cells = (a, b, is_number, sign) => {
    if (!is_number) return sign * collator.compare(a.text, b.text);
    if (Number.isNaN(a.number) || Number.isNaN(b.number)) return Number.isNaN(a.number) - Number.isNaN(b.number);
    return a.number < b.number ? -sign : a.number > b.number ? sign : 0;
  };
  const sort_table = (table, column, head, order) => {
    const body = table.tBodies[0];
    const is_number = head.classList.contains('num');
    const rows = [...body.rows].map((row) => {
      row.place ??= [...body.rows].indexOf(row);
      const text = row.cells[column] ? row.cells[column].textContent : '';
      return {row, text, number: is_number ? number_in(text) : 0};
    });
    const sign = order === 'descending' ? -1 : 1;
    rows.sort((a, b) => (order ? compare_cells(a, b, is_number, sign) : 0) || a.row.place - b.row.place);
    for (const other of table.tHead.rows[0].cells) other.removeAttribute('aria-sort');
    if (order) head.setAttribute('aria-sort', order);
    body.append(...rows.map((item) => item.row));
  };
  const make_sortable = (table) => {
    const heads = [...table.tHead.rows[0].cells];
    [...table.tBodies[0].rows].forEach((row, i) => { row.place = i; });
    heads.forEach((head, column) => {
      const button = element('button', {type: 'button', class: 'sort', title: 'Sort by this column'});
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener('click', () => {
        const now = head.getAttribute('aria-sort');
        sort_table(table, column, head, !now ? 'ascending' : now === 'ascending' ? 'descending' : '');
      });
    });
  };
  const make_filterable = (table) => {
    const rows = [...table.tBodies[0].rows];
    const count = element('output', {}, `${rows.length} rows`);
    const field = element('input', {type: 'search', autocomplete: 'off'});
    field.addEventListener('input', () => {
      const words = words_of(field.value);
      let shown = 0;
      for (const row of rows) {
        row.hidden = !holds((row.lower ??= row.textContent.toLowerCase()), words);
        shown += row.hidden ? 0 : 1;
      }
      count.textContent = words.length ? `${shown} of ${rows.length} rows` : `${rows.length} rows`;
    });
    const name = (table.caption && table.caption.textContent.trim()) || 'this table';
    field.setAttribute('aria-label', `Filter rows of: ${name}`);
    (table.closest('.scroll') || table).before(element('p', {class: 'filter'}, element('label', {}, 'Filter ', field), count));
  };
  const equip_table = (table) => {
    if (table.equipped || !table.tHead || table.tHead.rows.length !== 1 || !table.tBodies.length) return;
    const rows = table.tBodies[0].rows;
    if (rows.length < sort_from_rows || table.querySelector('[rowspan], [colspan]')) return;
    table.equipped = true;
    make_sortable(table);
    if (rows.length >= filter_from_rows) make_filterable(table);
  };
  // Each table when it comes near: a page of thousands of rows opens at once.
  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      near.unobserve(entry.target);
      equip_table(entry.target);
    }
  }, {rootMargin: '400px'});
  const watch_tables = (within) => within.querySelectorAll('table').forEach((table) => near.observe(table));
  watch_tables(document);
  document.addEventListener('table-added', (event) => watch_tables(event.target));

  // ---- Sections: a filter over their list, and keys.
  const nav = document.querySelector('nav');
  const sections = [...document.querySelectorAll('main section[id]')];
  let find = null;
  if (nav) {
    const items = [...nav.querySelectorAll('li')];
    find = element('input', {type: 'search', autocomplete: 'off', 'aria-label': 'Filter sections', placeholder: 'Filter sections'});
    find.addEventListener('input', () => {
      const words = words_of(find.value);
      for (const item of items) {
        const link = item.querySelector('a');
        item.hidden = !holds(`${item.textContent} ${link ? link.hash : ''}`.toLowerCase(), words);
      }
    });
    find.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') {
        find.value = '';
        find.dispatchEvent(new Event('input'));
        find.blur();
      }
      const first = items.find((item) => !item.hidden);
      if (event.key === 'Enter' && first) first.querySelector('a').click();
    });
  }

  // Single keys can be switched off, and stay off (WCAG 2.1.4).
  const memory = {
    get: () => { try { return localStorage.getItem('tieout.keys'); } catch { return null; } },
    set: (value) => { try { localStorage.setItem('tieout.keys', value); } catch { /* a page of a file may not store */ } },
  };
  const on = element('input', {type: 'checkbox'});
  on.checked = memory.get() !== 'off';
  on.addEventListener('change', () => memory.set(on.checked ? 'on' : 'off'));
  const keys = [['/', 'filter the sections'], ['j', 'next section'], ['k', 'previous section'], ['t', 'top of the page'], ['?', 'these keys']];
  const list = element('dl');
  for (const [key, meaning] of keys) list.append(element('div', {}, element('dt', {}, element('kbd', {}, key)), element('dd', {}, meaning)));
  const close = element('button', {type: 'button'}, 'Close');
  const help = element('dialog', {'aria-labelledby': 'keys.h'}, element('h2', {id: 'keys.h'}, 'Keys'), list,
      element('p', {}, 'In a chart: drag to zoom, double-click to reset; with the keyboard the arrows move, + and - zoom, 0 resets.'),
      element('p', {}, element('label', {}, on, ' Single keys work')), close);
  close.addEventListener('click', () => help.close());
  if (nav && sections.length) {
    document.body.append(help);
    const button = element('button', {type: 'button'}, 'Keys');
    button.addEventListener('click', () => help.showModal());
    nav.prepend(element('div', {class: 'tools'}, find, button));
  }

  const go = (step) => {
    const line = 8;  // a section that starts here is the one being read
    const tops = sections.map((section) => section.getBoundingClientRect().top);
    const here = tops.reduce((at, top, i) => (top <= line + parseFloat(getComputedStyle(root).scrollPaddingTop || 0) ? i : at), -1);
    const next = here + step;
    if (next < 0) {
      scrollTo(0, 0);
    } else if (next < sections.length) {
      focus_on(sections[next]);
      sections[next].scrollIntoView();
    }
  };
  const actions = {
    '/': () => { if (find) { find.focus(); find.scrollIntoView({block: 'center'}); } },
    j: () => go(1),
    k: () => go(-1),
    t: () => scrollTo(0, 0),
    '?': () => { if (help.isConnected) help.showModal(); },
  };
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || help.open || !on.checked) return;
    if (event.target.closest('input, textarea, select, .plot')) return;
    if (!Object.hasOwn(actions, event.key)) return;
    event.preventDefault();
    actions[event.key]();
  });

  if (location.hash) reveal(location.hash);
})();
