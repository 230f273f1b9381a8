local config = import 'config.libsonnet';
local dashboard = import 'dashboard.libsonnet';
local panels = import 'panels.libsonnet';

local sensors = config.sensors;
local events(metric, label) =
  panels.query(
    'sum by (instance, %s) (rate(rcodescope_%s{%s}[$__rate_interval])) > 0' % [label, metric, sensors],
    '{{instance}} {{%s}}' % label
  );

dashboard.new(
  'sensors',
  'Sensor health',
  'Whether what the other dashboards show is what happened: a sensor that is blind, drops, lags or stands still counts less.',
  [
    [7, [
      [8, panels.states(
        'Scrapes that work',
        'Whether Prometheus gets the metrics page.',
        [panels.query('up{%s}' % sensors, '{{instance}}')],
        { text: 'up', color: 'green' },
        { text: 'down', color: 'red' }
      )],
      [8, panels.states(
        'Links',
        'Whether each interface is there and its link up.',
        [panels.query('rcodescope_link_up{%s}' % sensors, '{{instance}} {{source}}')],
        { text: 'up', color: 'green' },
        { text: 'down', color: 'red' }
      )],
      [8, panels.states(
        'Stalled workers',
        'A worker that has not asked for frames for 2 seconds; the page stands still with it.',
        [panels.query('rcodescope_worker_stalled{%s}' % sensors, '{{instance}} {{worker}}')],
        { text: 'stalled', color: 'red' },
        { text: 'goes on', color: 'green' }
      )],
    ]],
    [8, [
      [12, panels.graph(
        'How frames ended',
        'Each frame has one disposition. Only those with a message say something about DNS.',
        'pps',
        [events('frames_total', 'disposition')],
        stacked=true
      )],
      [12, panels.graph(
        'Frames dropped',
        "Before they were read, by where: nic, kernel, ring, interface, worker. A stage of which the source knows nothing is not there; filter is the user's own.",
        'pps',
        [panels.query('sum by (instance, source, stage) (rate(rcodescope_frames_dropped_total{%s}[$__rate_interval]))' % sensors, '{{instance}} {{source}} {{stage}}')]
      )],
    ]],
    [8, [
      [8, panels.graph(
        'Share of frames dropped',
        'Of those that were to be read. More than one in a thousand is a warning, in a hundred critical.',
        'percentunit',
        [panels.query('job_instance:rcodescope_frames_dropped:ratio_rate5m{%s}' % sensors, '{{instance}}')]
      )],
      [8, panels.graph(
        'Residual',
        'What was lost without being told: 0. Layer source may differ while frames arrive.',
        'short',
        [panels.query('rcodescope_conservation_residual{%s}' % sensors, '{{instance}} {{layer}}')]
      ) + panels.signed],
      [8, panels.graph(
        'Gaps',
        'Times that an interface was down or gone, between two points.',
        'short',
        [panels.query('increase(rcodescope_source_gaps_total{%s}[$__rate_interval])' % sensors, '{{instance}} {{source}}')]
      )],
    ]],
    [8, [
      [8, panels.graph(
        'Busy workers',
        'Share of its time that each worker spends on frames. Above nine tenths a burst is dropped.',
        'percentunit',
        [panels.query('rcodescope_worker_busy_ratio{%s}' % sensors, '{{instance}} {{worker}}')]
      )],
      [8, panels.graph(
        'Lag',
        'How far behind the clock the slowest worker is.',
        's',
        [panels.query('rcodescope_capture_lag_seconds{%s}' % sensors, '{{instance}} {{source}}')]
      )],
      [8, panels.graph(
        'Backlog',
        "Frames that wait in the source's queues, and those that wait in reassembly.",
        'short',
        [
          panels.query('rcodescope_frames_backlog{%s}' % sensors, '{{instance}} queues'),
          panels.query('rcodescope_frames_held{%s}' % sensors, '{{instance}} reassembly'),
        ]
      )],
    ]],
    [8, [
      [8, panels.graph(
        'Malformed and odd messages',
        'Malformed ones have no whole header and are not counted; anomalies stand behind the header of responses that are.',
        'cps',
        [
          panels.query('sum by (instance, reason) (rate(rcodescope_malformed_messages_total{%s}[$__rate_interval]))' % sensors, '{{instance}} {{reason}}'),
          panels.query('sum by (instance, reason) (rate(rcodescope_message_anomalies_total{%s}[$__rate_interval])) > 0' % sensors, '{{instance}} {{reason}}'),
        ]
      )],
      [8, panels.graph(
        'Reassembly',
        'What happened where messages are put together from IP fragments and TCP segments.',
        'cps',
        [panels.query('sum by (instance, event) (rate(rcodescope_reassembly_events_total{%s}[$__rate_interval]))' % sensors, '{{instance}} {{event}}')]
      )],
      [8, panels.graph(
        'Age of the newest packet',
        "A replay's grows with the time since its capture.",
        's',
        [panels.query('time() - rcodescope_last_packet_timestamp_seconds{%s}' % sensors, '{{instance}} {{source}}')]
      )],
    ]],
    [8, [
      [6, panels.graph(
        'Keys and their limits',
        'How full the table of each dimension is. A full one keeps whoever has most.',
        'percentunit',
        [panels.query('rcodescope_tracked_keys{%s} / rcodescope_tracked_keys_limit{%s}' % [sensors, sensors], '{{instance}} {{dimension}}')]
      )],
      [6, panels.graph(
        'Responses without a key',
        'Of keys that the table of their dimension has no room for; they count in other. Above one in twenty is a warning.',
        'cps',
        [panels.query(
          'sum by (instance, dimension) (rate(rcodescope_tracked_keys_overflow_responses_total{%s}[$__rate_interval]))' % sensors,
          '{{instance}} {{dimension}}'
        )]
      )],
      [6, panels.graph(
        'Keys that came and left',
        'On the page. Much of both: --top is too small for the traffic.',
        'cps',
        [
          panels.query('sum by (instance, dimension) (rate(rcodescope_key_admissions_total{%s}[$__rate_interval]))' % sensors, '{{instance}} {{dimension}} came'),
          panels.query('sum by (instance, dimension) (rate(rcodescope_key_evictions_total{%s}[$__rate_interval]))' % sensors, '{{instance}} {{dimension}} left'),
        ]
      )],
      [6, panels.graph(
        'Scrapes',
        'How long Prometheus waits for a page. It grows with --top.',
        's',
        [panels.query('scrape_duration_seconds{%s}' % sensors, '{{instance}}')]
      )],
    ]],
    [8, [
      [8, panels.graph(
        'Requests to Alertmanagers',
        'That sensors make themselves, by whether they were taken; none while nothing is wrong.',
        'cps',
        [panels.query(
          'sum by (instance, url, result) (rate(rcodescope_alert_requests_total{%s}[$__rate_interval]))' % sensors,
          '{{instance}} {{url}} {{result}}'
        )]
      )],
      [8, panels.graph(
        'Samples that wait',
        'For a target of remote write, in memory or in the spool.',
        'short',
        [panels.query('rcodescope_export_samples_pending{%s}' % sensors, '{{instance}} {{url}}')]
      )],
      [8, panels.graph(
        'Samples lost on the way',
        'That the target will never have: it rejected them, they gave way to newer ones, or the disk failed.',
        'cps',
        [panels.query(
          'sum by (instance, url, reason) (rate(rcodescope_export_samples_dropped_total{%s}[$__rate_interval]))' % sensors,
          '{{instance}} {{url}} {{reason}}'
        )]
      )],
    ]],
    [7, [
      [12, panels.list(
        'Protections',
        'Whether each protection of the process is in force (1) or not (0).',
        'short',
        [['in force', 'min by (instance, feature) (rcodescope_sandbox{%s})' % sensors]],
      )],
      [12, panels.list(
        'Versions',
        'What runs where.',
        'short',
        [['instances', 'sum by (instance, version) (rcodescope_build_info{%s})' % sensors]],
      )],
    ]],
  ],
)
