// Everything: file name to dashboard. `render` writes them to dashboards/.
local keys = import 'keys.libsonnet';

{
  grafanaDashboards:: {
    'rcodescope-overview.json': import 'overview.libsonnet',
    'rcodescope-servers.json': keys('server', 'servers', 'Which responses each server gave.'),
    'rcodescope-zones.json': keys('zone', 'zones', 'Which responses names of each zone got. How a zone is found: --zone-by.'),
    'rcodescope-clients.json': keys('client', 'clients', 'Which responses each client got, or each network of --client-prefix.'),
    'rcodescope-spikes.json': import 'spikes.libsonnet',
    'rcodescope-explorer.json': import 'explorer.libsonnet',
    'rcodescope-sensors.json': import 'sensors.libsonnet',
    'rcodescope-replay.json': import 'replay.libsonnet',
  },
}
