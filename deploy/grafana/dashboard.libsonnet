// A dashboard: its variables, its links to the others, and where its panels stand.
local config = import 'config.libsonnet';

local datasource = { type: 'prometheus', uid: '${datasource}' };

local chosen = { selected: true, text: ['All'], value: ['$__all'] };

{
  // Values of a label of a metric, several at a time; all at first.
  variable(name, title, metric, label=name):: {
    name: name,
    label: title,
    type: 'query',
    datasource: datasource,
    query: {
      query: 'label_values(%s, %s)' % [metric, label],
      refId: 'PrometheusVariableQueryEditor-VariableQuery',
    },
    refresh: 2,  // whenever the time shown changes
    sort: 1,
    regex: '',
    hide: 0,
    skipUrlSync: false,
    multi: true,
    includeAll: true,
    allValue: '.+',
    current: chosen,
    options: [],
  },

  local variables = [
    {
      name: 'datasource',
      label: 'Data source',
      type: 'datasource',
      query: 'prometheus',
      regex: '',
      refresh: 1,
      hide: 0,
      skipUrlSync: false,
      multi: false,
      includeAll: false,
      options: [],
    },
    $.variable('job', 'Job', 'rcodescope_build_info'),
    $.variable('instance', 'Sensor', 'rcodescope_build_info{job=~"$job"}', 'instance'),
  ],

  // Panels in rows: [[height, [[width, panel], …]], …]; a row is 24 wide.
  local placed(rows) =
    local place(state, row) =
      local height = row[0];
      local step(x, cell) = x + cell[0];
      state {
        y: state.y + height,
        panels: state.panels + [
          local before = std.foldl(step, row[1][:i], 0);
          row[1][i][1] {
            id: std.length(state.panels) + i + 1,
            gridPos: { x: before, y: state.y, w: row[1][i][0], h: height },
          }
          for i in std.range(0, std.length(row[1]) - 1)
        ],
      };
    std.foldl(place, rows, { y: 0, panels: [] }).panels,

  new(uid, title, description, rows, more=[], time='now-3h'):: {
    uid: 'rcodescope-' + uid,
    title: 'rcodescope / ' + title,
    description: description,
    tags: config.tags,
    editable: false,
    graphTooltip: 1,  // one crosshair for all panels
    refresh: '30s',
    schemaVersion: 38,
    version: 1,
    weekStart: '',
    fiscalYearStartMonth: 0,
    liveNow: false,
    timezone: 'browser',
    time: { from: time, to: 'now' },
    timepicker: {},
    annotations: { list: [] },
    templating: { list: variables + more },
    links: [{
      title: 'rcodescope',
      type: 'dashboards',
      tags: config.tags,
      asDropdown: true,
      includeVars: true,
      keepTime: true,
      targetBlank: false,
      icon: 'external link',
      tooltip: '',
      url: '',
    }],
    panels: placed(rows),
  },
}
