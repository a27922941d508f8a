'use strict';
// Makes the static pictures of a page interactive when they come near: zoom, a cursor with the values of all series, series that
// can be hidden, and all rows in the table. What a chart shows stands beside its picture as JSON.
(() => {
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  // Colour and dash pattern by role, as in the static pictures; the pattern tells them apart without colour.
  const looks = {
    prod: {colour: '--left', width: 3, dash: []},
    sim: {colour: '--right', width: 2, dash: [7, 5]},
    research: {colour: '--third', width: 2, dash: [2, 5]},
    gap: {colour: '--bad', width: 2, dash: []},
  };
  const other_colours = ['--left', '--right', '--third', '--good', '--warn', '--muted'];
  const other_dashes = [[], [7, 5], [2, 5], [10, 4, 2, 4], [14, 4], [4, 4]];
  const looks_of = (series) => {
    let others = 0;
    return series.map((one) => {
      if (looks[one.role]) return looks[one.role];
      const i = others++;
      return {colour: other_colours[i % 6], width: 2, dash: other_dashes[(i + Math.floor(i / 6)) % 6]};
    });
  };

  const number_text = (value) =>
    value == null ? '' : value.toLocaleString('en-US', {maximumSignificantDigits: 8});
  const time_text = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
  // Marks of the time axis: the clock, and the date below it where a new day starts.
  const time_marks = (u, splits, axis, space, step) => {
    let day = '';
    return splits.map((split) => {
      if (split == null) return '';
      const text = time_text(split);
      if (step >= 86400) return text.slice(0, 10);
      const clock = text.slice(11, step < 60 ? 19 : 16);
      const is_new = text.slice(0, 10) !== day;
      day = text.slice(0, 10);
      return is_new ? `${clock}\n${day}` : clock;
    });
  };

  const smallest_step = (x) => {
    let step = Infinity;
    for (let i = 1; i < x.length; ++i) if (x[i] > x[i - 1]) step = Math.min(step, x[i] - x[i - 1]);
    return Number.isFinite(step) ? step : 1;
  };
  // Bars of several series stand side by side.
  const bar_paths = (x, i, count) => {
    const slot = smallest_step(x) * 0.8;
    return uPlot.paths.bars({disp: {
      x0: {unit: 1, values: () => x.map((value) => value - slot / 2 + (slot * i) / count)},
      size: {unit: 1, values: () => [slot / count]},
    }});
  };
  const paths_of = (kind, x, i, count) => ({
    steps: uPlot.paths.stepped({align: 1}),
    bars: kind === 'bars' ? bar_paths(x, i, count) : null,
    scatter: () => null,
  })[kind];

  // A series may be drawn otherwise than its chart: a line over bars, marks on a line.
  const kind_of = (data, series) => ({line: 'lines', dots: 'scatter', up: 'scatter', down: 'scatter'})[series.draw] || series.draw || data.kind;

  // uPlot wants ascending x; a scatter has none.
  const columns_of = (data) => {
    const x = data.x.values;
    const rows = [...x.keys()].filter((i) => x[i] != null);
    if (rows.some((row, k) => k > 0 && x[row] < x[rows[k - 1]])) rows.sort((a, b) => x[a] - x[b] || a - b);
    return [rows.map((row) => x[row]), ...data.series.map((one) => rows.map((row) => one.values[row] ?? null))];
  };

  // Triangles of a series of marks: up a buy, down a sell.
  const draw_triangles = (u, i, series, size) => {
    const half = size * devicePixelRatio;
    const down = series.draw === 'down' ? -1 : 1;
    u.ctx.fillStyle = u.series[i].stroke(u, i);
    u.data[i].forEach((value, row) => {
      const at = u.data[0][row];
      if (value == null || at < u.scales.x.min || at > u.scales.x.max) return;
      const x = u.valToPos(at, 'x', true);
      const y = u.valToPos(value, 'y', true);
      u.ctx.beginPath();
      u.ctx.moveTo(x, y - down * half);
      u.ctx.lineTo(x - half, y + down * half);
      u.ctx.lineTo(x + half, y + down * half);
      u.ctx.fill();
    });
  };
  // Lines across the chart: an instant, a threshold.
  const draw_mark = (u, mark) => {
    const {ctx, bbox} = u;
    const on_x = mark.axis === 'x';
    const at = Math.round(u.valToPos(mark.at, mark.axis, true));
    if (on_x ? at < bbox.left || at > bbox.left + bbox.width : at < bbox.top || at > bbox.top + bbox.height) return;
    ctx.strokeStyle = ctx.fillStyle = colour('--text');
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(on_x ? at : bbox.left, on_x ? bbox.top : at);
    ctx.lineTo(on_x ? at : bbox.left + bbox.width, on_x ? bbox.top + bbox.height : at);
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
    const is_right = on_x && at > bbox.left + bbox.width * 0.8;
    ctx.textAlign = is_right ? 'right' : 'left';
    ctx.textBaseline = on_x ? 'top' : 'bottom';
    const gap = 4 * devicePixelRatio;
    ctx.fillText(mark.label, on_x ? at + (is_right ? -gap : gap) : bbox.left + gap, on_x ? bbox.top + gap : at - gap / 2);
  };

  const options_of = (data, columns, width, height) => {
    const is_time = data.x.kind === 'time';
    const look = looks_of(data.series);
    const x = columns[0];
    const kinds = data.series.map((one) => kind_of(data, one));
    const margin = kinds.includes('bars') ? smallest_step(x) / 2 : kinds.includes('scatter') ? (x[x.length - 1] - x[0]) / 50 : 0;
    const range = (u, low, high) => {
      if (low === high) return [low - 1, high + 1];
      return [low - (low <= x[0] ? margin : 0), high + (high >= x[x.length - 1] ? margin : 0)];
    };
    const axis = {
      stroke: () => colour('--muted'),
      grid: {stroke: () => colour('--rule'), width: 1},
      ticks: {stroke: () => colour('--rule'), width: 1},
      font: '12px system-ui, sans-serif',
      labelFont: '12px system-ui, sans-serif',
    };
    return {
      width,
      height,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
      scales: {x: {time: is_time, range}},
      cursor: {drag: {x: true, y: false}, focus: {prox: 24}, points: {size: 7}},
      focus: {alpha: 0.4},
      hooks: {draw: [(u) => {
        u.ctx.save();
        data.series.forEach((one, i) => {
          if ((one.draw === 'up' || one.draw === 'down') && u.series[i + 1].show) draw_triangles(u, i + 1, one, 5);
        });
        (data.marks || []).forEach((mark) => draw_mark(u, mark));
        u.ctx.restore();
      }]},
      legend: {markers: {
        width: 3,
        stroke: (u, i) => colour(look[i - 1].colour),
        dash: (u, i) => (look[i - 1].dash.length === 0 ? 'solid' : look[i - 1].dash[0] < 3 ? 'dotted' : 'dashed'),
      }},
      axes: [
        {...axis, ...(is_time ? {values: time_marks} : {label: data.x.name, labelSize: 18})},
        {...axis, label: data.unit, labelSize: 18, values: (u, splits) => splits.map(number_text),
          size: (u, values) => 16 + 7 * Math.max(3, ...(values || []).map((text) => text.length))},
      ],
      series: [
        {label: data.x.name || (is_time ? 'time' : 'x'), value: (u, value) => (value == null ? '' : is_time ? time_text(value) : number_text(value))},
        ...data.series.map((one, i) => {
          const kind = kinds[i];
          const bars = kinds.filter((other) => other === 'bars').length;
          const fill = {area: '40', bars: look[i].dash.length === 0 ? 'b0' : '40'}[kind];
          return {
            label: one.name,
            stroke: () => colour(look[i].colour),
            width: look[i].width,
            dash: kind === 'bars' ? [] : look[i].dash,
            fill: fill ? () => colour(look[i].colour) + fill : undefined,
            paths: paths_of(kind, x, kinds.slice(0, i).filter((other) => other === 'bars').length, bars),
            points: kind === 'scatter' ? {show: one.draw !== 'up' && one.draw !== 'down', size: 6} : kind === 'bars' ? {show: false} : {},
            value: (u, value) => number_text(value),
          };
        }),
      ],
    };
  };

  // Series are switched by clicks on the legend; here also by the keyboard.
  const make_legend_usable = (u) => {
    u.root.querySelectorAll('.u-legend .u-series').forEach((row, i) => {
      const label = row.querySelector('.u-label');
      if (i === 0 || !label) return;
      const tell = () => label.setAttribute('aria-pressed', String(u.series[i].show));
      label.setAttribute('role', 'button');
      label.tabIndex = 0;
      tell();
      row.addEventListener('click', () => setTimeout(tell));
      label.addEventListener('keydown', (event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        u.setSeries(i, {show: !u.series[i].show});
        tell();
      });
    });
  };

  const values_text = (u, idx) =>
    u.series.map((series, i) => (series.show === false ? '' : `${series.label} ${series.value(u, u.data[i][idx])}`)).filter(Boolean).join(', ');

  const move_by_keys = (chart, x, box, said) => {
    const zoom = (factor) => {
      const u = chart();
      const {min, max} = u.scales.x;
      const middle = u.cursor.idx == null ? (min + max) / 2 : x[u.cursor.idx];
      u.setScale('x', {min: Math.max(x[0], middle - (middle - min) * factor), max: Math.min(x[x.length - 1], middle + (max - middle) * factor)});
    };
    const move = (idx) => {
      const u = chart();
      const to = Math.max(0, Math.min(x.length - 1, idx));
      u.setCursor({left: u.valToPos(x[to], 'x'), top: u.over.clientHeight / 2});
      said.textContent = values_text(u, to);
    };
    const here = () => chart().cursor.idx ?? -1;
    const far = Math.max(1, Math.round(x.length / 20));
    const actions = {
      ArrowRight: () => move(here() + 1), ArrowLeft: () => move(here() - 1),
      PageDown: () => move(here() + far), PageUp: () => move(here() - far),
      Home: () => move(0), End: () => move(x.length - 1),
      '+': () => zoom(0.5), '=': () => zoom(0.5), '-': () => zoom(2),
      0: () => chart().setScale('x', {min: x[0], max: x[x.length - 1]}),
    };
    box.addEventListener('keydown', (event) => {
      if (event.target !== box || event.ctrlKey || event.altKey || event.metaKey || !Object.hasOwn(actions, event.key)) return;
      event.preventDefault();
      actions[event.key]();
    });
  };

  // The table shows few rows until it is opened, then all of the chart.
  const complete_table = (figure, data) => {
    const details = figure.querySelector('details.chart-table');
    const old = details && details.querySelector('table');
    if (!old || old.tBodies[0].rows.length >= data.x.values.length) return;
    details.addEventListener('toggle', () => {
      const table = document.createElement('table');
      table.createCaption().textContent = `${data.x.values.length} rows, all that the chart shows${data.unit ? `, in ${data.unit}` : ''}`;
      const cell = (row, tag, text, name) => {
        const out = document.createElement(tag);
        out.textContent = text;
        if (name) out.className = name;
        row.append(out);
        return out;
      };
      const is_time = data.x.kind === 'time';
      const head = table.createTHead().insertRow();
      cell(head, 'th', data.x.name || 'time', is_time ? 'time' : 'num').scope = 'col';
      for (const one of data.series) cell(head, 'th', one.name, 'num').scope = 'col';
      const body = table.createTBody();
      data.x.values.forEach((value, i) => {
        const row = body.insertRow();
        cell(row, 'th', is_time ? time_text(value) : number_text(value), is_time ? 'time' : 'num').scope = 'row';
        for (const one of data.series) cell(row, 'td', number_text(one.values[i]), 'num');
      });
      old.replaceWith(table);
      details.dispatchEvent(new Event('table-added', {bubbles: true}));
    }, {once: true});
  };

  const charts = new Map();  // figure -> its chart
  const draw = (figure, data, height) => {
    const box = figure.querySelector('.plot');
    const before = charts.get(figure);
    if (before) before.destroy();
    const columns = columns_of(data);
    const u = new uPlot(options_of(data, columns, box.clientWidth, height), columns, box);
    charts.set(figure, u);
    make_legend_usable(u);
    return u;
  };

  const upgrade = (figure) => {
    const data = JSON.parse(figure.querySelector('script.chart-data').textContent);
    const picture = figure.querySelector('svg');
    if (!picture || !data.series.length || !data.x.values.length) return;
    const caption = figure.querySelector('figcaption');
    // As tall as the picture, with its legend, so that nothing below moves.
    const height = Math.max(170, Math.min(420, picture.getBoundingClientRect().height - 56));
    const box = document.createElement('div');
    box.className = 'plot';
    box.tabIndex = 0;
    box.setAttribute('role', 'group');
    box.setAttribute('aria-label', `Interactive chart: ${caption ? caption.textContent : ''}. Arrow keys move, plus and minus zoom, 0 resets.`);
    const said = document.createElement('p');
    said.className = 'said';
    said.setAttribute('aria-live', 'polite');
    picture.after(box, said);
    figure.classList.add('upgraded');  // hides the picture, on the screen only
    const {data: [x]} = draw(figure, data, height);
    move_by_keys(() => charts.get(figure), x, box, said);
    complete_table(figure, data);
    new ResizeObserver(() => {
      const u = charts.get(figure);
      if (box.clientWidth > 0 && box.clientWidth !== u.width) u.setSize({width: box.clientWidth, height});
    }).observe(box);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => draw(figure, data, height));
  };

  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      near.unobserve(entry.target);
      upgrade(entry.target);
    }
  }, {rootMargin: '300px'});
  document.querySelectorAll('figure.chart').forEach((figure) => near.observe(figure));
})();
