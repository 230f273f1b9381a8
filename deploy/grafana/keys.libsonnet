// Servers, zones and clients: three dashboards of one shape.
local config = import 'config.libsonnet';
local dashboard = import 'dashboard.libsonnet';
local panels = import 'panels.libsonnet';

local sensors = config.sensors;

// key: the label; keys: its plural, as a title; told: what a description says of it.
function(key, keys, told)
  local metric = 'rcodescope_%s_responses_total' % key;
  local picked = '%s, %s=~"$%s"' % [sensors, key, key];
  local per_key(matcher='') =
    'topk(%d, sum by (%s) (rate(%s{%s%s}[$__rate_interval])))' % [config.top, key, metric, picked, matcher];
  local total(matcher='') =
    'sum by (%s) (increase(%s{%s%s}[$__range]))' % [key, metric, picked, matcher];
  local series = std.asciiUpper(keys[0]) + keys[1:];

  dashboard.new(
    keys,
    series,
    '%s Keys on the page are the largest; all others are in other, exactly. A new one stands at 0 for two scrapes before it counts. ' % told
    + config.wire,
    [
      [8, [
        [12, panels.graph('Responses by %s' % key, told, 'cps', [panels.query(per_key(), '{{%s}}' % key)])],
        [12, panels.graph(
          'Errors by %s' % key,
          'Responses with any code but NOERROR.',
          'cps',
          [panels.query(per_key(', rcode!="NOERROR"'), '{{%s}}' % key)]
        )],
      ]],
      [8, [
        [12, panels.graph(
          'Errors by code',
          'Of those chosen at the top, together.',
          'cps',
          [panels.query('sum by (rcode) (rate(%s{%s, rcode!="NOERROR"}[$__rate_interval]))' % [metric, picked], '{{rcode}}')],
          stacked=true
        )],
        [12, panels.graph(
          'Share of errors by %s' % key,
          'Of its own responses, the share that is not NOERROR. Keys with few responses swing.',
          'percentunit',
          [panels.query(|||
            topk(%d,
              sum by (%s) (rate(%s{%s, rcode!="NOERROR"}[$__rate_interval]))
                / (sum by (%s) (rate(%s{%s}[$__rate_interval])) > 0)
            )
          ||| % [config.top, key, metric, picked, key, metric, picked], '{{%s}}' % key)]
        )],
      ]],
      [8, [
        [8, panels.graph('%s by %s' % [code, key], 'Responses with %s.' % code, 'cps', [
          panels.query(per_key(', rcode="%s"' % code), '{{%s}}' % key),
        ])]
        for code in ['SERVFAIL', 'NXDOMAIN', 'REFUSED']
      ]],
      [10, [
        [24, panels.list(series, 'All that are on the page: responses over the time shown, and how many of them had a common error.', 'short', [
          ['responses', total()],
          ['SERVFAIL', total(', rcode="SERVFAIL"')],
          ['NXDOMAIN', total(', rcode="NXDOMAIN"')],
          ['REFUSED', total(', rcode="REFUSED"')],
        ])],
      ]],
      [7, [
        [12, panels.graph(
          'Share in other',
          'Of all responses, the share that is in other: of keys that are not on the page, or of none. With much of it, raise --top or --memory.',
          'percentunit',
          [panels.query(|||
            (
                sum by (instance) (rate(%s{%s, %s="other"}[$__rate_interval]))
              or
                0 * sum by (instance) (rate(%s{%s}[$__rate_interval]))
            )
              / (sum by (instance) (rate(%s{%s}[$__rate_interval])) > 0)
          ||| % [metric, sensors, key, metric, sensors, metric, sensors], '{{instance}}')]
        )],
        [12, panels.graph(
          'Keys in the table',
          'Tracked, and how many there is room for. Beyond that, new ones are in other.',
          'short',
          [
            panels.query('sum by (instance) (rcodescope_tracked_keys{%s, dimension="%s"})' % [sensors, key], '{{instance}} tracked'),
            panels.query('sum by (instance) (rcodescope_tracked_keys_limit{%s, dimension="%s"})' % [sensors, key], '{{instance}} limit'),
          ]
        )],
      ]],
    ],
    [dashboard.variable(key, std.asciiUpper(key[0]) + key[1:], '%s{%s}' % [metric, sensors])],
  )
