local config = import 'config.libsonnet';
local dashboard = import 'dashboard.libsonnet';
local panels = import 'panels.libsonnet';

local sensors = config.sensors;
local picked = '%s, rcode=~"$rcode"' % sensors;

local by(label, title, description) =
  panels.graph(title, description, 'cps', [panels.query(
    'sum by (%s) (rate(rcodescope_responses_total{%s}[$__rate_interval]))' % [label, picked],
    '{{%s}}' % std.strReplace(label, ', ', '}} {{')
  )], stacked=true);

local who(dimension, title) =
  panels.list(
    title,
    'Those with most responses of the codes chosen, over the time shown; other are those that are not on the page.',
    'short',
    [['responses', 'topk(50, sum by (%s) (increase(rcodescope_%s_responses_total{%s}[$__range])) > 0)' % [dimension, dimension, picked]]],
  );

dashboard.new(
  'explorer',
  'RCODE explorer',
  'Pick codes, see who has them. `rcodescope explain CODE` tells what one means and what to check. ' + config.wire,
  [
    [8, [
      [12, by('rcode', 'Responses', 'With the codes chosen.')],
      [12, panels.graph(
        'Share of all responses',
        'What part the codes chosen have, opcodes of all kinds together.',
        'percentunit',
        [panels.query(|||
          sum by (rcode) (rate(rcodescope_responses_total{%s}[$__rate_interval]))
            / on () group_left () (sum(rate(rcodescope_responses_total{%s}[$__rate_interval])) > 0)
        ||| % [picked, sensors], '{{rcode}}')]
      )],
    ]],
    [10, [
      [8, who('zone', 'Zones')],
      [8, who('server', 'Servers')],
      [8, who('client', 'Clients')],
    ]],
    [8, [
      [8, panels.graph(
        'Extended DNS Errors',
        'INFO-CODEs (RFC 8914) beside the codes chosen. Advisory: a server may send none.',
        'cps',
        [panels.query('sum by (info_code) (rate(rcodescope_extended_errors_total{%s}[$__rate_interval]))' % picked, '{{info_code}}')]
      )],
      [8, by('transport, family', 'Transport and address family', 'With which packets they came.')],
      [8, by('opcode', 'Opcode', 'What was asked. NXDOMAIN of an UPDATE or a NOTIFY is not a missing name.')],
    ]],
    [7, [
      [8, by('space', 'Space', 'Where the code was read: dns is header and OPT, tsig and tkey are errors of those records. 16 is BADVERS in the first and BADSIG in the others.')],
      [8, by('certainty', 'Certainty', "low4: only the header's 4 bits are known, so that YXRRSET may be BADCOOKIE and NOERROR may be BADVERS.")],
      [8, panels.graph(
        'Why only 4 bits are known',
        'Of all responses, whatever was chosen, those whose OPT record was not reached or not to be believed.',
        'cps',
        [panels.query('sum by (reason) (rate(rcodescope_responses_low4_total{%s}[$__rate_interval]))' % sensors, '{{reason}}')]
      )],
    ]],
  ],
  [dashboard.variable('rcode', 'Code', 'rcodescope_responses_total{%s}' % sensors, 'rcode')],
)
