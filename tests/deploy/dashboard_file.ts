// A dashboard file as this project writes it, in the types that Grafana publishes: a JSON Schema is made
// of DashboardFile, in which a key that Grafana does not know is an error. What Grafana's own type of a
// panel leaves open (its options, its queries) is closed here by the kind of the panel.
import {
  Dashboard,
  FieldConfig,
  Panel,
} from '@grafana/schema/dist/esm/raw/dashboard/x/dashboard_types.gen';
import * as bargauge from '@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen';
import * as stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import * as states from '@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen';
import * as table from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import * as timeseries from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

interface Source {
  type: 'prometheus';
  uid: '${datasource}';
}

interface Query {
  datasource: Source;
  expr: string;
  format: 'time_series' | 'table';
  instant: boolean;
  legendFormat: string;
  range: boolean;
  refId: string;
}

interface Override {
  matcher: { id: 'byRegexp'; options: string };
  properties: Array<{ id: string; value: unknown }>;
}

type Fields<Custom> = {
  defaults: Omit<FieldConfig, 'custom' | 'unit' | 'min'> & { custom?: Custom; unit: string; min?: number | null };
  overrides: Override[];
};

type Of<Type extends string, Options, Custom> = Omit<
  Panel,
  'type' | 'options' | 'targets' | 'fieldConfig' | 'datasource' | 'title' | 'description' | 'gridPos' | 'id'
> & {
  type: Type;
  title: string;
  description: string;
  id: number;
  gridPos: { x: number; y: number; w: number; h: number };
  datasource: Source;
  options: Partial<Options>;
  targets: Query[];
  fieldConfig: Fields<Partial<Custom>>;
};

type None = Record<string, never>;

type AnyPanel =
  | Of<'bargauge', bargauge.Options, None>
  | Of<'stat', stat.Options, None>
  | Of<'state-timeline', states.Options, states.FieldConfig>
  | Of<'table', table.Options, table.FieldConfig>
  | Of<'timeseries', timeseries.Options, timeseries.FieldConfig>;

export type DashboardFile = Omit<Dashboard, 'panels'> & { panels: AnyPanel[] };
