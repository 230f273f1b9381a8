local config = import 'config.libsonnet';
local dashboard = import 'dashboard.libsonnet';
local panels = import 'panels.libsonnet';

local sensors = config.sensors;
local picked = '%s, rcode=~"$rcode"' % sensors;
local responses = 'job_instance_rcode:rcodescope_responses';

local limit = 'A rate above 1 here, for a minute, is a spike: more than the floor, 3 times the average and 6 standard deviations above it.';

local against_limit(dimension) =
  local metric = 'job_instance_%s_rcode:rcodescope_%s_responses' % [dimension, dimension];
  'topk(%d, %s:rate1m{%s} / %s:spike_limit{%s})' % [config.top, metric, picked, metric, picked];

local burn(window, ratio) =
  panels.query('%s / on () group_left () rcodescope:servfail_budget:ratio' % ratio, '{{instance}} %s' % window);

dashboard.new(
  'spikes',
  'Spikes',
  |||
    Rates beside what is usual: the hour that ended 5 minutes ago, as the recording rules have it; and what the detector of
    the sensors has found, by second and with an explanation (/api/v1/spikes of the sensor).
  ||| + config.wire,
  [
    [8, [
      [8, panels.list(
        'Active by the detector',
        'What it has found and not yet seen the end of. Key other: more than 64 at once.',
        'short',
        [['active', 'sum by (instance, rcode, dimension, key) (rcodescope_spike_active{%s}) > 0' % picked]],
      )],
      [8, panels.list(
        'Siblings that disagree',
        'Servers of a zone, or sites, that answer with a code what the others answer otherwise, however long they have.',
        'short',
        [['active', 'sum by (instance, rcode, dimension, key) (rcodescope_disagreement_active{%s}) > 0' % picked]],
      )],
      [8, panels.graph(
        'Spikes found',
        'By the detector, in the time between two points.',
        'short',
        [panels.query(
          'sum by (rcode, dimension) (increase(rcodescope_spikes_total{%s}[$__rate_interval]))' % picked,
          '{{rcode}} {{dimension}}'
        )]
      )],
    ]],
    [10, [
      [24, panels.graph(
        'Rate and what is usual',
        'Responses with the codes chosen, the average of their hour, and the band up to the limit above which they are a spike: the largest of 3 times the average, 6 standard deviations above it, and the floor.',
        'cps',
        [
          panels.query('%s:rate1m{%s}' % [responses, picked], '{{instance}} {{rcode}}'),
          panels.query('%s:avg1h{%s}' % [responses, picked], '{{instance}} {{rcode}} average'),
          panels.query('%s:spike_limit{%s}' % [responses, picked], '{{instance}} {{rcode}} limit'),
        ]
      ) + panels.look('/ average$/', {
        'custom.lineStyle': { fill: 'dash', dash: [6, 6] },
        'custom.fillOpacity': 0,
      }) + panels.look('/ limit$/', {
        'custom.lineWidth': 0,
        'custom.fillOpacity': 12,
        color: { mode: 'fixed', fixedColor: 'green' },
      })],
    ]],
    [8, [
      [12, panels.graph('Servers against their limit', 'Rate of each server and code by its limit. ' + limit, 'none', [
        panels.query(against_limit('server'), '{{server}} {{rcode}}'),
      ])],
      [12, panels.graph('Zones against their limit', 'Rate of each zone and code by its limit. ' + limit, 'none', [
        panels.query(against_limit('zone'), '{{zone}} {{rcode}}'),
      ])],
    ]],
    [8, [
      [12, panels.graph(
        'NXDOMAIN against its day',
        'Its share, the average of the day that ended an hour ago, and the level that is unusual: 10 points or 4 standard deviations above it.',
        'percentunit',
        [
          panels.query('%s:ratio_rate5m{%s, rcode="NXDOMAIN"}' % [responses, sensors], '{{instance}} share'),
          panels.query('job_instance:rcodescope_nxdomain:avg1d{%s}' % sensors, '{{instance}} average'),
          panels.query(|||
            clamp_max(
                job_instance:rcodescope_nxdomain:avg1d{%s} + 0.1 > job_instance:rcodescope_nxdomain:avg1d{%s} + 4 * job_instance:rcodescope_nxdomain:stddev1d{%s}
              or
                job_instance:rcodescope_nxdomain:avg1d{%s} + 4 * job_instance:rcodescope_nxdomain:stddev1d{%s},
              1)
          ||| % [sensors, sensors, sensors, sensors, sensors], '{{instance}} unusual'),
        ]
      )],
      [12, panels.graph(
        'SERVFAIL against the budget',
        'How many times faster than a month allows, by window. 14.4 over an hour or 6 over six are critical, 3 over a day is a warning.',
        'none',
        [
          burn('5m', '%s:ratio_rate5m{%s, rcode="SERVFAIL"}' % [responses, sensors]),
          burn('1h', 'job_instance:rcodescope_servfail:ratio_rate1h{%s}' % sensors),
          burn('6h', 'job_instance:rcodescope_servfail:ratio_rate6h{%s}' % sensors),
          burn('1d', 'job_instance:rcodescope_servfail:ratio_rate1d{%s}' % sensors),
          burn('3d', 'job_instance:rcodescope_servfail:ratio_rate3d{%s}' % sensors),
        ]
      )],
    ]],
    [7, [
      [24, panels.states(
        'Alerts',
        'When which alert on responses was firing.',
        [panels.query(
          'max by (alertname, instance, severity) (ALERTS{%s, component="dns", alertstate="firing"})' % sensors,
          '{{alertname}} {{severity}} {{instance}}'
        )],
        { text: 'firing', color: 'red' },
        { text: 'silent', color: 'green' }
      )],
    ]],
  ],
  [dashboard.variable('rcode', 'Code', 'rcodescope:spike_floor:rate', 'rcode')],
)
