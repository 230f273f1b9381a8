local config = import 'config.libsonnet';
local dashboard = import 'dashboard.libsonnet';
local panels = import 'panels.libsonnet';

local sensors = config.sensors;
local queries = '%s, opcode="QUERY"' % sensors;
local all = 'sum(rate(rcodescope_responses_total{%s}[$__rate_interval]))' % queries;
local share(code) = 'sum(rate(rcodescope_responses_total{%s, rcode="%s"}[$__rate_interval])) / %s' % [queries, code, all];

local worst(dimension, title) =
  panels.list(
    title,
    'Who got or gave most responses that are not NOERROR, over the time shown. Those of keys that are not on the page are in other.',
    'short',
    [['responses', |||
      topk(%d, sum by (%s, rcode) (increase(rcodescope_%s_responses_total{%s, %s!="other", rcode!="NOERROR"}[$__range])) > 0)
    ||| % [config.top, dimension, dimension, sensors, dimension]]],
  );

dashboard.new(
  'overview',
  'Overview',
  'What servers answered. ' + config.wire,
  [
    [4, [
      [4, panels.figure('Responses', 'Responses to QUERY a second, counted on the wire.', 'cps', all)],
      [4, panels.figure('SERVFAIL', 'Share of the responses to QUERY. Above 1 % is a warning, above 3 % critical.', 'percentunit', share('SERVFAIL'), [0.01, 0.03])],
      [4, panels.figure('REFUSED', 'Share of the responses to QUERY. Above 5 % is a warning.', 'percentunit', share('REFUSED'), [0.05])],
      [4, panels.figure('NXDOMAIN', 'Share of the responses to QUERY. What is usual differs from place to place: see Spikes.', 'percentunit', share('NXDOMAIN'))],
      [4, panels.figure('Spikes', 'Active now, by the detector of the sensors.', 'short', 'sum(rcodescope_spike_active{%s}) or vector(0)' % sensors, [1])],
      [4, panels.figure('Sensors', 'Those that Prometheus can scrape.', 'short', 'sum(up{%s})' % sensors)],
    ]],
    [9, [
      [12, panels.graph(
        'Responses by code',
        config.wire,
        'cps',
        [panels.query('sum by (rcode) (rate(rcodescope_responses_total{%s}[$__rate_interval]))' % queries, '{{rcode}}')],
        stacked=true
      )],
      [12, panels.graph(
        'Share of errors',
        'Of all responses to QUERY, the share of each code but NOERROR.',
        'percentunit',
        [panels.query(|||
          sum by (rcode) (rate(rcodescope_responses_total{%s, rcode!="NOERROR"}[$__rate_interval]))
            / on () group_left () %s
        ||| % [queries, all], '{{rcode}}')]
      )],
    ]],
    [8, [
      [8, panels.graph(
        'Queries and responses',
        'Responses without queries, or the other way round: the mirror shows one direction only. Fewer responses: servers that are silent.',
        'cps',
        [
          panels.query('sum(rate(rcodescope_queries_total{%s}[$__rate_interval]))' % queries, 'queries'),
          panels.query(all, 'responses'),
        ]
      )],
      [8, panels.graph(
        'What responses are',
        'Beside its code: an answer, NODATA (which no code tells, RFC 2308), a referral, a CNAME alone, a lame referral, cut off, or an error.',
        'cps',
        [panels.query('sum by (kind) (rate(rcodescope_answers_total{%s}[$__rate_interval]))' % sensors, '{{kind}}')],
        stacked=true
      )],
      [8, panels.graph(
        'Extended DNS Errors',
        'By INFO-CODE (RFC 8914) and code: 6 to 12 are DNSSEC, 15 to 18 policy, 22 and 23 servers that cannot be reached.',
        'cps',
        [panels.query('sum by (info_code, rcode) (rate(rcodescope_extended_errors_total{%s}[$__rate_interval]))' % sensors, '{{info_code}} {{rcode}}')]
      )],
    ]],
    [9, [
      [8, worst('zone', 'Zones with most errors')],
      [8, worst('server', 'Servers with most errors')],
      [8, worst('client', 'Clients with most errors')],
    ]],
    [7, [
      [8, panels.graph(
        'Responses by transport',
        'UDP and TCP. More TCP follows more answers that were cut off.',
        'cps',
        [panels.query('sum by (transport) (rate(rcodescope_responses_total{%s}[$__rate_interval]))' % queries, '{{transport}}')],
        stacked=true
      )],
      [8, panels.graph(
        'Responses by address family',
        'IPv4 and IPv6, of the innermost addresses where there are tunnels.',
        'cps',
        [panels.query('sum by (family) (rate(rcodescope_responses_total{%s}[$__rate_interval]))' % queries, '{{family}}')],
        stacked=true
      )],
      [8, panels.graph(
        'Queries by type',
        'The types asked for most.',
        'cps',
        [panels.query('topk(%d, sum by (qtype) (rate(rcodescope_queries_total{%s}[$__rate_interval])))' % [config.top, queries], '{{qtype}}')]
      )],
    ]],
    [7, [
      [24, panels.list(
        'Alerts',
        'Firing now. Each has a runbook.',
        'short',
        [['firing', 'sum by (alertname, severity, instance, rcode) (ALERTS{%s, alertname=~"Rcodescope.+", alertstate="firing"})' % sensors]],
      )],
    ]],
  ],
)
