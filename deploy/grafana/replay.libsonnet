local config = import 'config.libsonnet';
local dashboard = import 'dashboard.libsonnet';
local panels = import 'panels.libsonnet';

local sensors = config.sensors;
local bars(title, description, metric, label) =
  panels.bars(title, description, 'short', 'sum by (%s) (rcodescope_%s{%s}) > 0' % [label, metric, sensors], '{{%s}}' % std.strReplace(label, ', ', '}} {{'));
local worst(dimension, title) =
  panels.list(
    title,
    'Most responses that are not NOERROR, in the whole capture.',
    'short',
    [['responses', |||
      topk(50, sum by (%s, rcode) (rcodescope_%s_responses_total{%s, rcode!="NOERROR"}) > 0)
    ||| % [dimension, dimension, sensors]]],
  );

dashboard.new(
  'replay',
  'Replay',
  |||
    Captures that were replayed: `rcodescope replay --listen 127.0.0.1:10053 FILE` serves a page that stands still, so that its
    totals are those of the files. Series with the capture's own times, loaded into Prometheus, have rates as well: set the time
    to that of the capture.
  ||| + config.wire,
  [
    [4, [
      [6, panels.figure('Frames', 'Handed to the decoder.', 'short', 'sum(rcodescope_frames_total{%s})' % sensors)],
      [6, panels.figure('Responses', 'One for each response message.', 'short', 'sum(rcodescope_responses_total{%s})' % sensors)],
      [6, panels.figure('Newest packet', 'Its own time.', 'dateTimeAsIso', '1000 * max(rcodescope_last_packet_timestamp_seconds{%s})' % sensors)],
      [6, panels.figure('Residual', 'Frames or messages lost without being told.', 'short', 'sum(abs(rcodescope_conservation_residual{%s}))' % sensors, [1])],
    ]],
    [9, [
      [8, bars('Responses by code', config.wire, 'responses_total', 'rcode, space')],
      [8, bars('Extended DNS Errors', 'By INFO-CODE (RFC 8914) and code.', 'extended_errors_total', 'info_code, rcode')],
      [8, bars('What responses are', 'Beside their code; NODATA has none of its own (RFC 2308).', 'answers_total', 'kind')],
    ]],
    [9, [
      [8, worst('zone', 'Zones with most errors')],
      [8, worst('server', 'Servers with most errors')],
      [8, worst('client', 'Clients with most errors')],
    ]],
    [8, [
      [8, bars('How frames ended', 'Each frame has one disposition.', 'frames_total', 'disposition')],
      [8, bars('Odd messages', 'Things wrong behind the header of responses that are counted all the same.', 'message_anomalies_total', 'reason')],
      [8, bars('Zone transfers', 'Each counted once; their messages are among the responses.', 'transfers_total', 'kind')],
    ]],
    [8, [
      [24, panels.graph(
        'Rate of responses by code',
        "Of series with the capture's own times. A page that stands still has none.",
        'cps',
        [panels.query('sum by (rcode) (rate(rcodescope_responses_total{%s}[$__rate_interval]))' % sensors, '{{rcode}}')],
        stacked=true
      )],
    ]],
  ],
  time='now-1h',
)
