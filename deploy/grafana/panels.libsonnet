// Panels. Each has a title, a description and a unit; where it stands is the dashboard's matter.
//
//   unit     one of Grafana's: cps (a second), pps (packets a second), percentunit, s, short …
//   queries  a list of query(…)
local datasource = { type: 'prometheus', uid: '${datasource}' };

local panel(type, title, description, unit, queries) = {
  type: type,
  title: title,
  description: description,
  datasource: datasource,
  targets: [
    { datasource: datasource, refId: std.char(std.codepoint('A') + i) } + queries[i]
    for i in std.range(0, std.length(queries) - 1)
  ],
  fieldConfig: { defaults: { unit: unit }, overrides: [] },
};

{
  // Over the time shown; legend as in '{{rcode}}'.
  query(expr, legend):: {
    expr: expr,
    legendFormat: legend,
    range: true,
    instant: false,
    format: 'time_series',
  },

  // At the end of the time shown.
  now(expr, legend=''):: {
    expr: expr,
    legendFormat: legend,
    range: false,
    instant: true,
    format: 'time_series',
  },

  rows(expr):: self.now(expr) { format: 'table' },

  graph(title, description, unit, queries, stacked=false)::
    panel('timeseries', title, description, unit, queries) {
      fieldConfig+: {
        defaults+: {
          min: 0,
          custom: {
            drawStyle: 'line',
            lineWidth: 1,
            fillOpacity: if stacked then 30 else 5,
            showPoints: 'never',
            spanNulls: false,
            stacking: { mode: if stacked then 'normal' else 'none', group: 'A' },
          },
        },
      },
      options: {
        legend: { displayMode: 'table', placement: 'bottom', showLegend: true, calcs: ['mean', 'max', 'lastNotNull'] },
        tooltip: { mode: 'multi', sort: 'desc' },
      },
    },

  // Values may be below 0.
  signed:: { fieldConfig+: { defaults+: { min: null } } },

  // How one series of a graph, by its name in the legend, looks.
  look(name, properties):: {
    fieldConfig+: {
      overrides+: [{
        matcher: { id: 'byRegexp', options: name },
        properties: [{ id: id, value: properties[id] } for id in std.objectFields(properties)],
      }],
    },
  },

  // One figure; it turns orange and red at `thresholds`, if any.
  figure(title, description, unit, expr, thresholds=[])::
    panel('stat', title, description, unit, [self.now(expr)]) {
      fieldConfig+: {
        defaults+: {
          color: { mode: 'thresholds' },
          thresholds: {
            mode: 'absolute',
            steps: [{ color: 'green', value: null }] + [
              { color: ['orange', 'red'][i], value: thresholds[i] }
              for i in std.range(0, std.length(thresholds) - 1)
            ],
          },
        },
      },
      options: {
        colorMode: 'value',
        graphMode: 'none',
        justifyMode: 'auto',
        orientation: 'auto',
        textMode: 'auto',
        reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
      },
    },

  // A bar for each series.
  bars(title, description, unit, expr, legend)::
    panel('bargauge', title, description, unit, [self.now(expr, legend)]) {
      fieldConfig+: { defaults+: { min: 0, color: { mode: 'continuous-BlPu' } } },
      options: {
        displayMode: 'gradient',
        orientation: 'horizontal',
        minVizHeight: 10,
        minVizWidth: 0,
        showUnfilled: true,
        reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
      },
    },

  // One row for each set of labels; columns: [[name, expression], …], sorted by the first of them.
  list(title, description, unit, columns)::
    panel('table', title, description, unit, [self.rows(column[1]) for column in columns]) {
      local name(i) = if std.length(columns) == 1 then 'Value' else 'Value #' + std.char(std.codepoint('A') + i),
      fieldConfig+: { defaults+: { custom: { align: 'auto', cellOptions: { type: 'auto' }, filterable: true } } },
      options: { showHeader: true, sortBy: [{ displayName: columns[0][0], desc: true }] },
      transformations: [
        { id: 'merge', options: {} },
        {
          id: 'organize',
          options: {
            excludeByName: { Time: true },
            indexByName: {},
            renameByName: { [name(i)]: columns[i][0] for i in std.range(0, std.length(columns) - 1) },
          },
        },
      ],
    },

  // Whether something is so, over time.
  states(title, description, queries, yes, no)::
    panel('state-timeline', title, description, 'short', queries) {
      fieldConfig+: {
        defaults+: {
          custom: { fillOpacity: 70, lineWidth: 0 },
          color: { mode: 'thresholds' },
          thresholds: { mode: 'absolute', steps: [{ color: no.color, value: null }, { color: yes.color, value: 1 }] },
          mappings: [{
            type: 'value',
            options: { '0': { text: no.text, index: 0 }, '1': { text: yes.text, index: 1 } },
          }],
        },
      },
      options: {
        mergeValues: true,
        rowHeight: 0.9,
        showValue: 'never',
        legend: { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] },
        tooltip: { mode: 'single', sort: 'none' },
      },
    },
}
